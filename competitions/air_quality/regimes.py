"""Validation that mirrors what is known of the test rows' places: each regime by the folds that imitate it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.model_selection import GroupKFold

from competitions.air_quality.keys import (
    CITY,
    CITY_KNOWN,
    CITY_UNSEEN,
    DAY,
    PLACE,
    PLACE_KNOWN,
    REGIME,
    REGIMES,
    positions,
)
from core.dataset import Dataset
from core.errors import Refusal
from core.folds import Fold, Folds
from core.table import Table

Rows = npt.NDArray[np.intp]

#: Folds of places, at most so many folds of cities, blocks of time.
PLACES, CITIES, BLOCKS = 5, 6, 5
#: Days on both sides of a block of time from which nothing is fitted: weather lasts that long.
PURGE = 7
#: Between a row's id and the regime that it is scored under, where rows are scored under several.
UNDER = " under "


def scored_table(fit: Table, regimes: Sequence[str]) -> Table:
    """The rows to score: every fitted row once for each regime, as a row of its own.

    Parameters
    ----------
    regimes: that the test has rows of.
    """
    X, y, keys = [], [], []
    for regime in regimes:
        ids = pd.Index([f"{id_}{UNDER}{regime}" for id_ in fit.ids], dtype=object, name=fit.ids.name)
        X.append(fit.X.set_axis(ids, axis=0))
        y.append(fit.labels().set_axis(ids))
        keys.append(fit.keys.set_axis(ids, axis=0).assign(**{REGIME: regime}))
    return Table(pd.concat(X), pd.concat(y), pd.concat(keys))


def row_weights(dataset: Dataset) -> pd.Series:
    """What each scored row counts, so that each regime counts as it does in the test; the mean is 1."""
    share = dataset.test.keys[REGIME].value_counts(normalize=True)
    regime = dataset.score.keys[REGIME]
    weight = regime.map(share).astype(float) / regime.map(regime.value_counts()).astype(float)
    return weight / weight.mean()


def headline(dataset: Dataset) -> Folds:
    """Each regime of the test by folds of its own: blocks of time, whole places, or whole cities held out."""
    splitters = {PLACE_KNOWN: by_time, CITY_KNOWN: by_place, CITY_UNSEEN: by_city}
    keys, regimes = dataset.fit.keys, dataset.score.keys[REGIME].to_numpy()
    there = [regime for regime in REGIMES if (regimes == regime).any()]
    folds = []
    for regime in there:
        rows = np.flatnonzero(regimes == regime)
        for name, fit, score in splitters[regime](keys):
            folds.append(Fold(f"{regime}: {name}", fit, rows[score], np.zeros(0, dtype=np.intp)))
    shares = dataset.test.keys[REGIME].value_counts(normalize=True)
    said = ", ".join(f"{shares[regime]:.0%} of rows with the {regime}" for regime in there)
    disjoint = () if PLACE_KNOWN in there else (PLACE,)
    return Folds("as the test", tuple(folds), f"the test: {said}", disjoint=disjoint, test_by="full").check(dataset)


def diagnostic(dataset: Dataset) -> list[Folds]:
    """The same rows at random, by place, by city or block, and by time: how optimistic each would be."""
    keys = dataset.fit.keys
    named = {
        "random": (at_random, (), "rows drawn at random: neighbours in place and time are fitted"),
        "place": (by_place, (PLACE,), "places that no model has seen, in cities that it has"),
        "city": (by_city, (PLACE,), "cities, or blocks of places, that no model has seen"),
        "time": (by_time, (), "days that no model has seen, at places that it has"),
    }
    found = []
    for name, (split, disjoint, imitates) in named.items():
        try:
            folds = tuple(Fold(label, fit, score, np.zeros(0, dtype=np.intp)) for label, fit, score in split(keys))
        except Refusal:  # too few of them: there is nothing to show
            continue
        found.append(Folds(name, folds, imitates, disjoint=disjoint, test_by="full").check(dataset))
    return found


def at_random(keys: pd.DataFrame) -> list[tuple[str, Rows, Rows]]:
    """Rows in an order that does not depend on theirs, cut into parts."""
    order = np.random.default_rng(0).permutation(np.lexsort((keys.index.astype(str), keys[DAY], keys[PLACE])))
    return [(str(number), *_apart(len(keys), part)) for number, part in enumerate(np.array_split(order, PLACES))]


def by_place(keys: pd.DataFrame) -> list[tuple[str, Rows, Rows]]:
    """Whole places held out.

    Raises
    ------
    Refusal: one place alone.
    """
    return _by_group(keys[PLACE], PLACES, "place")


def by_city(keys: pd.DataFrame) -> list[tuple[str, Rows, Rows]]:
    """Whole cities held out; where too few are named, blocks of places near each other, or else places.

    Raises
    ------
    Refusal: one place alone.
    """
    city = keys[CITY].where(keys[CITY] != "", keys[PLACE])
    if (keys[CITY] != "").any() and city.nunique() > 1:
        return _by_group(city, CITIES, "city")
    block = _blocks(keys)
    return _by_group(block if block is not None else keys[PLACE], CITIES if block is not None else PLACES, "place")


def by_time(keys: pd.DataFrame) -> list[tuple[str, Rows, Rows]]:
    """Blocks of days held out, and the days near them left out.

    Raises
    ------
    Refusal: too few days.
    """
    day = keys[DAY].to_numpy()
    distinct = np.unique(day)
    found = []
    for block in np.array_split(distinct, BLOCKS):
        if not len(block):
            continue
        score = np.flatnonzero((day >= block[0]) & (day <= block[-1]))
        fit = np.flatnonzero((day < block[0] - PURGE) | (day > block[-1] + PURGE))
        if len(fit):
            found.append((str(pd.Timestamp(int(block[0]), unit="D").date()), fit, score))
    if len(found) < 2:
        raise Refusal(f"{len(distinct)} days are too few for blocks of time {PURGE} days apart", "give more days")
    return found


def _blocks(keys: pd.DataFrame) -> pd.Series | None:
    """Places near each other, by position; None where positions are not known."""
    places = keys.drop_duplicates(PLACE).sort_values(PLACE).set_index(PLACE)
    where = positions(places)
    if np.isnan(where).any() or len(places) < 2 * CITIES:
        return None
    blocks = KMeans(CITIES, n_init=10, random_state=0).fit_predict(where)
    return keys[PLACE].map(pd.Series(blocks, index=places.index).map("block {}".format))


def _by_group(groups: pd.Series, most: int, called: str) -> list[tuple[str, Rows, Rows]]:
    names = np.sort(groups.unique())
    if len(names) < 2:
        raise Refusal(f"one {called} alone: no other to learn from", f"give rows of more than one {called}")
    codes = np.searchsorted(names, groups.to_numpy())
    if len(names) <= most:
        return [(str(name), *_apart(len(groups), np.flatnonzero(codes == k))) for k, name in enumerate(names)]
    splits = GroupKFold(most, shuffle=True, random_state=0).split(codes, groups=codes)
    return [(str(number), fit, score) for number, (fit, score) in enumerate(splits)]


def _apart(count: int, score: Rows) -> tuple[Rows, Rows]:
    fit = np.ones(count, dtype=bool)
    fit[score] = False
    return np.flatnonzero(fit), np.sort(score)
