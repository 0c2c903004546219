"""Everything a competition loads from its folder, in one frozen value."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.table import Table, join_ids


@dataclass(frozen=True)
class Dataset:
    """What a competition loads.

    Parameters
    ----------
    fit: rows that models learn from.
    score: rows that predictions are judged on; the same object as `fit` when tabular.
    test: rows to predict.
    outputs: the fixed order of prediction columns: class names, label names or the name of the target.
    sample_submission: the host's example, with every id and column of the answer.
    id_columns: the columns of the sample that make a row id (see `join_ids`).
    extra: further named tables: a labelled validation file, unlabelled text, histories.

    Raises
    ------
    ValueError: `fit` or `score` without truth, or no outputs.
    """

    fit: Table
    score: Table
    test: Table
    outputs: tuple[str, ...]
    sample_submission: pd.DataFrame
    id_columns: tuple[str, ...]
    extra: Mapping[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fit.truth()
        self.score.truth()
        if not self.outputs:
            raise ValueError("a data set needs at least one output")

    @classmethod
    def tabular(
        cls,
        train: pd.DataFrame,
        test: pd.DataFrame,
        sample_submission: pd.DataFrame,
        *,
        target: str,
        id_columns: Sequence[str],
        outputs: Sequence[str],
        keys: Sequence[str] = (),
        drop: Sequence[str] = (),
        extra: Mapping[str, Table] | None = None,
    ) -> Dataset:
        """A plain table: fitted and scored on the same rows; every column that is left is a feature.

        Columns that only one of the two frames has are no features, since a model could not use them.
        """
        apart = {*id_columns, *keys, *drop, target}
        features = [column for column in train.columns if column not in apart and column in test.columns]
        fit = tabular_table(train, features, id_columns, keys, target)
        return cls(
            fit=fit,
            score=fit,
            test=tabular_table(test, features, id_columns, keys),
            outputs=tuple(outputs),
            sample_submission=sample_submission,
            id_columns=tuple(id_columns),
            extra=extra or {},
        )

    @property
    def fits_on_score_rows(self) -> bool:
        """Whether models learn from the very rows that are scored, as in a plain tabular competition."""
        return self.fit is self.score

    @cached_property
    def fingerprint(self) -> str:
        """A hash of every value that was loaded, which cache keys and run folders carry."""
        digest = hashlib.sha256(repr((self.outputs, self.id_columns)).encode())
        tables = {"fit": self.fit, "test": self.test, **{f"extra:{name}": t for name, t in self.extra.items()}}
        if not self.fits_on_score_rows:
            tables["score"] = self.score
        for name in sorted(tables):
            digest.update(name.encode())
            _hash_table(digest, tables[name])
        _hash_frame(digest, self.sample_submission)
        return digest.hexdigest()[:16]

    def fraction(self, share: float, seed: int, key: str | None = None) -> Dataset:
        """A random share of the rows to fit and score, for a quick look; the test rows stay whole.

        Whole groups of `key` are kept or left out where one is given; otherwise every class keeps its share.
        """
        by_class = len(self.outputs) > 1

        def part(table: Table) -> Table:
            return table.take(_share_of_rows(table, share, seed, key, by_class))

        fit = part(self.fit)
        score = fit if self.fits_on_score_rows else part(self.score)
        return replace(self, fit=fit, score=score)


def tabular_table(
    frame: pd.DataFrame,
    features: Sequence[str],
    id_columns: Sequence[str],
    keys: Sequence[str] = (),
    target: str | None = None,
) -> Table:
    """Turn a frame with columns of ids, keys, features and perhaps a target into a `Table`."""
    indexed = frame.set_axis(join_ids(frame, id_columns), axis=0)
    return Table(
        X=indexed[list(features)],
        y=None if target is None else indexed[target],
        keys=indexed[list(keys)],
    )


def _share_of_rows(table: Table, share: float, seed: int, key: str | None, by_class: bool) -> npt.NDArray[np.intp]:
    rng = np.random.default_rng(seed)
    if key is not None:
        groups = table.keys[key].drop_duplicates().to_numpy()
        kept = rng.permutation(groups)[: max(2, round(share * len(groups)))]
        return np.flatnonzero(table.keys[key].isin(kept))
    y = table.truth()
    if isinstance(y, pd.DataFrame) or not by_class:
        return np.sort(rng.permutation(len(table))[: max(2, round(share * len(table)))])
    chosen = [
        rng.permutation(rows)[: max(2, round(share * len(rows)))]
        for rows in (np.flatnonzero(y == label) for label in pd.unique(y))
    ]
    return np.sort(np.concatenate(chosen))


def _hash_table(digest: hashlib._Hash, table: Table) -> None:
    for name in ("X", "y", "keys", "fit_weight"):
        part = getattr(table, name)
        if part is not None:
            digest.update(name.encode())
            _hash_frame(digest, part.to_frame() if isinstance(part, pd.Series) else part)


def _hash_frame(digest: hashlib._Hash, frame: pd.DataFrame) -> None:
    digest.update(repr((frame.shape, list(map(str, frame.columns)))).encode())
    for _, values in [("", frame.index.to_series()), *frame.items()]:
        digest.update(_type_name(values.dtype).encode())
        if pd.api.types.is_numeric_dtype(values.dtype) and isinstance(values.dtype, np.dtype):
            digest.update(np.ascontiguousarray(values.to_numpy()).tobytes())
        elif pd.api.types.infer_dtype(values, skipna=True) in ("mixed", "mixed-integer"):
            _hash_objects(digest, values)
        else:
            digest.update(pd.util.hash_pandas_object(values, index=False).to_numpy().tobytes())


def _type_name(dtype: object) -> str:
    """The type of a column with its categories; text is text, however pandas stores it."""
    if isinstance(dtype, pd.CategoricalDtype):
        return f"category{dtype.ordered}{dtype.categories.dtype.kind}{dtype.categories.tolist()!r}"
    return "O" if isinstance(dtype, pd.StringDtype) else str(dtype).replace("object", "O")


def _hash_objects(digest: hashlib._Hash, values: Iterable[object]) -> None:
    """Sequences, arrays and mixed values, one by one: pandas refuses them or reads them as (shortened) text."""
    for value in values:
        digest.update(f"{type(value).__name__}(".encode())
        if isinstance(value, np.ndarray) and value.dtype != object:
            digest.update(f"{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
        elif isinstance(value, (list, tuple, np.ndarray)):
            _hash_objects(digest, value)
        else:
            digest.update(repr(value).encode())
        digest.update(b")")
