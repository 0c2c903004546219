"""Validation that mirrors what is known of the test rows' places: each regime by the folds that imitate it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

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

Mask = npt.NDArray[np.bool_]

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


@dataclass(frozen=True)
class Split:
    """One way to hold rows out, whatever table they are in.

    Parameters
    ----------
    name: of what is held out.
    held: which rows of some keys are held out, (n,).
    near: which rows of some keys are not fitted then, (n,): those held out, and those too near them.
    """

    name: str
    held: Callable[[pd.DataFrame], Mask]
    near: Callable[[pd.DataFrame], Mask]


def headline(dataset: Dataset) -> Folds:
    """Each regime of the test by folds of its own: blocks of time, whole places, or whole cities held out."""
    splitters = {PLACE_KNOWN: by_time, CITY_KNOWN: by_place, CITY_UNSEEN: by_city}
    there = set(dataset.score.keys[REGIME])
    folds = []
    for regime in (regime for regime in REGIMES if regime in there):
        folds += _folds(dataset, regime, splitters[regime](_keys(dataset)), f"{regime}: ")
    shares = dataset.test.keys[REGIME].value_counts(normalize=True)
    said = ", ".join(f"{shares[regime]:.0%} of rows with the {regime}" for regime in REGIMES if regime in shares)
    disjoint = () if PLACE_KNOWN in there else (PLACE,)
    return Folds("as the test", tuple(folds), f"the test: {said}", disjoint=disjoint, test_by="full").check(dataset)


def diagnostic(dataset: Dataset) -> list[Folds]:
    """The same rows at random, by place, by city or block, and by time: how optimistic each would be."""
    regimes = set(dataset.score.keys[REGIME])
    first = next(regime for regime in REGIMES if regime in regimes)
    named = {
        "random": (at_random, (), "rows drawn at random: neighbours in place and time are fitted"),
        "place": (by_place, (PLACE,), "places that no model has seen, in cities that it has"),
        "city": (by_city, (PLACE,), "cities, or blocks of places, that no model has seen"),
        "time": (by_time, (), "days that no model has seen, at places that it has"),
    }
    found = []
    for name, (split, disjoint, imitates) in named.items():
        try:
            folds = tuple(_folds(dataset, first, split(_keys(dataset))))
        except Refusal:  # too few of them: there is nothing to show
            continue
        found.append(Folds(name, folds, imitates, disjoint=disjoint, test_by="full").check(dataset))
    return found


def _keys(dataset: Dataset) -> pd.DataFrame:
    """Of every row, fitted or scored: of a share of the rows either table may lack some."""
    return pd.concat([dataset.fit.keys, dataset.score.keys])


def _folds(dataset: Dataset, regime: str, splits: Sequence[Split], prefix: str = "") -> list[Fold]:
    """The splits of the rows that are scored under a regime."""
    rows = np.flatnonzero((dataset.score.keys[REGIME] == regime).to_numpy())
    scored = dataset.score.keys.iloc[rows]
    found = []
    for split in splits:
        fit, score = np.flatnonzero(~split.near(dataset.fit.keys)), rows[split.held(scored)]
        if len(fit) and len(score):
            apart = fit if dataset.fits_on_score_rows else np.zeros(0, dtype=np.intp)
            found.append(Fold(f"{prefix}{split.name}", fit, score, apart))
    return found


def at_random(keys: pd.DataFrame) -> list[Split]:
    """Rows by their ids alone, in parts."""
    ids = np.array(sorted(set(_ids(keys))), dtype=object)
    parts = np.array_split(np.random.default_rng(0).permutation(len(ids)), PLACES)
    return [_one_side(str(number), set(ids[part]), _ids) for number, part in enumerate(parts) if len(part)]


def by_place(keys: pd.DataFrame) -> list[Split]:
    """Whole places held out.

    Raises
    ------
    Refusal: one place alone.
    """
    return _by_group(keys[PLACE], PLACES, lambda rows: rows[PLACE], "place")


def by_city(keys: pd.DataFrame) -> list[Split]:
    """Whole cities held out; where too few are named, blocks of places near each other, or else places.

    Raises
    ------
    Refusal: one place alone.
    """
    if _cities(keys).nunique() > 1 and (keys[CITY] != "").any():
        return _by_group(_cities(keys), CITIES, _cities, "city")
    blocks = _blocks(keys)
    if blocks is None:
        return by_place(keys)
    return _by_group(keys[PLACE].map(blocks), CITIES, lambda rows: rows[PLACE].map(blocks), "block")


def by_time(keys: pd.DataFrame) -> list[Split]:
    """Blocks of days held out, and the days near them left out.

    Raises
    ------
    Refusal: too few days.
    """
    distinct = np.unique(keys[DAY].to_numpy())
    blocks = [(int(block[0]), int(block[-1])) for block in np.array_split(distinct, BLOCKS) if len(block)]
    splits = []
    for first, last in blocks:
        if distinct[0] >= first - PURGE and distinct[-1] <= last + PURGE:
            continue  # nothing would be left to fit
        name = str(pd.Timestamp(first, unit="D").date())
        splits.append(Split(name, partial(_within, first, last), partial(_within, first - PURGE, last + PURGE)))
    if len(splits) < 2:
        raise Refusal(f"{len(distinct)} days are too few for blocks of time {PURGE} days apart", "give more days")
    return splits


def _within(first: int, last: int, rows: pd.DataFrame) -> Mask:
    return rows[DAY].between(first, last).to_numpy()


def _ids(rows: pd.DataFrame) -> pd.Series:
    """The ids of rows without the regime that they are scored under."""
    if REGIME not in rows:
        return pd.Series(rows.index.astype(str), index=rows.index)
    endings = (UNDER + rows[REGIME].astype(object)).fillna("")  # fitted rows have no regime
    ids = [str(id_).removesuffix(ending) for id_, ending in zip(rows.index, endings, strict=True)]
    return pd.Series(ids, index=rows.index)


def _cities(rows: pd.DataFrame) -> pd.Series:
    return rows[CITY].where(rows[CITY] != "", rows[PLACE])


def _blocks(keys: pd.DataFrame) -> pd.Series | None:
    """The block of each place near others, by position; None where positions are not known."""
    places = keys.drop_duplicates(PLACE).sort_values(PLACE).set_index(PLACE)
    where = positions(places)
    if np.isnan(where).any() or len(places) < 2 * CITIES:
        return None
    blocks = KMeans(CITIES, n_init=10, random_state=0).fit_predict(where)
    return pd.Series(blocks, index=places.index).map("block {}".format)


def _by_group(groups: pd.Series, most: int, of: Callable[[pd.DataFrame], pd.Series], called: str) -> list[Split]:
    names = np.sort(groups.unique())
    if len(names) < 2:
        raise Refusal(f"one {called} alone: no other to learn from", f"give rows of more than one {called}")
    if len(names) <= most:
        return [_one_side(str(name), {name}, of) for name in names]
    codes = np.searchsorted(names, groups.to_numpy())
    splits = GroupKFold(most, shuffle=True, random_state=0).split(codes, groups=codes)
    return [_one_side(str(k), set(names[np.unique(codes[held])]), of) for k, (_, held) in enumerate(splits)]


def _one_side(name: str, chosen: set[Any], of: Callable[[pd.DataFrame], pd.Series]) -> Split:
    """Rows of some groups: what is held out is all that is not fitted."""

    def held(rows: pd.DataFrame) -> Mask:
        return of(rows).isin(chosen).to_numpy()

    return Split(name, held, held)
