"""What candidates score by themselves, on any choice of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from core.blending.scorer import Array, Rows
from core.blending.scorers import scorer_of
from core.objective import Judge


class Singles:
    """Ranks candidates, of which there may be many more than take part in a blend.

    They are made ready for scoring one after another, never together, so that memory does not grow with them.

    Parameters
    ----------
    members: their predictions of all score rows, (rows, outputs) each, in the order of their names.
    parts: the rows of each part.
    choices: the parts, ascending, of those rows that are known to be asked about; others may be asked about too.
    """

    def __init__(
        self, members: Sequence[Array], judge: Judge, parts: Sequence[Rows], choices: Iterable[tuple[int, ...]] = ()
    ) -> None:
        self.members, self.judge, self.parts = members, judge, parts
        self._losses: dict[tuple[int, ...], Array] = {}
        self._learn(sorted(set(choices)))

    def ranked(self, parts: Sequence[int], among: Iterable[int]) -> list[int]:
        """Candidates by their score on some parts, the best first, equal ones by name; those without a score last."""
        key = tuple(parts)
        if key not in self._losses:
            self._learn([key])
        losses = self._losses[key]
        return sorted(among, key=lambda member: (losses[member], member))

    def only(self, some: Sequence[int]) -> Singles:
        """The same of some candidates alone, numbered anew in the order given."""
        found = Singles([self.members[member] for member in some], self.judge, self.parts)
        found._losses = {choice: losses[list(some)] for choice, losses in self._losses.items()}
        return found

    def _learn(self, choices: Sequence[tuple[int, ...]]) -> None:
        scores = np.empty((len(choices), len(self.members)))
        for member, values in enumerate(self.members):
            scorer = scorer_of([values], self.judge, self.parts)
            for number, choice in enumerate(choices):
                scorer.start(choice)
                (scores[number, member],) = scorer.scores([0])
        sign = -1.0 if self.judge.metric.higher_is_better else 1.0
        for number, choice in enumerate(choices):
            self._losses[choice] = np.nan_to_num(sign * scores[number], nan=np.inf)
