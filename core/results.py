"""What a run's record says of its scores."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.checks import Finding, inspect_predictions
from core.competition import Competition
from core.cross_validation import Fitted
from core.ensembling import Ensemble
from core.errors import of_storage
from core.exhibit import Exhibit
from core.listener import Listener
from core.member import family_of
from core.objective import Score
from core.outcome import Outcome
from core.workbench import Workbench

Array = npt.NDArray[np.float64]


def result_of(bench: Workbench, fitted: Fitted, joined: Ensemble, folds: Sequence[int]) -> dict[str, Any]:
    """Scores of members, blend and baseline, as run.json holds them.

    Parameters
    ----------
    folds: positions of those that every candidate of the blend was fitted on.
    """
    members = {}
    for name, predictions in fitted.predictions.items():
        score = bench.judge.over_folds(predictions.mean_out_of_fold, bench.folds, folds)
        members[name] = _shown(
            score,
            baseline=bench.members[family_of(name)].baseline,
            blended=bench.members[family_of(name)].blended,
            weight=joined.blend.weights.get(name, 0.0),
            seeds=len(predictions.out_of_fold),
            seconds=predictions.seconds,
        )
    metric = bench.judge.metric
    baseline = next((name for name, found in members.items() if found["baseline"]), None)
    return {
        "metric": metric.name,
        "reads": metric.reads,
        "higher_is_better": metric.higher_is_better,
        "weighted": bench.objective.weight is not None,
        "per": bench.objective.per,
        "members": members,
        "nested": _shown(joined.nested),
        "selection": finite(joined.selection),
        "methods": {method: finite(value) for method, value in joined.methods.items()},
        "marginal": {name: finite(value) for name, value in joined.marginal.items()},
        "baseline": {"member": baseline, "score": members[baseline]["score"] if baseline else None},
    }


def decisions_of(joined: Ensemble) -> dict[str, Any]:
    """Those that made the nested predictions, by fold."""
    found = joined.nested_decisions.items()
    return {str(fold): None if decision is None else decision.to_json() for fold, decision in found}


def folds_of(bench: Workbench, folds: Sequence[int]) -> dict[str, Any]:
    """How the run was validated."""
    return {
        "scheme": bench.folds.name,
        "imitates": bench.folds.imitates,
        "number": len(bench.folds),
        "fitted": list(folds),
        "rows_scored": int(sum(len(bench.folds.folds[number].score) for number in folds)),
    }


def fold_arrays(bench: Workbench, nested: Array) -> dict[str, Any]:
    """Ids of the score and test rows, truth, weights, positions of the folds and nested predictions.

    All predictions of the run are of these rows in this order.

    Parameters
    ----------
    nested: predictions of blends that did not see the rows, (score rows, outputs).
    """
    arrays: dict[str, Any] = {
        "score_ids": bench.dataset.score.ids.to_numpy(dtype=str),
        "test_ids": bench.dataset.test.ids.to_numpy(dtype=str),
        "truth": bench.judge.truth,
        "weight": bench.judge.weight,
        "nested": nested,
    }
    for number, fold in enumerate(bench.folds.folds):
        arrays |= {f"fit_{number}": fold.fit, f"score_{number}": fold.score}
    return arrays


def outcome_of(bench: Workbench, fitted: Fitted, joined: Ensemble, folds: Sequence[int]) -> Outcome:
    """What a competition explains.

    Parameters
    ----------
    folds: positions of those that every candidate of the blend was fitted on.
    """
    return Outcome(
        dataset=bench.dataset,
        objective=bench.objective,
        judge=bench.judge,
        folds=bench.folds,
        fitted=tuple(folds),
        # A trial was chosen by its score on these very rows: beside members it would look better than it is.
        members={
            name: predictions.mean_out_of_fold
            for name, predictions in fitted.predictions.items()
            if name == family_of(name)
        },
        baselines=frozenset(name for name in fitted.predictions if bench.members[family_of(name)].baseline),
        blended=frozenset(joined.blend.weights),
        nested=joined.nested_predictions,
        test=joined.answer(
            {name: fitted.predictions[name].mean_test for name in joined.blend.weights}, bench.dataset.test.keys
        ),
        decision=joined.decision,
        nested_decisions=joined.nested_decisions,
    )


def extras_of(competition: Competition, outcome: Outcome, listener: Listener) -> list[Exhibit]:
    """What a competition says of a run; a fault in that is no fault of the run, but it is told."""
    try:
        exhibits = competition.extras(outcome)
        json.dumps([exhibit.to_json() for exhibit in exhibits], allow_nan=False)  # run.json must hold them
        return exhibits
    except Exception as error:
        if of_storage(error):
            raise
        listener.note(f"the competition's own tables could not be made: {type(error).__name__}: {error}")
        return []


def drift_of(bench: Workbench, fitted: Fitted, joined: Ensemble, outcome: Outcome) -> list[Finding]:
    """What the answer's predictions of the test rows say beside those out of fold."""
    if outcome.blended <= outcome.baselines:
        return []  # a constant is alike everywhere
    members = {name: fitted.predictions[name].mean_out_of_fold for name in outcome.blended}
    scored = joined.answer(members, bench.dataset.score.keys)
    weight = None if bench.objective.weight is None else bench.judge.weight
    return inspect_predictions(scored, outcome.test, weight, bench.dataset.outputs, bench.objective.metric.reads)


def _shown(score: Score, **more: Any) -> dict[str, Any]:
    return {
        "score": finite(score.value),
        "standard_error": finite(score.standard_error),
        "folds": [finite(value) for value in score.folds],
        **more,
    }


def finite(value: float) -> float | None:
    """The value, or None for NaN and infinity, which JSON does not have."""
    return value if math.isfinite(value) else None
