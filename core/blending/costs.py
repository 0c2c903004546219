"""How much work choosing a blend is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from core.blending.greedy import BAGS, FEWEST_TO_BAG, ROUNDS, bag_size

#: Candidates of one family that may take part in a blend: near copies make choosing noisy, and long.
PER_FAMILY = 3


def taking_part(families: Iterable[str]) -> int:
    """How many candidates take part in a blend, given the family of each.

    >>> taking_part(["lightgbm"] * 5 + ["ridge"])
    4
    """
    return sum(min(count, PER_FAMILY) for count in Counter(families).values())


def fits_asked_for(folds: int) -> int:
    """How many times the weights of a method are fitted: without each pair of folds, without each, on all."""
    return math.comb(folds, 2) + folds + 1


def scores_asked_for(members: int, folds: int, scales: int = 1) -> int:
    """How many candidates are scored while greedy selection, in full, chooses for a nested blend."""
    in_bags = BAGS * bag_size(members) if members >= FEWEST_TO_BAG else 0
    return 0 if members < 2 else fits_asked_for(folds) * ROUNDS * (in_bags + members) * scales


def blends_asked_for(members: int, folds: int, methods: int) -> int:
    """How many times a blend of all scored rows is made and scored, at most: by each method nested twice, in the
    end, and without each member."""
    return methods * (folds + 1) + folds + members
