"""Scores of a mean that grows by one member at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Kind = TypeVar("Kind", bound=np.generic)


class Scorer(ABC):
    """What the mean of the members added so far and one more scores, for each that may come next.

    Members are numbered, rows come in parts (a fold, say), so that one scorer serves every choice of parts: what
    all of them need is computed once.
    """

    @abstractmethod
    def start(self, parts: Sequence[int]) -> None:
        """Begin with no member, on the rows of these parts."""

    @abstractmethod
    def scores(self, candidates: Sequence[int]) -> list[float]:
        """The score, in the metric's unit, if each of these members were the next to be added."""

    @abstractmethod
    def add(self, member: int) -> None:
        """Add a member to the mean, once more where it is in it already."""


def slices_of(lengths: Sequence[int], parts: Sequence[int]) -> list[slice]:
    """Where the rows of some parts lie, when all parts lie one behind another; neighbours become one slice.

    >>> slices_of([3, 2, 4], [0, 1])
    [slice(0, 5, None)]
    """
    ends = np.cumsum([0, *lengths]).tolist()
    found: list[slice] = []
    for part in parts:
        start, stop = ends[part], ends[part + 1]
        if found and found[-1].stop == start:
            start = found.pop().start
        found.append(slice(start, stop))
    return found


def gathered(values: npt.NDArray[Kind], slices: Sequence[slice]) -> npt.NDArray[Kind]:
    """The values of these slices one behind another; a view where there is one slice alone."""
    return values[slices[0]] if len(slices) == 1 else np.concatenate([values[one] for one in slices])
