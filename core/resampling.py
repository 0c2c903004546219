"""Resampling towards a target prior: under-sampling alone, and after SMOTE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils import check_consistent_length, check_random_state

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Shares = Mapping[str, float] | pd.Series


def thinned_to(prior: Shares) -> Callable[[npt.ArrayLike], dict[Any, int]]:
    """A `sampling_strategy` for any under-sampler of imbalanced-learn: the classes get the target prior.

    The class that is scarcest for its target share is kept whole, the others are thinned to match it; every class
    keeps at least one row. Classes of the prior without rows are left out, and the others keep their proportions.

    Parameters
    ----------
    prior: class name → share of the target, positive; need not be normalised.

    Returns
    -------
    A function of labels (n,): class, as the labels hold it → rows kept.

    Raises
    ------
    ValueError: a share that is not positive; in the function, a label without a share.

    >>> thinned_to({"yes": 0.4, "no": 0.6})(["no", "no", "yes", "no", "yes", "no", "no"])
    {'no': 3, 'yes': 2}
    """
    return partial(_thinned, _shares(prior))


def undersample(labels: pd.Series, prior: Shares, seed: int) -> Rows:
    """Positions of the rows that are left when classes are thinned at random to the target prior, ascending."""
    text = labels.astype(str)
    return _drawn(text, thinned_to(prior)(text), seed)


class SmoteToPrior(BaseEstimator):
    """SMOTE (Chawla et al. 2002, arXiv:1106.1813), then random under-sampling, both aimed at the target prior.

    Under-sampling alone is as large as the scarcest class allows. Here the rows that are left are up to `factor`
    times as many, though never more than the largest class can support; a class with too few rows for that gets
    synthetic ones, each between a row and one of its nearest neighbours in the class, and the others are thinned.
    A class has no synthetic row while one of its real ones is left out.

    Numbers are scaled by their standard deviation, and missing ones stand at the median, to find neighbours and
    to go between them. Names and truth values are those most frequent among the neighbours (SMOTE-NC; missing is
    a name too; ties go to the row's own, then to the nearest), and two different names are as far apart as the
    median standard deviation of the class's numbers. Real rows stay as they are; where the value of a row is
    missing or infinite, so is that of the rows made of it.

    Parameters
    ----------
    prior: class name → share of the target, positive; need not be normalised.
    factor: how many times its rows a class may have, 1 or more.
    k_neighbors: a class with fewer rows has fewer neighbours, and a single row is copied.
    random_state: of the synthetic rows and of the rows left out.

    Attributes
    ----------
    synthetic_: which of the resampled rows are synthetic, (n,); they stand last.
    base_indices_: positions of the rows that the resampled ones are made of, (n,); a real row is made of itself.
    neighbor_indices_: positions of the neighbours that they were moved towards, (n,); a real row has itself.

    >>> X = pd.DataFrame({"size": [1.0, 2.0, 3.0, 5.0, 7.0], "colour": ["red", "red", "blue", "blue", "blue"]})
    >>> y = pd.Series(["rare", "rare", "many", "many", "many"])
    >>> SmoteToPrior({"rare": 0.5, "many": 0.5}).fit_resample(X, y)[0].round(2).to_dict("list")
    {'size': [1.0, 2.0, 3.0, 5.0, 7.0, 1.59], 'colour': ['red', 'red', 'blue', 'blue', 'blue', 'red']}
    """

    def __init__(self, prior: Shares, factor: float = 2.0, k_neighbors: int = 5, random_state: Any = 0) -> None:
        self.prior = prior
        self.factor = factor
        self.k_neighbors = k_neighbors
        self.random_state = random_state

    def fit_resample(self, X: pd.DataFrame, y: Any) -> tuple[pd.DataFrame, Any]:
        """The rows (n, columns) and their labels (n,) under the target prior.

        Column names and dtypes stay, but whole numbers become floats where rows are synthetic. A synthetic row
        has the label of the index of its base row.

        Raises
        ------
        ValueError: a label without a share, parameters out of range, a column of dates.
        """
        if not (self.factor >= 1 and self.k_neighbors >= 1):
            raise ValueError(f"factor and k_neighbors are 1 or more, not {self.factor} and {self.k_neighbors}")
        check_consistent_length(X, y)
        X, labels = pd.DataFrame(X), pd.Series(y).astype(str).reset_index(drop=True)
        table, random = _Table(X), check_random_state(self.random_state)
        wanted, counts = self._wanted(labels), labels.value_counts().to_dict()
        made = [
            table.between(np.flatnonzero(labels == name), size - counts[name], self.k_neighbors, random)
            for name, size in wanted.items()
            if size > counts[name]
        ]
        real = _drawn(labels, {name: min(size, counts[name]) for name, size in wanted.items()}, random)
        self.base_indices_ = base = np.concatenate([real, *(part.base for part in made)])
        self.neighbor_indices_ = np.concatenate([real, *(part.neighbor for part in made)])
        self.synthetic_ = np.arange(len(base)) >= len(real)
        return table.joined(real, made), y.iloc[base] if isinstance(y, pd.Series) else np.asarray(y)[base]

    def _wanted(self, labels: pd.Series) -> dict[str, int]:
        """Class name → rows after resampling."""
        names, counts, target = _counted(_shares(self.prior), labels)
        support = counts / target  # how many rows of all classes its own are enough for
        size = min(support[counts == counts.max()].max(), self.factor * support.min())
        return dict(zip(names, _whole(size * target, np.maximum(counts, np.floor(self.factor * counts))), strict=True))


class _Made(NamedTuple):
    """Synthetic rows of a class: positions of base rows and neighbours (m,), their numbers (m, numbers), and for
    each column of names the positions of the rows whose name they have (m, names)."""

    base: Rows
    neighbor: Rows
    numbers: Array
    named: Rows


class _Table:
    """Columns of numbers and of names, and rows between its rows."""

    def __init__(self, X: pd.DataFrame) -> None:
        self.X = X
        numeric = [_is_number(X.iloc[:, place]) for place in range(X.shape[1])]
        self.numbers = [place for place, number in enumerate(numeric) if number]
        self.names = [place for place, number in enumerate(numeric) if not number]
        values = {place: X.iloc[:, place].to_numpy(dtype=float, na_value=np.nan) for place in self.numbers}
        raw = pd.DataFrame(values, index=X.index, dtype=float)
        finite = raw.replace([np.inf, -np.inf], np.nan)
        self.raw, self.filled = raw.to_numpy(), finite.fillna(finite.median().fillna(0)).to_numpy(dtype=float)
        with np.errstate(over="ignore"):  # a column of huge numbers has an infinite scale, and is left out
            scale = self.filled.std(axis=0)
        self.scaled = self.filled / np.where(scale > 0, scale, 1)
        codes = {place: pd.factorize(X.iloc[:, place])[0] for place in self.names}
        self.codes = pd.DataFrame(codes, index=X.index).to_numpy(dtype=np.intp)

    def between(self, own: Rows, amount: int, k: int, random: np.random.RandomState) -> _Made:
        """So many synthetic rows of the class whose rows are `own`."""
        near = self._neighbours(own, min(k, len(own) - 1))
        drawn = random.randint(0, near.size, size=amount)
        step = random.uniform(size=amount)[:, None]
        row = drawn // near.shape[1]
        base, neighbor = own[row], own[near.ravel()[drawn]]
        moved = self.filled[base] + step * (self.filled[neighbor] - self.filled[base])
        numbers = np.where(np.isfinite(self.raw[base]), moved, self.raw[base])
        return _Made(base, neighbor, numbers, own[self._most_frequent(own, near)[row]])

    def _neighbours(self, own: Rows, k: int) -> Rows:
        """Positions among `own` of the k rows nearest to each, nearest first, (own, k)."""
        if k == 0:
            return np.zeros((1, 1), dtype=np.intp)
        points: Any = self.scaled[own]
        if len(self.names):
            # Two names that differ are 1 in two columns: divided by √2 they are `apart` from each other.
            apart = np.median(points.std(axis=0)) if len(self.numbers) else 0.0
            one_hot = OneHotEncoder().fit_transform(self.codes[own])
            points = sparse.hstack([sparse.csr_matrix(points), one_hot * ((apart or 1.0) / np.sqrt(2))], format="csr")
        return np.asarray(NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False))

    def _most_frequent(self, own: Rows, near: Rows) -> Rows:
        """Positions among `own` of rows that have the name most frequent near each row, (own, names)."""
        candidates = np.column_stack([np.arange(len(own)), near])
        chosen = np.empty((len(own), len(self.names)), dtype=np.intp)
        for column, codes in enumerate(self.codes[own].T):
            votes = (codes[candidates][:, :, None] == codes[near][:, None, :]).sum(axis=2)
            chosen[:, column] = candidates[np.arange(len(own)), votes.argmax(axis=1)]
        return chosen

    def joined(self, real: Rows, made: list[_Made]) -> pd.DataFrame:
        """Real rows, then synthetic ones."""
        if not made:
            return self.X.iloc[real]  # whole numbers stay so
        numbers, named = (np.concatenate([getattr(part, kind) for part in made]) for kind in ("numbers", "named"))
        columns = {}
        for place, values in zip(self.numbers, numbers.T, strict=True):
            kept = _as_float(self.X.iloc[:, place].iloc[real])
            columns[place] = pd.concat([kept, pd.Series(values).astype(kept.dtype)], ignore_index=True)
        for place, rows in zip(self.names, named.T, strict=True):
            columns[place] = self.X.iloc[:, place].iloc[np.concatenate([real, rows])].reset_index(drop=True)
        frame = pd.concat([columns[place] for place in sorted(columns)], axis=1)
        frame.columns = self.X.columns
        frame.index = self.X.index[np.concatenate([real, *(part.base for part in made)])]
        return frame


def _is_number(column: pd.Series) -> bool:
    if column.dtype.kind in "mM" or isinstance(column.dtype, pd.PeriodDtype):
        raise ValueError(f"column {column.name!r} holds dates or durations: make features of it, or a key")
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def _as_float(column: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(column.dtype):
        return column
    return column.astype("Float64" if pd.api.types.is_extension_array_dtype(column.dtype) else float)


def _shares(prior: Shares) -> pd.Series:
    shares = pd.Series({str(name): float(share) for name, share in prior.items()}, dtype=float)
    if not (np.isfinite(shares).all() and (shares > 0).all()):
        raise ValueError(f"a prior must be positive: {shares.to_dict()}")
    return shares


def _counted(shares: pd.Series, y: npt.ArrayLike) -> tuple[list[Any], Array, Array]:
    """The classes among labels, their rows and their target shares, sorted by name."""
    counts = pd.Series(np.asarray(y, dtype=object)).value_counts(dropna=False)
    names = sorted(counts.index, key=str)
    if unknown := [name for name in names if str(name) not in shares.index]:
        raise ValueError(f"labels hold classes without a share in the prior: {unknown}")
    rows, target = counts.reindex(names), shares.reindex([str(name) for name in names])
    return names, np.asarray(rows, dtype=float), np.asarray(target, dtype=float)


def _whole(sizes: Array, most: Array) -> list[int]:
    """Whole numbers of rows, one or more of each class."""
    return [int(size) for size in np.minimum(most, np.maximum(1, np.round(sizes)))]


def _thinned(shares: pd.Series, y: npt.ArrayLike) -> dict[Any, int]:
    names, counts, target = _counted(shares, y)
    return dict(zip(names, _whole((counts / target).min() * target, counts), strict=True))


def _drawn(labels: pd.Series, wanted: Mapping[Any, int], random_state: Any) -> Rows:
    """Positions of so many random rows of each class, ascending."""
    from imblearn.under_sampling import RandomUnderSampler

    # Codes in the order of the names draw the same rows as the names do, without sorting text over and over.
    names = sorted(wanted)
    codes = pd.Index(names).get_indexer(pd.Index(labels))
    kept = {code: wanted[name] for code, name in enumerate(names)}
    sampler = RandomUnderSampler(sampling_strategy=kept, random_state=random_state)
    sampler.fit_resample(np.arange(len(labels))[:, None], codes)
    return np.sort(sampler.sample_indices_)
