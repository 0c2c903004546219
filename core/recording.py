"""What a run leaves behind while it goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.answer import answer
from core.blend import Blend
from core.budget import Budget
from core.cache import cache_of
from core.checks import Finding
from core.code_hash import code_hash, revision
from core.competition import Competition
from core.cross_validation import Fitted, label_of
from core.dataset import Dataset
from core.decision import Decision
from core.ensembling import ROUNDS
from core.errors import Refusal
from core.failpoints import failpoint
from core.folds import Folds
from core.ledger import Ledger
from core.listener import Listener
from core.note_keeper import NoteKeeper
from core.plan import Plan, WorkItem
from core.run import RunFolder
from core.settings import Settings
from core.submission import Layout, write_submission
from core.tuning import Studies, Tuned, journal_of
from core.workbench import Workbench, versions


@dataclass
class Recorder:
    """Keeps the plan, the submission and the notes of one run up to date (`core.finishing` ends it)."""

    competition: Competition
    dataset: Dataset
    folder: RunFolder
    listener: NoteKeeper
    root: Path
    budget: Budget
    plan: Plan = field(default_factory=Plan)
    findings: list[Finding] = field(default_factory=list)
    resemblance: dict[str, Any] = field(default_factory=dict)
    extending: bool = False
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
        budget: Budget,
    ) -> Iterator[Recorder]:
        """The run of this request, held for this process until the block ends.

        Parameters
        ----------
        budget: its clock has run since the run began.
        """
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
        extend = settings.more is not None
        folder = RunFolder.begin(root, competition.slug, request, fresh=settings.fresh, extend=extend)
        try:
            if not folder.finished or extend:
                folder.save(data_folder=str(data.resolve()), revision=revision())
            else:
                Ledger(root).record(folder)  # it may have been killed just before it did so
            yield cls(competition, dataset, folder, NoteKeeper(listener), root, budget)
        except Refusal:
            # Nothing was done that a mended command could go on with.
            if not (folder.plan.exists() or folder.submission.exists()):
                shutil.rmtree(folder.path, ignore_errors=True)
            raise
        finally:
            folder.unlock()

    @property
    def layout(self) -> Layout:
        """Of the answer that the host expects."""
        return self.competition.edition.layout(self.dataset.sample_submission, self.dataset.id_columns)

    def cache(self, fresh: bool) -> Path:
        """Where fits are kept: shared by all runs, or the run's own when everything is fitted again."""
        return cache_of(self.folder.path / ".cache" if fresh else self.root / ".cache")

    def earlier(self, settings: Settings) -> tuple[Plan | None, Budget]:
        """The plan to begin with, or None, and the clock for what is added to it.

        The plan is the one that the user gave, to be done and nothing else, or that of an earlier attempt. An
        extension of a finished run has the seconds it was granted, also after a kill, and anew where other
        seconds are asked for; an unfinished run has them on top of its budget.
        """
        budget, more, folder = self.budget, settings.more, self.folder
        self.extending = more is not None and folder.finished
        path = folder.plan_of_extension if folder.plan_of_extension.exists() else folder.plan
        if settings.plan is not None:
            plan = replace(Plan.load(settings.plan), complete=True, seconds=0.0)
        elif (found := self._own_plan(path)) is not None:
            plan = found
        else:
            return None, budget
        spent = plan.seconds
        if more is not None and self.extending:
            if folder.granted != more:
                folder.save(extending={"seconds": more, "after": plan.seconds})
            plan = replace(plan, complete=False)
            budget, spent = budget.of(more), spent - folder.record["extending"]["after"]
        elif more is not None and budget.seconds is not None:
            budget = budget.of(budget.seconds + more)
        for note in plan.lasting:
            self.listener.note(note)
        return plan, budget.less(spent)

    def _own_plan(self, path: Path) -> Plan | None:
        """The plan of an earlier attempt; one that cannot be read is as good as none: its fits are in the cache."""
        try:
            return Plan.load(path) if path.exists() else None
        except Refusal as refusal:
            self.listener.note(f"{refusal.problem}; the work is planned anew")
            return None

    def studies(self, storage: str | None) -> Studies:
        """The studies of the competition, which all its runs share; a run that fits everything again has its own.

        Parameters
        ----------
        storage: a database or a journal; the one beside the runs by default.
        """
        apart = self.folder.run_id if self.folder.record.get("fresh") else ""
        return Studies(journal_of(self.root, self.competition.slug), storage, apart)

    def unsay(self, notes: Iterable[str]) -> None:
        """Take notes out of the record that later ones replace."""
        gone = set(notes)
        self.listener.notes = [note for note in self.listener.notes if note not in gone]

    def tuned(self, found: Sequence[Tuned]) -> None:
        """Keep what a search came to, also if the run is killed before it ends; beside that of other members."""
        kept = {state["member"]: state for state in self.folder.record.get("tuning", [])}
        kept |= {tuned.member: tuned.to_json() for tuned in found}
        self.folder.save(tuning=list(kept.values()))

    def found(self, findings: Sequence[Finding]) -> None:
        """Keep what checks found for the record, and tell at once what makes the score lie."""
        self.findings += findings
        for finding in findings:
            self.listener.found(finding)

    def item_done(self, bench: Workbench, plan: Plan, already: Sequence[WorkItem] = ()) -> Callable[[Fitted], None]:
        """What is done after each item: answer, and keep the plan.

        Parameters
        ----------
        already: items that are done before the first of these.
        """
        self.plan = replace(plan, lasting=tuple(self.listener.notes))
        if plan.complete:  # what is not done is not said again
            for note in plan.notes:
                self.listener.note(note)
            for work in plan.left_out:
                self.listener.left_out(work)
        answer_now = self.answer_now(bench, len(plan.kept))
        self.save_plan(already)
        Ledger(self.root).record(self.folder)

        def after_item(fitted: Fitted) -> None:
            # An item in the plan is one whose answer was written where it was better: a resume relies on that.
            answer_now(fitted)
            failpoint("item: answered")
            self.save_plan(fitted.done)
            failpoint("item: planned")

        return after_item

    def answer_now(self, bench: Workbench, replayed: int = 0) -> Callable[[Fitted], None]:
        """Keep the submission of the best single member so far.

        Parameters
        ----------
        replayed: items of an earlier attempt, which has written the best of them.
        """

        def after_item(fitted: Fitted) -> None:
            written = len(fitted.done) <= replayed and self.folder.submission.exists()
            # The blend of a finished run stays until a new one replaces it.
            self._write_if_better(bench, fitted, written or self.folder.finished)

        return after_item

    def forget_scores(self) -> None:
        """Scores to come have another scale: whatever comes first replaces the answer that is there."""
        self._best_so_far = None

    def save_plan(self, done: Sequence[WorkItem]) -> None:
        """An extension has a plan of its own until it ends: the run that is finished keeps the one it was made by."""
        self.plan_now(done).save(self.folder.plan_of_extension if self.folder.finished else self.folder.plan)

    def plan_now(self, done: Sequence[WorkItem]) -> Plan:
        """The plan as it stands when these items are done."""
        return self.plan.now(done, self.budget.spent, self.listener.notes, self.listener.unfinished)

    def _write_if_better(self, bench: Workbench, fitted: Fitted, written: bool) -> None:
        name = fitted.done[-1].candidate
        predictions = fitted.predictions[name].mean_out_of_fold
        rows = np.flatnonzero(np.isfinite(predictions).all(axis=1))  # those of the folds that are fitted
        whole = [number for number, fold in enumerate(bench.folds.folds) if np.isfinite(predictions[fold.score]).all()]
        value = bench.judge.over_folds(predictions, bench.folds, whole).value
        if self._best_so_far is not None and not bench.judge.metric.better(value, self._best_so_far):
            return
        self._best_so_far = value
        if not written:
            decision = self.competition.decision()
            if decision is not None:
                keys = self.dataset.score.keys.iloc[rows]
                decision = decision.fit(predictions[rows], bench.judge.truth[rows], bench.judge.weight[rows], keys)
            self.write_answer(fitted, Blend("single", {name: 1.0}), decision)

    def settle(self, fitted: Fitted, rounds: int) -> int:
        """Nothing more enters the plan; returns the rounds of greedy selection, those of a plan that is repeated."""
        if self.plan.complete:
            rounds = self.plan.rounds
        elif rounds < ROUNDS:
            self.listener.left_out(f"{ROUNDS - rounds} of {ROUNDS} rounds of greedy selection")
        self.listener.done_after_all(label_of(item) for item in fitted.done)
        self.plan = replace(self.plan, items=tuple(fitted.done), complete=True, rounds=rounds)
        self.save_plan(fitted.done)
        failpoint("plan: settled")
        return rounds

    def write_answer(self, fitted: Fitted, blend: Blend, decision: Decision | None) -> None:
        """Write the submission of a blend."""
        tested = {name: fitted.predictions[name].mean_test for name in blend.weights}
        layout, dataset = self.layout, self.dataset
        frame = answer(self.competition, tested, dataset.test, blend, decision, dataset.outputs, layout)
        write_submission(frame, layout, self.folder.submission)
