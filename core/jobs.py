"""One fit: what a worker does, on whatever machine it stands."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from core.cache import key_of
from core.context import FitContext, PredictContext, asks_for
from core.deadline import Deadline, stopped_at
from core.errors import Refusal
from core.estimators.saving import load_estimator, save_estimator
from core.folds import Fold
from core.member import Member
from core.predictions import MemberPredictions, mean
from core.table import Table
from core.workbench import Workbench

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: The fold number of a model that is fitted on all rows.
FULL = -1


@dataclass(frozen=True)
class Job:
    """A fit by its names and parameters.

    Parameters
    ----------
    member: by name; or the name of a pre-training step when `pretrain` is true.
    repeat: counted from 0; with the names it gives the seed.
    fold: a position in the folds, or FULL.
    params: of the member.
    predict_test: whether this model's prediction of the test rows is wanted.
    upstream: for each member that this one needs, the keys of its jobs, by seed.
    pretrained: the key of the pre-training step.
    """

    member: str
    repeat: int = 0
    fold: int = FULL
    params: Mapping[str, Any] = field(default_factory=dict)
    predict_test: bool = True
    upstream: Mapping[str, Mapping[int, tuple[str, ...]]] = field(default_factory=dict)
    pretrained: str | None = None
    pretrain: bool = False

    def key(self, bench: Workbench) -> str:
        """Everything that determines the result, hashed: 64 hex digits."""
        # A pre-training step sees whole tables, whatever the folds and the objective.
        apart = {"folds", "objective"} if self.pretrain else set()
        shared = {name: value for name, value in bench.identity.items() if name not in apart}
        return key_of({"bench": shared, "job": vars(self)})


def run_job(bench: Workbench, job: Job, deadline: Deadline | None = None) -> str:
    """Fit, save, read back, predict, and leave the result in the cache. Returns its key.

    Predictions come from the model as it was read back, so that a later `predict` gives the same bytes.
    A result that is in the cache already is not made again.

    Raises
    ------
    OutOfTime: the deadline came first; nothing is left in the cache.
    """
    key = job.key(bench)
    until = deadline or Deadline.never()

    def write(folder: Path) -> None:
        with threadpool_limits(bench.threads), stopped_at(until):
            if job.pretrain:
                _write_pretraining(bench, job, folder)
            else:
                _write_fit(bench, job, folder, until)

    if bench.store.get(key) is None:
        bench.store.put(key, write)
    return key


def model_folder(entry: Path) -> Path:
    """Where a cache entry keeps its model."""
    return entry / "model"


def collect(bench: Workbench, keys: Mapping[int, tuple[str, ...]]) -> MemberPredictions:
    """Put the results of a member's jobs together, by seed and in the order of the keys."""
    out_of_fold, test, seconds = {}, {}, 0.0
    for seed, entries in keys.items():
        whole = np.full((len(bench.dataset.score), len(bench.dataset.outputs)), np.nan)
        parts = []
        for key in entries:
            entry = bench.entry(key)
            with np.load(entry / "predictions.npz", allow_pickle=False) as arrays:
                whole[arrays["rows"]] = arrays["out_of_fold"]
                parts += [arrays["test"]] if arrays["test"].size else []
            seconds += json.loads((entry / "fit.json").read_text())["seconds"]
        out_of_fold[seed] = whole
        if parts:
            test[seed] = mean(parts)
    return MemberPredictions(out_of_fold, test, seconds)


def predict_matrix(estimator: Any, member: Member, X: pd.DataFrame, reads: str, context: PredictContext) -> Array:
    """Predictions (n, outputs) of an estimator, classes put in the order of the outputs by name.

    A class that the model never saw has probability 0.

    Raises
    ------
    ValueError: as many columns as neither classes nor outputs, or values that are not finite.
    """
    method = estimator.predict_proba if reads == "probabilities" else estimator.predict
    raw = np.asarray(method(X, context=context) if asks_for(method, "context") else method(X), dtype=float)
    raw = raw[:, None] if raw.ndim == 1 else raw
    if not np.isfinite(raw).all():
        broken = int((~np.isfinite(raw)).any(axis=1).sum())
        raise ValueError(f"member {member.name!r} predicts NaN or infinity for {broken} of {len(X)} rows")
    classes = getattr(estimator, "classes_", None)
    if reads == "probabilities" and classes is not None and len(classes) == raw.shape[1]:
        positions = pd.Index(context.outputs).get_indexer(pd.Index([str(name) for name in classes]))
        if (positions < 0).any():
            raise ValueError(f"member {member.name!r} predicts classes {list(classes)}, not {context.outputs}")
        matrix = np.zeros((len(X), len(context.outputs)))
        matrix[:, positions] = raw
        return matrix
    if raw.shape != (len(X), len(context.outputs)):
        raise ValueError(f"member {member.name!r} predicts shape {raw.shape} for {len(context.outputs)} outputs")
    return raw


def _write_fit(bench: Workbench, job: Job, folder: Path, deadline: Deadline) -> None:
    started = time.perf_counter()
    member, dataset, fold = bench.members[job.member], bench.dataset, _fold(bench, job.fold)
    read = _Read.of(bench, job)
    save_estimator(_fitted(bench, job, member, fold, read, deadline), model_folder(folder))
    try:
        model = load_estimator(model_folder(folder), bench.trusted)
    except Refusal as refusal:
        # Nobody's input is wrong: the member is built on a class that cannot be read back safely.
        raise TypeError(f"give the estimator save_model and load_model: {refusal.problem}") from None

    def predicted(table: Table, rows: Rows, upstream: Mapping[str, Array]) -> Array:
        if not len(rows):
            return np.empty((0, len(dataset.outputs)))
        context = PredictContext(**read.known(bench, table, rows, upstream))
        return predict_matrix(model, member, table.X.iloc[rows], bench.objective.metric.reads, context)

    tested = np.arange(len(dataset.test) if job.predict_test else 0)
    np.savez(
        folder / "predictions.npz",
        rows=fold.score,
        out_of_fold=predicted(dataset.score, fold.score, read.out_of_fold),
        test=predicted(dataset.test, tested, read.test),
    )
    (folder / "fit.json").write_text(json.dumps({"seconds": time.perf_counter() - started}))


def _fitted(bench: Workbench, job: Job, member: Member, fold: Fold, read: _Read, deadline: Deadline) -> Any:
    """The member's estimator, fitted on the rows of a fold."""
    dataset, seed = bench.dataset, bench.seed_of(job.member, job.fold, job.repeat)
    source, rows = (dataset.fit, fold.fit) if member.fit_on == "fit" else (dataset.score, fold.fit_on_score)
    on_score_rows = member.fit_on == "score" or dataset.fits_on_score_rows
    if on_score_rows:  # a second stage learns only from rows that every member it needs has predicted
        for values in read.out_of_fold.values():
            rows = rows[np.isfinite(values[rows]).all(axis=1)]
        if not len(rows):
            raise ValueError(
                f"fold {fold.name!r} leaves no row that {', '.join(member.needs)} has predicted out of fold"
            )
    table, estimator = source.take(rows), member.build(job.params, seed)
    more: dict[str, Any] = {}
    if asks_for(estimator.fit, "context"):
        more["context"] = FitContext(
            **read.known(bench, source, rows, read.out_of_fold if on_score_rows else {}),
            seed=seed,
            score_weight=bench.judge.weight[rows] if on_score_rows and bench.objective.weight is not None else None,
            disjoint=bench.folds.disjoint,
            ordered=bench.folds.ordered,
            purge=bench.folds.purge,
            deadline=deadline,
        )
    if table.fit_weight is not None:
        # Only what a row counts beside others has a meaning; penalties and smallest leaves would read the scale too.
        weight = table.fit_weight.to_numpy(dtype=float)
        more["sample_weight"] = weight / weight.mean() if weight.mean() > 0 else weight
    estimator.fit(table.X, table.truth(), **more)
    return estimator


@dataclass(frozen=True)
class _Read:
    """What a fit reads of other fits: predictions of the members it needs, and its pre-training step."""

    out_of_fold: Mapping[str, Array]
    test: Mapping[str, Array]
    pretrained: Any

    @classmethod
    def of(cls, bench: Workbench, job: Job) -> _Read:
        upstream = {name: collect(bench, keys) for name, keys in job.upstream.items()}
        return cls(
            out_of_fold={name: predictions.mean_out_of_fold for name, predictions in upstream.items()},
            test={name: predictions.mean_test for name, predictions in upstream.items() if predictions.test},
            pretrained=None if job.pretrained is None else _load_pretrained(bench, job.pretrained),
        )

    def known(self, bench: Workbench, table: Table, rows: Rows, upstream: Mapping[str, Array]) -> dict[str, Any]:
        """What a context says about rows at these positions."""
        outputs = bench.dataset.outputs
        frames = {
            name: pd.DataFrame(values[rows], index=table.ids[rows], columns=list(outputs))
            for name, values in upstream.items()
        }
        return {
            "keys": table.keys.iloc[rows],
            "outputs": outputs,
            "upstream": frames,
            "pretrained": self.pretrained,
            "threads": bench.threads,
            "device": bench.device,
        }


def _fold(bench: Workbench, number: int) -> Fold:
    if number != FULL:
        return bench.folds.folds[number]
    nothing = np.empty(0, dtype=np.intp)
    return Fold("full", np.arange(len(bench.dataset.fit)), nothing, np.arange(len(bench.dataset.score)))


def _write_pretraining(bench: Workbench, job: Job, folder: Path) -> None:
    step = next(m.pretrain for m in bench.members.values() if m.pretrain is not None and m.pretrain.name == job.member)
    dataset = bench.dataset
    tables = {"fit": dataset.fit, "score": dataset.score, "test": dataset.test, **dataset.extra}
    estimator = step.build(bench.seed_of(job.member, FULL, 0))
    estimator.fit(pd.concat([tables[name].X for name in step.sees]))
    save_estimator(estimator, model_folder(folder))


def _load_pretrained(bench: Workbench, key: str) -> Any:
    return load_estimator(model_folder(bench.entry(key)), bench.trusted)
