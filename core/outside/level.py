"""Whether test predictions from outside stand on another level than out of fold: another prior, say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.checks import Finding
from core.log_linear import effective_rows

Array = npt.NDArray[np.float64]

CHECK = "level of predictions from outside"

#: A move that is worth a word: so many standard errors, and such a share of the spread of the predictions.
SURE, FAR = 6.0, 0.25


def other_level(
    name: str, best: str, on_test: Array, scored: Array, weight: Array, spread: Array, outputs: Sequence[str]
) -> tuple[Finding, ...]:
    """At most one warning, of the output that moves farthest.

    The differences from a member of the run are compared, so that a drift of the rows, which both of them follow,
    is none of the predictions.

    Parameters
    ----------
    name, best: of the member from outside and of that of the run.
    on_test, scored: the first's predictions minus the other's, (test rows, outputs) and (scored rows, outputs).
    weight: of the scored rows, (scored rows,).
    spread: standard deviation of the first's predictions out of fold, (outputs,).
    """
    share = weight / weight.sum()
    there, here = on_test.mean(axis=0), share @ scored
    moved = there - here
    variance = on_test.var(axis=0) / len(on_test) + share @ (scored - here) ** 2 / effective_rows(weight)
    sure = np.abs(moved) >= SURE * np.sqrt(variance)
    far = np.where(sure & (spread > 0), np.abs(moved) / np.where(spread > 0, spread, 1), 0.0)
    output = int(far.argmax())
    if far[output] < FAR:
        return ()
    message = (
        f"{name}: beside member {best!r}, the mean of {outputs[output]!r} is {there[output]:+.4g} on the test rows and"
        f" {here[output]:+.4g} out of fold, {far[output]:.2f} standard deviations apart"
    )
    advice = "ask whether its test predictions are for another prior or in another unit than its out-of-fold ones"
    return (Finding(CHECK, "warning", message, advice, (outputs[output],)),)
