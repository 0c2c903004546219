"""Everything a competition loads from its folder, in one frozen value."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal
from core.table import Table, join_ids, kind_of, refuse_other_ids, refuse_other_kind, shown


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
    left_out: columns that are no features since only one of the files has them: those of "train", those of "test".
        No model sees them, so that they are no part of the fingerprint.

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
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

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
        files: tuple[str, str, str] = ("train", "test", "sample submission"),
    ) -> Dataset:
        """A plain table: fitted and scored on the same rows; every column that is left is a feature.

        Columns that only one of the two frames has are no features, since a model could not use them.

        Parameters
        ----------
        target: a column of numbers if it is the one output, of class names otherwise.
        keys, drop: columns that are no features; both frames have the keys.
        files: what the three frames are called in a refusal.

        Raises
        ------
        Refusal: frames without rows or columns that they need, or without a common feature; a column that is
            numbers in one and text in the other; a target that is not known or no number; test ids that are not
            those of the sample submission.
        """
        trained, tested, sampled = files
        apart = {*id_columns, *keys, *drop, target}
        for frame, name, needed in (
            (train, trained, [*id_columns, *keys, target]),
            (test, tested, [*id_columns, *keys]),
            (sample_submission, sampled, id_columns),
        ):
            _refuse_lacking(frame, needed, name)
            if not len(frame):
                raise Refusal(f"{name}: no rows", "is this the whole file? download it again")
        if len(sample_submission.columns) == len(id_columns):
            raise Refusal(f"{sampled}: no column besides {', '.join(id_columns)}", "use the host's sample submission")
        features = [column for column in train.columns if column not in apart and column in test.columns]
        used = {*apart, *features}
        left_out = {
            name: tuple(str(column) for column in frame.columns if column not in used)
            for name, frame in (("train", train), ("test", test))
        }
        if not features:
            raise Refusal(
                f"{trained} and {tested} have no feature in common",
                "are both files of one edition? are their columns separated by commas?",
                expected=f"{tested} with some of: {', '.join(left_out['train'][:8]) or 'features'}",
            )
        fit = tabular_table(train, features, id_columns, keys, target, name=trained)
        predicted = tabular_table(test, features, id_columns, keys, name=tested)
        _refuse_other_kinds(fit.X, predicted.X, trained, tested)
        _refuse_unknown_truth(fit, outputs, target, trained)
        refuse_other_ids(
            predicted.ids,
            _unique_ids(sample_submission, id_columns, sampled),
            name=tested,
            other=sampled,
            way_out="use test rows and sample submission of one edition, both whole",
            located=False,
        )
        return cls(
            fit=fit,
            score=fit,
            test=predicted,
            outputs=tuple(outputs),
            sample_submission=sample_submission,
            id_columns=tuple(id_columns),
            extra=extra or {},
            left_out=left_out,
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
    name: str = "the table",
) -> Table:
    """Turn a frame with columns of ids, keys, features and perhaps a target into a `Table`.

    Raises
    ------
    Refusal: columns that are missing, ids that are missing or repeat; it calls the frame by `name`.
    """
    _refuse_lacking(frame, [*id_columns, *keys, *features, *([] if target is None else [target])], name)
    indexed = frame.set_axis(_unique_ids(frame, id_columns, name), axis=0)
    return Table(
        X=indexed[list(features)],
        y=None if target is None else indexed[target],
        keys=indexed[list(keys)],
    )


def _refuse_lacking(frame: pd.DataFrame, needed: Sequence[str], name: str) -> None:
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        there = ", ".join(map(str, frame.columns[:8])) + (", …" if len(frame.columns) > 8 else "")
        raise Refusal(f"{name}: no column {missing[0]!r}; there are {there}", "use the official file of this edition")


def _unique_ids(frame: pd.DataFrame, id_columns: Sequence[str], name: str) -> pd.Index:
    try:
        ids = join_ids(frame, id_columns)
    except Refusal as refusal:
        raise Refusal(f"{name}, {refusal.problem}", refusal.way_out) from None
    if not ids.is_unique:
        row = int(ids.duplicated().argmax())
        raise Refusal(f"{name}, row {row + 2}: row id {ids[row]!r} occurs more than once", "remove the repeated rows")
    return ids


def _refuse_other_kinds(train: pd.DataFrame, test: pd.DataFrame, trained: str, tested: str) -> None:
    """A column of numbers in one file and of text in the other makes a model that is useless without a word."""
    for column in train.columns:
        kinds = kind_of(train[column]), kind_of(test[column])
        # Numbers with a word among them are text to the reader: the word is the fault.
        if kinds[0] == "text":
            refuse_other_kind(train[column], kinds[1], trained, tested)
        else:
            refuse_other_kind(test[column], kinds[0], tested, trained)


def _refuse_unknown_truth(table: Table, outputs: Sequence[str], target: str, name: str) -> None:
    y = table.truth()
    assert isinstance(y, pd.Series)
    bad = y.isna().to_numpy()
    said, way_out = "the truth is missing", "fill it in or remove the row"
    if list(outputs) == [target] and not bad.any():  # a value, not a class
        numbers = pd.to_numeric(y.astype(object), errors="coerce").to_numpy(dtype=float)
        bad, said, way_out = ~np.isfinite(numbers), "no finite number", "write plain numbers, with a point"
    if bad.any():
        row = int(bad.argmax())
        raise Refusal(
            f"{name}, row id {table.ids[row]!r}, column {target!r}: {shown(y.iloc[row])}: {said}"
            f" ({int(bad.sum())} such rows)",
            way_out,
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
