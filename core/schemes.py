"""Schemes side by side: how hopeful is each way to validate?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.aside import Aside
from core.cross_validation import Fitted, NothingFitted, cross_validate
from core.fitting import Fitting
from core.folds import Folds
from core.member import with_needs
from core.objective import Score
from core.workbench import Workbench


@dataclass(frozen=True)
class SchemeScore:
    """What one member scores under a scheme.

    Parameters
    ----------
    score: in each fold.
    together: on the scored rows of all folds at once: what schemes with folds of other sizes are compared by.
    """

    score: Score
    together: float

    def to_json(self) -> dict[str, Any]:
        return {"folds": list(self.score.folds), "together": self.together}


def score_schemes(
    bench: Workbench, schemes: Sequence[Folds], fitted: Fitted, fitting: Fitting
) -> dict[str, SchemeScore]:
    """The score of the first member that is no baseline under each scheme, by name of the scheme.

    A scheme that the budget has no time for, or on which the member fails, is left out aloud.
    """
    first = next((item.member for item in fitted.done if not bench.members[item.member].baseline), None)
    if first is None:
        return {}
    needed = with_needs([first], bench.members)
    items = [
        replace(item, must=False, folds=None)
        for item in fitted.done
        if item.member in needed and item.seed == 0 and item.trial == 0
    ]
    found = {}
    for folds in schemes:
        other = replace(bench, folds=folds)
        every = replace(fitting, folds=tuple(range(len(folds))), test_by="folds", listener=Aside(fitting.listener))
        scored = Fitted()
        try:
            cross_validate(other, items, every, fitted=scored)
        except NothingFitted:
            pass  # the listener has been told why
        if first in scored.predictions:
            told = scored.predictions[first].mean_out_of_fold
            rows = np.concatenate([fold.score for fold in folds.folds])
            rows = rows[~np.isnan(told[rows]).any(axis=1)]
            found[folds.name] = SchemeScore(other.judge.over_folds(told, folds), other.judge.score(told[rows], rows))
        elif scored.failures:
            fitting.listener.note(f"scheme {folds.name!r} has no score: {first} could not be fitted on it")
        else:
            fitting.listener.left_out(f"{first} under scheme {folds.name!r}")
    return found
