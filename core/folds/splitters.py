"""Ways to split, each a scikit-learn splitter where one exists, each checked before it is used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from core.dataset import Dataset
from core.errors import Refusal
from core.folds.fold import Fold, Folds, Rows, TestBy, outside_block
from core.table import Table

Splits = Iterable[tuple[Rows, Rows]]


def random(
    dataset: Dataset, n_splits: int = 5, *, seed: int = 0, imitates: str | None = None, test_by: TestBy = "folds"
) -> Folds:
    """Shuffled rows: honest only where test rows are drawn like train rows.

    Raises
    ------
    Refusal: fewer rows than folds.
    """
    if len(dataset.score) < n_splits:
        raise Refusal(
            f"{len(dataset.score)} rows to score, fewer than {n_splits} folds", "use fewer folds or more rows"
        )
    splits = KFold(n_splits, shuffle=True, random_state=seed).split(dataset.score.X)
    return _scheme(dataset, "random", splits, imitates or "test rows drawn at random, like train rows", test_by=test_by)


def stratified(
    dataset: Dataset, n_splits: int = 5, *, seed: int = 0, imitates: str | None = None, test_by: TestBy = "folds"
) -> Folds:
    """Shuffled rows with every class in its share in each fold.

    Raises
    ------
    Refusal: a class with fewer rows than folds.
    """
    y = _one_column(dataset)
    _enough_rows(y, n_splits)
    splits = StratifiedKFold(n_splits, shuffle=True, random_state=seed).split(dataset.score.X, y)
    said = imitates or "test rows drawn at random within each class"
    return _scheme(dataset, "stratified", splits, said, test_by=test_by)


def group(
    dataset: Dataset,
    key: str,
    n_splits: int = 5,
    *,
    seed: int = 0,
    imitates: str | None = None,
    test_by: TestBy = "folds",
) -> Folds:
    """Whole groups of a key (a place, a species, an author) are scored by models that never saw them.

    Raises
    ------
    Refusal: fewer groups than folds.
    """
    groups = _groups(dataset, key, n_splits)
    splits = GroupKFold(n_splits, shuffle=True, random_state=seed).split(dataset.score.X, groups=groups)
    said = imitates or f"test rows of a {key} that no model has seen"
    return _scheme(dataset, key, splits, said, disjoint=(key,), test_by=test_by)


def stratified_group(
    dataset: Dataset,
    key: str,
    n_splits: int = 5,
    *,
    seed: int = 0,
    imitates: str | None = None,
    test_by: TestBy = "folds",
) -> Folds:
    """Whole groups apart, with the classes as even over the folds as the groups allow.

    Raises
    ------
    Refusal: fewer groups than folds, or no class with as many rows as folds.
    """
    groups = _groups(dataset, key, n_splits)
    largest = int(_one_column(dataset).value_counts().max())
    if largest < n_splits:
        raise Refusal(f"the largest class has {largest} rows, fewer than {n_splits} folds", "use fewer folds")
    splitter = StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed)
    splits = splitter.split(dataset.score.X, _one_column(dataset), groups)
    said = imitates or f"test rows of a {key} that no model has seen, classes in their share"
    return _scheme(dataset, key, splits, said, disjoint=(key,), test_by=test_by)


def time(
    dataset: Dataset,
    key: str,
    n_splits: int = 5,
    *,
    imitates: str | None = None,
    test_by: TestBy = "full",
) -> Folds:
    """Forward chaining: each block of time is scored by models fitted on strictly earlier rows."""
    said = imitates or f"test rows later in {key} than every train row"
    return group_time(dataset, key, (), n_splits, forward_only=True, imitates=said, test_by=test_by)


def group_time(
    dataset: Dataset,
    key: str,
    groups: Sequence[str] = (),
    n_splits: int = 5,
    *,
    purge: float | pd.Timedelta = 0,
    embargo: float | pd.Timedelta = 0,
    forward_only: bool = False,
    imitates: str | None = None,
    test_by: TestBy = "full",
) -> Folds:
    """Blocks of time, with a purge before, an embargo after, and no group on both sides.

    Distinct times are cut into equal blocks (`n_splits`, and one more in front that is never scored when
    forward only). From the fitted side go: rows within `purge` before or `embargo` after the scored block,
    everything after it when forward only, and every row whose group is being scored.
    (López de Prado, Advances in Financial Machine Learning, 2018, chapter 7.)

    Raises
    ------
    Refusal: fewer distinct times than blocks; or the key leaves a fold with nothing to fit.
    """
    times = _key(dataset.score, key)
    distinct = np.sort(times.drop_duplicates().to_numpy())
    blocks = n_splits + 1 if forward_only else n_splits
    if len(distinct) < blocks:
        raise Refusal(f"key {key!r} has {len(distinct)} distinct times, too few for {blocks} blocks", "use fewer folds")
    folds = []
    for number, block in enumerate(np.array_split(distinct, blocks)):
        if forward_only and number == 0:
            continue
        score = np.flatnonzero((times >= block[0]) & (times <= block[-1]))
        sides = []
        for table in (dataset.fit, dataset.score):
            outside = outside_block(
                _key(table, key), times.iloc[score].min(), times.iloc[score].max(), purge, embargo, forward_only
            )
            for name in groups:
                outside &= ~_key(table, name).isin(dataset.score.keys[name].iloc[score]).to_numpy()
            sides.append(np.flatnonzero(outside))
        folds.append(Fold(f"{pd.Series(block[:1]).astype(str)[0]}…", sides[0], score, sides[1]))
    if any(len(fold.fit) == 0 for fold in folds):
        raise Refusal(
            f"a block of time in {key!r} leaves no rows to fit after purge, embargo and groups",
            "use fewer folds, a shorter purge or fewer groups",
        )
    return Folds(
        name=key,
        folds=tuple(folds),
        imitates=imitates or f"test rows apart in {key}" + (f" and of unseen {', '.join(groups)}" if groups else ""),
        disjoint=tuple(groups),
        ordered=key,
        forward_only=forward_only,
        purge=purge,
        embargo=embargo,
        test_by=test_by,
    ).check(dataset)


def given(
    dataset: Dataset,
    fold_of: pd.Series,
    *,
    name: str = "given",
    imitates: str = "the split that the host or a team-mate gave",
    disjoint: Sequence[str] = (),
    test_by: TestBy = "folds",
) -> Folds:
    """Folds that someone else made: a fold number by row id; a negative number is fitted and never scored.

    Raises
    ------
    Refusal: rows of the data without a fold, or ids that the data do not have.
    """
    if not fold_of.index.is_unique:
        twice = fold_of.index[fold_of.index.duplicated()][0]
        raise Refusal(f"the given folds name row {twice!r} more than once", "give one fold number for every row id")
    missing = dataset.score.ids.difference(fold_of.index[fold_of.notna()])
    unknown = fold_of.index.difference(dataset.score.ids)
    if len(missing) or len(unknown):
        example = missing[0] if len(missing) else unknown[0]
        raise Refusal(
            f"the given folds miss {len(missing)} rows and name {len(unknown)} unknown ones, such as {example!r}",
            "give one fold number for every row id",
        )
    numbers = fold_of.reindex(dataset.score.ids).to_numpy()
    rows = np.arange(len(numbers))
    splits = [(rows[numbers != k], rows[numbers == k]) for k in sorted(set(numbers)) if k >= 0]
    return _scheme(dataset, name, splits, imitates, disjoint=tuple(disjoint), test_by=test_by)


def _scheme(
    dataset: Dataset,
    name: str,
    splits: Splits,
    imitates: str,
    *,
    disjoint: tuple[str, ...] = (),
    test_by: TestBy,
) -> Folds:
    """Splits of the score rows, carried over to the fit rows: all those that share no disjoint key."""
    folds = []
    for number, sides in enumerate(splits):
        others, score = (np.asarray(side, dtype=np.intp) for side in sides)
        fit = others if dataset.fits_on_score_rows else _apart(dataset, score, disjoint)
        folds.append(Fold(str(number), fit, score, others))
    return Folds(name, tuple(folds), imitates, disjoint=disjoint, test_by=test_by).check(dataset)


def _apart(dataset: Dataset, score: Rows, disjoint: Sequence[str]) -> Rows:
    apart = ~dataset.fit.ids.isin(dataset.score.ids[score])
    for key in disjoint:
        apart &= ~_key(dataset.fit, key).isin(dataset.score.keys[key].iloc[score]).to_numpy()
    return np.flatnonzero(apart)


def _key(table: Table, key: str) -> pd.Series:
    if key not in table.keys:
        raise ValueError(f"no key {key!r}; there are {sorted(table.keys.columns)}")
    values = table.keys[key]
    if values.isna().any():
        raise Refusal(f"key {key!r} is missing at row {values.index[values.isna()][0]!r}", "fill it in or drop the row")
    return values


def _groups(dataset: Dataset, key: str, n_splits: int) -> pd.Series:
    groups = _key(dataset.score, key)
    if groups.nunique() < n_splits:
        raise Refusal(
            f"key {key!r} has {groups.nunique()} values, fewer than {n_splits} folds", f"use {groups.nunique()} folds"
        )
    return groups


def _one_column(dataset: Dataset) -> pd.Series:
    y = dataset.score.truth()
    if isinstance(y, pd.DataFrame):
        raise ValueError("a stratified split needs one column of classes")
    return y


def _enough_rows(y: pd.Series, n_splits: int) -> None:
    counts = y.value_counts()
    counts = counts[counts > 0]  # a categorical column counts classes without rows too
    if counts.min() < n_splits:
        raise Refusal(
            f"class {counts.idxmin()!r} has {counts.min()} rows, fewer than {n_splits} folds",
            "use fewer folds, or merge or drop that class",
        )
