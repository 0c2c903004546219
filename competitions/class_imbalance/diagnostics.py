"""Did only the class shares change between train and test, or the features of a class too?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from competitions.class_imbalance.validation import is_validation
from core.checks.resemblance import Told, resemblance
from core.checks.view import View
from core.dataset import Dataset
from core.priors import Prior
from core.resampling import undersample

#: An area under the curve that more than chance must lift above this before features are said to have moved.
ALIKE = 0.53
#: By so much more an area may be larger, within two errors, where it is said that there is no difference.
MARGIN = 0.05


def told_apart(dataset: Dataset, prior: Prior, seed: int = 0) -> Told | None:
    """How well test rows are told from train rows that are thinned to the prior of the test.

    Where only the class shares changed, thinned train rows are drawn like test rows and the area under the curve
    is that of a guess. None where there are too few rows.
    """
    own = np.flatnonzero(~is_validation(dataset.fit))
    labels = dataset.fit.truth().iloc[own]
    assert isinstance(labels, pd.Series)
    kept = own[undersample(labels, prior.by_name(), seed)]
    thinned = dataset.fit.take(kept)
    apart = replace(dataset, fit=thinned, score=thinned, extra={})
    return resemblance(View(apart, [], rows=8_000, seed=seed)).test


def alike(told: Told) -> bool:
    """Whether test rows are not told from train rows, and would be if they differed by much."""
    return told.area - 2 * told.error <= ALIKE and told.area + 2 * told.error <= ALIKE + MARGIN


def features_moved(told: Told | None, *, labelled: bool) -> str:
    """What the area says, as a note.

    Parameters
    ----------
    labelled: whether there are labelled validation rows to trust.
    """
    if told is None:
        return "too few rows to say whether the features of a class differ between train and test"
    said = (
        f"test rows are told from train rows thinned to the test prior with an area under the curve of {told.area:.3f}"
        f" ± {told.error:.3f}"
    )
    if alike(told):
        return f"{said}: only the class shares differ (label shift)"
    if told.area - 2 * told.error <= ALIKE:
        return f"{said}: no sign that the features of a class differ too, but too few rows to exclude it"
    names = ", ".join(repr(name) for name, share in told.columns[:3] if share >= 0.05 or name == told.columns[0][0])
    trust = "trust the labelled validation rows more than the score" if labelled else "trust the score the less"
    return (
        f"warning: {said}: the features of a class differ between train and test too (most in {names}), which no"
        f" prior corrects; look at these columns, and {trust}"
    )
