"""Columns of any kind as numbers or as text."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Kind = Literal["number", "text", "empty"]


def read_as(column: pd.Series) -> Kind | None:
    """What checks read a column as: numbers (dates are numbers too) or text; None for what they cannot read.

    Sequences, arrays and other objects cannot. A column with nothing but missing values is "empty".
    """
    dtype: Any = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        missing = dtype.kind == "f" and column.iloc[:100].isna().all() and column.isna().all()
        return "empty" if missing else "number"
    if isinstance(dtype, pd.CategoricalDtype):
        names: Any = pd.Series(dtype.categories)
        return read_as(names) if column.notna().any() else "empty"
    if pd.api.types.is_complex_dtype(dtype):
        return None
    numeric = pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype) or dtype.kind in "mM"
    if not numeric and not isinstance(dtype, pd.StringDtype):
        inferred = pd.api.types.infer_dtype(column, skipna=True)
        if inferred in ("integer", "floating", "mixed-integer-float", "boolean", "decimal"):
            numeric = True
        elif inferred not in ("string", "empty"):
            plain = column.dropna().map(lambda value: isinstance(value, (str, int, float, bool, np.generic)))
            if not plain.all():
                return None
    if not (column.iloc[:100].notna().any() or column.notna().any()):
        return "empty"
    return "number" if numeric else "text"


def numbers(column: pd.Series) -> Array:
    """A column of numbers or dates (as nanoseconds) as floats, (n,); missing is NaN."""
    dtype: Any = column.dtype
    if dtype.kind in "mM":
        naive = column if getattr(dtype, "tz", None) is None else column.dt.tz_convert(None)
        ticks: Array = naive.to_numpy(dtype=f"{dtype.kind}8[ns]").astype(np.int64).astype(float)
        return np.where(column.isna().to_numpy(), np.nan, ticks)
    if not (isinstance(dtype, np.dtype) and dtype.kind in "fiub"):
        column = pd.to_numeric(column.astype(object), errors="coerce")
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=float)


def texts(column: pd.Series) -> npt.NDArray[np.object_]:
    """A column as text, (n,); missing is None."""
    missing = column.isna().to_numpy()
    if isinstance(column.dtype, pd.StringDtype):
        found = column.to_numpy(dtype=object, copy=True)
        found[missing] = None
        return found
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = np.array([*map(str, column.cat.categories), None], dtype=object)
        return names[column.cat.codes.to_numpy()]  # missing is code -1, the last name
    values = column.to_numpy(dtype=object)
    return np.array([None if gone else str(value) for value, gone in zip(values, missing, strict=True)], dtype=object)
