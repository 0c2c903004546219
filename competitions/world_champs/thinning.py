"""Withholding races of the past as the test withholds those of its years."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from competitions.world_champs.records import EVENT, Records
from competitions.world_champs.scoring import is_scored, learnt


def halves(records: Records, until: int, seed: int = 0) -> Iterator[tuple[Records, frozenset[str]]]:
    """Histories from which half of the scored races before a day are withheld, and which these are; each half once.

    World Championships are withheld in both, as in the test, and scored once.

    Parameters
    ----------
    until: the day from which on the test itself withholds races: nothing more is withheld there.
    """
    known = learnt(records)
    events = records.events[records.events.index.isin(known.loc[is_scored(known, records), EVENT])]
    early = events[events["day"] < until]
    crowns = early.index[early["race_class"] == "WC"]
    others = early.index[early["race_class"] != "WC"].to_numpy()
    drawn = np.random.default_rng(seed).permutation(others)
    cut = len(drawn) // 2
    for half, championships in ((drawn[:cut], crowns), (drawn[cut:], crowns[:0])):
        yield records.without([*half, *crowns]), frozenset([*half, *championships])
