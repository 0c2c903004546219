"""What a run leaves behind while it goes, and when it ends."""

from __future__ import annotations

import hashlib
import math
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.answer import answer
from core.blend import Blend
from core.code_hash import code_hash
from core.competition import Competition
from core.cross_validation import Fitted
from core.dataset import Dataset
from core.decision import Decision
from core.ensembling import Ensemble
from core.fitting import Fitting
from core.folds import Folds
from core.jobs import model_folder
from core.ledger import Ledger
from core.listener import Listener
from core.objective import Score
from core.plan import Plan, WorkItem
from core.run import RunFolder
from core.settings import Settings
from core.submission import Layout, write_submission
from core.workbench import Workbench, versions
from core.writing import atomically


class NoteKeeper(Listener):
    """Passes everything on to a listener and keeps the notes for the record."""

    def __init__(self, inner: Listener) -> None:
        self.inner = inner
        self.notes: list[str] = []

    def step(self, text: str) -> None:
        self.inner.step(text)

    def fits_begin(self, label: str, total: int) -> None:
        self.inner.fits_begin(label, total)

    def fit_done(self, label: str, *, cached: bool) -> None:
        self.inner.fit_done(label, cached=cached)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
            self.inner.note(text)


@dataclass
class Recorder:
    """Writes plan, submission, predictions, models and scores of one run."""

    competition: Competition
    dataset: Dataset
    folder: RunFolder
    listener: NoteKeeper
    root: Path
    started: float = field(default_factory=time.monotonic)
    plan: Plan = field(default_factory=Plan)
    _best_so_far: float | None = None

    @classmethod
    @contextmanager
    def open(
        cls,
        competition: Competition,
        dataset: Dataset,
        folds: Folds,
        data: Path,
        settings: Settings,
        threads: int,
        root: Path,
        listener: Listener,
    ) -> Iterator[Recorder]:
        """The run of this request, held for this process until the block ends."""
        request = {
            "edition": competition.edition.name,
            "options": competition.options,
            "data": dataset.fingerprint,
            "folds": folds.digest(),
            "code": code_hash(["core.road", type(competition).__module__]),
            "versions": versions(),
            "threads": threads,
            "settings": settings.request(),
        }
        folder = RunFolder.begin(root, competition.slug, request, settings.fresh)
        try:
            if not folder.finished:
                folder.save(data_folder=str(data.resolve()), revision=_revision())
            Ledger(root).record(folder)  # a finished one too: it may have been killed just before it did so
            yield cls(competition, dataset, folder, NoteKeeper(listener), root)
        finally:
            folder.unlock()

    @property
    def layout(self) -> Layout:
        """Of the answer that the host expects."""
        return Layout.of_sample(self.dataset.sample_submission, self.dataset.id_columns, self.competition.edition.rules)

    def cache(self, fresh: bool) -> Path:
        """Where fits are kept: shared by all runs, or the run's own when everything is fitted again."""
        return self.folder.path / ".cache" if fresh else self.root / ".cache"

    def earlier_plan(self, given: Path | None) -> Plan | None:
        """The plan that the user gave, to be done and nothing else; or that of an interrupted attempt."""
        plan = None
        if given is not None:
            plan = replace(Plan.load(given), complete=True, seconds=0.0)
        elif self.folder.plan.exists():
            plan = Plan.load(self.folder.plan)
        for note in () if plan is None else plan.notes:
            self.listener.note(note)
        return plan

    def item_done(self, bench: Workbench, plan: Plan) -> Callable[[Fitted], None]:
        """What is done after each item: keep the plan, and the submission of the best single member so far."""
        self.plan = plan
        self._plan_now([]).save(self.folder.plan)

        def after_item(fitted: Fitted) -> None:
            self._plan_now(fitted.done).save(self.folder.plan)
            # An earlier attempt has written the best of what is replayed.
            written = len(fitted.done) <= len(plan.items) and self.folder.submission.exists()
            self._write_if_better(bench, fitted, written)

        return after_item

    def _plan_now(self, done: Sequence[WorkItem]) -> Plan:
        return self.plan.now(done, time.monotonic() - self.started, self.listener.notes)

    def _write_if_better(self, bench: Workbench, fitted: Fitted, written: bool) -> None:
        name = fitted.done[-1].member
        predictions = fitted.predictions[name].mean_out_of_fold
        rows = np.flatnonzero(np.isfinite(predictions).all(axis=1))  # those of the folds that are fitted
        value = bench.judge.score(predictions[rows], rows)
        if self._best_so_far is not None and not bench.judge.metric.better(value, self._best_so_far):
            return
        self._best_so_far = value
        if not written:
            decision = self.competition.decision()
            if decision is not None:
                keys = self.dataset.score.keys.iloc[rows]
                decision = decision.fit(predictions[rows], bench.judge.truth[rows], bench.judge.weight[rows], keys)
            self._write(fitted, Blend("single", {name: 1.0}), decision)

    def finish(
        self,
        bench: Workbench,
        fitted: Fitted,
        joined: Ensemble,
        fitting: Fitting,
        diagnostics: Mapping[str, Score],
    ) -> None:
        """Write everything that is left, then call the run finished and enter it into the ledger."""
        folds = list(fitting.folds)
        if all(bench.members[item.member].baseline for item in fitted.done):
            self.listener.note("only the baseline could be fitted: this submission is the trivial answer")
        replace(self._plan_now(fitted.done), items=tuple(fitted.done), complete=True).save(self.folder.plan)
        self._write(fitted, joined.blend, joined.decision)
        for name, predictions in fitted.predictions.items():
            self.folder.save_predictions(name, predictions, self.dataset.score, self.dataset.test)
        self._save_folds(bench)
        models = self._save_models(bench, fitted, folds, fitting.test_by)
        for name, traceback in fitted.failures.items():
            (self.folder.path / "errors").mkdir(exist_ok=True)
            (self.folder.path / "errors" / f"{name}.txt").write_text(traceback, "utf-8", "backslashreplace")
        self.folder.save(
            status="finished",
            result=self._result(bench, fitted, joined, folds),
            blend=joined.blend.to_json(),
            decision=None if joined.decision is None else joined.decision.to_json(),
            models=models,
            needs={name: bench.members[name].needs for name in models},
            pretrain={name: step.name for name in models if (step := bench.members[name].pretrain) is not None},
            outputs=self.dataset.outputs,
            features=list(map(str, self.dataset.test.X.columns)),
            id_columns=self.dataset.id_columns,
            columns=list(self.dataset.sample_submission.columns),
            rows={part: len(getattr(self.dataset, part)) for part in ("fit", "score", "test")},
            folds={
                "scheme": bench.folds.name,
                "imitates": bench.folds.imitates,
                "number": len(bench.folds),
                "fitted": folds,
                "rows_scored": int(sum(len(bench.folds.folds[number].score) for number in folds)),
            },
            schemes={name: {"folds": list(score.folds)} for name, score in diagnostics.items()},
            notes=self.listener.notes,
            threads=bench.threads,
            versions=versions(),
        )
        shutil.rmtree(self.folder.path / ".cache", ignore_errors=True)
        Ledger(self.root).record(self.folder)

    def _write(self, fitted: Fitted, blend: Blend, decision: Decision | None) -> None:
        tested = {name: fitted.predictions[name].mean_test for name in blend.weights}
        layout, dataset = self.layout, self.dataset
        frame = answer(self.competition, tested, dataset.test, blend, decision, dataset.outputs, layout)
        write_submission(frame, layout, self.folder.submission)

    def _save_folds(self, bench: Workbench) -> None:
        """Positions, ids, truth and weights: what blending and reporting across runs compare."""
        ids = self.dataset.score.ids.to_numpy(dtype=str)
        arrays: dict[str, Any] = {"score_ids": ids, "truth": bench.judge.truth, "weight": bench.judge.weight}
        for number, fold in enumerate(bench.folds.folds):
            arrays |= {f"fit_{number}": fold.fit, f"score_{number}": fold.score}
        with atomically(self.folder.path / "folds.npz") as file:
            np.savez(file, **arrays)

    def _save_models(self, bench: Workbench, fitted: Fitted, folds: list[int], test_by: str) -> dict[str, Any]:
        """Copy models into the run; returns which of them predict new rows, by member and seed."""
        labels = [f"fold-{number}" for number in folds] + (["full"] if test_by == "full" else [])
        predicting = labels if test_by == "folds" else ["full"]
        saved: dict[str, Any] = {}
        for name, by_seed in fitted.keys.items():
            for seed, keys in by_seed.items():
                for label, key in zip(labels, keys, strict=True):
                    self.folder.save_model(model_folder(bench.entry(key)), name, f"seed-{seed}", label)
                paths = [f"{name}/seed-{seed}/{label}" for label in predicting]
                saved.setdefault(name, {})[str(seed)] = paths
        for name, key in fitted.pretraining.items():
            self.folder.save_model(model_folder(bench.entry(key)), f"pretrain-{name}")
        return saved

    def _result(self, bench: Workbench, fitted: Fitted, joined: Ensemble, folds: list[int]) -> dict[str, Any]:
        def shown(score: Score, **more: Any) -> dict[str, Any]:
            return {
                "score": finite(score.value),
                "standard_error": finite(score.standard_error),
                "folds": [finite(value) for value in score.folds],
                **more,
            }

        members = {}
        for name, predictions in fitted.predictions.items():
            score = bench.judge.over_folds(predictions.mean_out_of_fold, bench.folds, folds)
            members[name] = shown(
                score,
                baseline=bench.members[name].baseline,
                weight=joined.blend.weights.get(name, 0.0),
                seeds=len(predictions.out_of_fold),
                seconds=predictions.seconds,
            )
        judged = bench.judge.metric
        baseline = next((name for name, found in members.items() if found["baseline"]), None)
        return {
            "metric": judged.name,
            "reads": judged.reads,
            "higher_is_better": judged.higher_is_better,
            "weighted": bench.objective.weight is not None,
            "per": bench.objective.per,
            "members": members,
            "nested": shown(joined.nested),
            "selection": finite(joined.selection),
            "methods": {method: finite(value) for method, value in joined.methods.items()},
            "baseline": {"member": baseline, "score": members[baseline]["score"] if baseline else None},
            "seconds": time.monotonic() - self.started,
            "submission_sha256": hashlib.sha256(self.folder.submission.read_bytes()).hexdigest(),
        }


def finite(value: float) -> float | None:
    """The value, or None for NaN and infinity, which JSON does not have."""
    return value if math.isfinite(value) else None


def _revision() -> str | None:
    """The revision of this checkout, or None outside git."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
