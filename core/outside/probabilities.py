"""Whether predictions are probabilities, and what they are instead."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.errors import Refusal
from core.outside.sheet import Sheet

Array = npt.NDArray[np.float64]

#: Rounding of numbers in single precision; what lies outside of [0, 1] by no more is clipped.
ROUNDING = 1e-6
#: How far the sum of a row may be from 1; nearer ones are rescaled.
ROW_SUM = 1e-3


def probabilities_of(sheet: Sheet, outputs: tuple[str, ...], *, one_class: bool) -> Array:
    """The probabilities of a file, (its rows, outputs), clipped to [0, 1] and rescaled to sums of 1.

    Parameters
    ----------
    one_class: whether a row has one class, so that its probabilities sum to 1; labels do not.

    Raises
    ------
    Refusal: labels, percent, logits, logarithms, values outside of [0, 1], rows that do not sum to 1.
    """
    values = sheet.values
    summed = one_class and values.shape[1] > 1
    if len(sheet) > 1 and np.isin(values, (0.0, 1.0)).all():
        raise Refusal(
            f"{sheet.row(0)}, column {sheet.columns[0]!r}: every value is 0 or 1: labels, not probabilities",
            "write what predict_proba gives, not predict",
            expected="probabilities between 0 and 1",
        )
    outside = (values < -ROUNDING) | (values > 1 + ROUNDING)
    if outside.any():
        row, column = (int(place[0]) for place in np.nonzero(outside))
        said, way_out = _instead(values, summed)
        raise Refusal(
            f"{sheet.row(row)}, column {sheet.columns[column]!r}: {values[row, column]:.9g} is no probability"
            f" ({int(outside.sum())} such values{said})",
            way_out,
            expected="values from 0 to 1",
        )
    values = np.clip(values, 0.0, 1.0)
    if summed:
        sums = values.sum(axis=1)
        off = np.abs(sums - 1) > ROW_SUM + ROUNDING
        if off.any():
            row = int(off.argmax())
            raise Refusal(
                f"{sheet.row(row)}: the probabilities of {len(outputs)} classes sum to {sums[row]:.9g}"
                f" ({int(off.sum())} such rows)",
                "divide each row by its sum, if these are probabilities of classes that exclude each other",
                expected=f"1, within {ROW_SUM:g}",
            )
        return np.asarray(values / sums[:, None])
    if one_class and len(outputs) == 2:
        pair = [values, 1 - values] if sheet.columns[0] == outputs[0] else [1 - values, values]
        return np.column_stack(pair)
    return np.asarray(values)


def _instead(values: Array, summed: bool) -> tuple[str, str]:
    """What values outside of [0, 1] look like, as a part of a message, and the way out."""
    sums = values.sum(axis=1)
    if values.min() >= 0 and values.max() <= 100 + ROUNDING and (not summed or np.abs(sums - 100).max() < 1):
        return ("; they look like percent" if values.max() > 10 else ""), "divide by 100, if these are percent"
    if values.max() <= ROUNDING and (not summed or np.abs(np.exp(values).sum(axis=1) - 1).max() < ROW_SUM):
        return "; they look like logarithms of probabilities", "write numpy.exp of them"
    if values.min() < 0:
        through = "scipy.special.softmax(…, axis=1)" if summed else "scipy.special.expit"
        return "; they look like logits", f"turn them into probabilities, by {through} if they are logits"
    if (values == values.round()).all():
        return "; they look like class labels", "write what predict_proba gives, not predict"
    return "", "write probabilities"
