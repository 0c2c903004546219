"""The end of a run: everything that is left is written, then it is called finished."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.cross_validation import Fitted
from core.ensembling import Ensemble
from core.failpoints import failpoint
from core.fitting import Fitting
from core.ledger import Ledger
from core.member import family_of
from core.recording import Recorder
from core.results import decisions_of, drift_of, extras_of, fold_arrays, folds_of, outcome_of, result_of
from core.saved_models import save_models
from core.schemes import SchemeScore
from core.table import kind_of
from core.workbench import Workbench, versions
from core.writing import atomically


def finish(
    recorder: Recorder,
    bench: Workbench,
    fitted: Fitted,
    joined: Ensemble,
    fitting: Fitting,
    diagnostics: Mapping[str, SchemeScore],
) -> None:
    """Write everything that is left, then call the run finished and enter it into the ledger.

    Parameters
    ----------
    recorder: of the run, which is still held.
    diagnostics: the score of one member under each scheme, where that was asked for.
    """
    folder = recorder.folder
    folds = list(fitted.folds or fitting.folds)
    outcome = outcome_of(bench, fitted, joined, folds)
    recorder.found(drift_of(bench, fitted, joined, outcome))
    extras = extras_of(recorder.competition, outcome, recorder.listener)
    recorder.save_plan(fitted.done)  # with its last notes
    if all(bench.members[item.member].baseline for item in fitted.done):
        recorder.listener.note("only the baseline could be fitted: this submission is the trivial answer")
    if folder.finished:  # an extension: from here on, files and record disagree until it ends
        folder.save(status="running")
    if folder.plan_of_extension.exists():
        folder.plan_of_extension.replace(folder.plan)
    failpoint("finish: planned")
    recorder.write_answer(fitted, joined.blend, joined.decision)
    failpoint("finish: answered")
    _keep_predictions(recorder, bench, fitted, joined)
    failpoint("finish: predictions kept")
    models = save_models(folder, bench, fitted, fitting, joined.blend.weights)
    failpoint("finish: models kept")
    _keep_errors(recorder, fitted)
    granted = folder.record.pop("extending", {}).get("seconds", 0.0)
    folder.save(
        status="finished",
        more=folder.record.get("more", 0.0) + granted,
        result=result_of(bench, fitted, joined, folds) | _effort(recorder, fitted),
        blend=joined.blend.to_json(),
        decision=None if joined.decision is None else joined.decision.to_json(),
        nested_decisions=decisions_of(joined),
        schemes={name: told.to_json() for name, told in diagnostics.items()},
        resemblance=recorder.resemblance,
        **_of_models(bench, models),
        **_of_data(recorder, bench, folds),
        notes=recorder.listener.notes,
        left_out=recorder.listener.unfinished,
        findings=[finding.to_json() for finding in recorder.findings],
        extras=[exhibit.to_json() for exhibit in extras],
        threads=bench.threads,
        versions=versions(),
    )
    failpoint("finish: recorded")
    shutil.rmtree(folder.path / ".cache", ignore_errors=True)
    failpoint("finish: cleaned")
    Ledger(recorder.root).record(folder)


def _keep_predictions(recorder: Recorder, bench: Workbench, fitted: Fitted, joined: Ensemble) -> None:
    for name, predictions in fitted.predictions.items():
        recorder.folder.save_predictions(name, predictions)
    with atomically(recorder.folder.path / "folds.npz") as file:
        np.savez(file, **fold_arrays(bench, joined.nested_predictions))


def _keep_errors(recorder: Recorder, fitted: Fitted) -> None:
    """The tracebacks of what crashed; those of an earlier attempt are gone."""
    errors = recorder.folder.path / "errors"
    shutil.rmtree(errors, ignore_errors=True)
    for name, traceback in fitted.failures.items():
        errors.mkdir(exist_ok=True)
        (errors / f"{name}.txt").write_text(traceback, "utf-8", "backslashreplace")


def _effort(recorder: Recorder, fitted: Fitted) -> dict[str, Any]:
    """What the run took, and what it sends."""
    return {
        "seconds": recorder.plan_now(fitted.done).seconds,
        "fits": {"made": recorder.listener.fits, "from_cache": recorder.listener.from_cache},
        "submission_sha256": hashlib.sha256(recorder.folder.submission.read_bytes()).hexdigest(),
    }


def _of_models(bench: Workbench, models: Mapping[str, Any]) -> dict[str, Any]:
    """What is needed to predict new rows, and in which order."""
    steps = {name: bench.members[family_of(name)].pretrain for name in models}
    return {
        "models": models,
        "needs": {name: bench.members[family_of(name)].needs for name in models},
        "pretrain": {name: step.name for name, step in steps.items() if step is not None},
    }


def _of_data(recorder: Recorder, bench: Workbench, folds: Sequence[int]) -> dict[str, Any]:
    """What rows it was, how they were split and weighted, and what new ones must look like."""
    dataset = recorder.dataset
    return {
        "outputs": dataset.outputs,
        "features": {str(name): kind_of(dataset.fit.X[name]) for name in dataset.test.X.columns},
        "id_columns": dataset.id_columns,
        "columns": list(dataset.sample_submission.columns),
        "rows": {part: len(getattr(dataset, part)) for part in ("fit", "score", "test")},
        "folds": folds_of(bench, folds),
        "priors": [prior.to_json() for prior in bench.objective.priors],
    }
