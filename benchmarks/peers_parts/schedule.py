"""Which cells come next, and which the time that is left has room for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

#: Seconds that a cell may take beside its minutes: predicting, and what a peer overruns by.
BESIDE = 20.0


def blocks(names: Sequence[str], seeds: Iterable[int]) -> Iterator[tuple[str, int]]:
    """Sets and seeds in working order: every set under one seed before the next seed.

    >>> list(blocks(["wine", "digits"], range(2)))
    [('wine', 0), ('digits', 0), ('wine', 1), ('digits', 1)]
    """
    for seed in seeds:
        for name in names:
            yield name, seed


def in_turn(tools: Sequence[str], number: int) -> list[str]:
    """The tools of a block in another order than in the last one, so that none always comes first.

    >>> [in_turn(["podium", "flaml"], number) for number in range(3)]
    [['podium', 'flaml'], ['flaml', 'podium'], ['podium', 'flaml']]
    """
    turn = number % len(tools)
    return [*tools[turn:], *tools[:turn]]


def has_room(cells: int, minutes: float, left: float) -> bool:
    """Whether so many cells of so many minutes will be done in the seconds that are left."""
    return cells * (minutes * 60 + BESIDE) <= left
