"""Runs and members from outside, blended anew."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.checks import Finding, inspect_predictions
from core.checks.drift import CHECK as OF_PREDICTIONS
from core.checks.finding import worst_first
from core.competition import Competition
from core.ensembling import Ensemble
from core.exhibit import EXPECTED
from core.listener import Listener
from core.member import TRIAL
from core.note_keeper import NoteKeeper
from core.outcome import Outcome
from core.outside.admission import read_outside
from core.outside.agreement import refuse_unlike
from core.outside.comparison import paired_error
from core.outside.contribution import CHECK as OF_WEIGHTS
from core.outside.contribution import blend_of, heavy, judged_alone
from core.outside.copying import refuse_lost_models
from core.outside.entry import Entry, entries_of
from core.outside.files import OutsideFiles
from core.outside.ground import Ground, ground_of
from core.outside.joint import Joint
from core.outside.joint_folder import write_joint
from core.outside.member import OutsideMember
from core.outside.mixture import Mixture
from core.outside.standing import Standing
from core.outside.stored import stored_folds
from core.outside.tables import outside_table, parents_table
from core.results import extras_of, finite
from core.run import RunFolder

Array = npt.NDArray[np.float64]

#: What is found in one blend alone.
OF_ONE_BLEND = (OF_PREDICTIONS, OF_WEIGHTS)

#: How a note begins that is of one run alone.
OF_A_RUN = re.compile(r"\d{8}-\d{6}-\S+: ")


def join_runs(
    runs: Sequence[RunFolder],
    competition: Competition,
    root: Path,
    *,
    data: Path | None = None,
    outside: Sequence[OutsideFiles] = (),
    weight: float | None = None,
    accept: bool = False,
) -> RunFolder:
    """Blend the members of finished runs, and members from outside, in a new run folder.

    Equal runs and files give equal predictions and an equal submission, in whatever order they are named.

    Parameters
    ----------
    competition: of the edition and the options of the runs.
    root: the folder of all submissions.
    data: the folder of the competition's files, where it has moved.
    outside: members of another make. One without out-of-fold predictions is mixed into the answer.
    weight: that it has there, above 0 and below 1.
    accept: take files that are only suspicious, with a note.

    Raises
    ------
    Refusal: runs that cannot be blended, files that cannot be used. Nothing is written then.
    """
    started = time.perf_counter()
    keeper = NoteKeeper(Listener())
    runs = tuple(sorted(runs, key=lambda run: run.run_id))
    refuse_unlike(runs)
    refuse_lost_models(runs)
    ground = ground_of(runs[0], competition, data)
    entries, brought, mixture = _members(runs, ground, outside, weight, accept)
    joined = blend_of(ground, entries)
    standings = tuple(_standing(run, ground, joined) for run in runs)
    brought = judged_alone(runs, ground, entries, brought, joined, accept=accept)
    for note in (*_said_of(brought, mixture), *_notes_of(runs)):
        keeper.note(note)
    outcome = _outcome(ground, entries, joined, mixture)
    frame = pd.DataFrame(outcome.test, index=ground.dataset.test.ids, columns=list(ground.dataset.outputs))
    answer = ground.layout.arrange(competition.finish(frame, ground.dataset.test, ground.layout))
    ground.layout.validate(answer, "submission.csv")
    new = [finding for member in brought for finding in member.findings]
    own = [*heavy(joined, entries), *_findings(ground, outcome, entries, joined)]
    findings = worst_first([*_findings_of(runs), *new, *own])
    extras = [
        table
        for table in extras_of(competition, outcome, keeper)
        if mixture is None or table.title != EXPECTED  # no score to expect of an answer that was never scored
    ]
    tables = [parents_table(joined, standings, ground), *outside_table(entries, brought, mixture, joined)]
    return write_joint(
        Joint(
            runs=runs,
            ground=ground,
            entries=tuple(entries),
            brought=tuple(brought),
            mixture=mixture,
            joined=joined,
            standings=standings,
            answer=answer,
            findings=tuple(findings),
            exhibits=(*tables, *extras),
            notes=tuple(keeper.notes),
            seconds=time.perf_counter() - started,
        ),
        root,
    )


def _notes_of(runs: Sequence[RunFolder]) -> list[str]:
    """What the parents' readers had to know, each said once; of one parent alone, after its id."""
    notes: list[str] = []
    for run in runs:
        mixed = run.record.get("mixed")
        gone = () if mixed is None else (mixed["note"], *mixed.get("suspicious", ()))
        own = [note for note in run.record["notes"] if note not in gone]
        if mixed is not None:
            own.append(f"the unvalidated {mixed['name']} of this run is left out: it has no out-of-fold predictions")
        shared = {note for note in own if all(note in other.record["notes"] for other in runs)}
        notes += [
            note if note in shared or len(runs) == 1 or OF_A_RUN.match(note) else f"{run.run_id}: {note}"
            for note in own
        ]
    return list(dict.fromkeys(notes))


def _members(
    runs: Sequence[RunFolder],
    ground: Ground,
    outside: Sequence[OutsideFiles],
    weight: float | None,
    accept: bool,
) -> tuple[list[Entry], list[OutsideMember], Mixture | None]:
    """The members of the runs, those from outside that enter the blend, and the one that is mixed into the answer."""
    known, brought, mixture = entries_of(runs, ground), [], None
    for files in sorted(outside, key=lambda files: files.name):  # named in any order, they give the same run
        member = read_outside(files, ground, known, accept=accept)
        if member.out_of_fold is None:
            if weight is None or mixture is not None:
                raise ValueError("one member without out-of-fold predictions may be mixed in, at a weight")
            mixture = Mixture(member, weight)
            continue
        brought.append(member)
        known.append(_entry(member, ground))
    return sorted(known, key=lambda entry: entry.name), brought, mixture


def _said_of(brought: Sequence[OutsideMember], mixture: Mixture | None) -> list[str]:
    """What the reader must know of what was brought, the worst first."""
    unvalidated = [] if mixture is None else [mixture.note, *mixture.member.notes]
    return [*unvalidated, *(note for member in brought for note in member.notes)]


def _entry(member: OutsideMember, ground: Ground) -> Entry:
    assert member.out_of_fold is not None
    score = ground.judge.over_folds(member.out_of_fold, ground.folds, ground.fitted)
    facts = {
        "score": finite(score.value),
        "standard_error": finite(score.standard_error),
        "folds": [finite(value) for value in score.folds],
        "baseline": False,
        "seeds": 1,
        "seconds": 0.0,
    }
    return Entry(member.name, (), member.out_of_fold, member.test, facts, blended=True)


def _standing(run: RunFolder, ground: Ground, joined: Ensemble) -> Standing:
    """A parent beside the joint blend, by its nested predictions."""
    arrays, judge = stored_folds(run), ground.judge
    nested = judge.over_folds(arrays["nested"], ground.folds, ground.fitted)
    gain = joined.nested.value - nested.value
    error, over = paired_error(
        judge, ground.folds, ground.fitted, joined.nested_predictions, arrays["nested"], ground.clusters
    )
    better = (gain if judge.metric.higher_is_better else -gain) + 0.0  # no minus before a nought
    return Standing(run.run_id, nested.value, nested.standard_error, better, error, over)


def _outcome(ground: Ground, entries: Sequence[Entry], joined: Ensemble, mixture: Mixture | None) -> Outcome:
    keys = ground.dataset.test.keys
    tested = joined.blend.apply({entry.name: entry.test for entry in entries}, keys)
    if mixture is not None:
        decided = joined.decision is not None
        tested = mixture.into(tested, joined.blend, ground.judge.metric, keys, decided=decided)
    if joined.decision is not None:
        tested = joined.decision.apply(tested, keys)
    return Outcome(
        dataset=ground.dataset,
        objective=ground.objective,
        judge=ground.judge,
        folds=ground.folds,
        fitted=ground.fitted,
        # A trial was chosen by its score on these very rows: beside members it would look better than it is.
        members={entry.name: entry.out_of_fold for entry in entries if TRIAL not in entry.name},
        baselines=frozenset(entry.name for entry in entries if entry.baseline),
        blended=frozenset(joined.blend.weights),
        nested=joined.nested_predictions,
        test=tested,
        decision=joined.decision,
        nested_decisions=joined.nested_decisions,
    )


def _findings_of(runs: Sequence[RunFolder]) -> list[Finding]:
    """What checks found in the data of the parents and in members from outside, each once.

    Of weights and of the answer's predictions this blend has its own.
    """
    found = [Finding.of_json(state) for run in runs for state in run.record.get("findings", [])]
    return list(dict.fromkeys(finding for finding in found if finding.check not in OF_ONE_BLEND))


def _findings(ground: Ground, outcome: Outcome, entries: Sequence[Entry], joined: Ensemble) -> list[Finding]:
    """How the answer's predictions of the test rows differ from those out of fold."""
    if outcome.blended <= outcome.baselines:
        return []  # a constant is alike everywhere
    scored = joined.answer({entry.name: entry.out_of_fold for entry in entries}, ground.dataset.score.keys)
    weight = None if ground.objective.weight is None else ground.judge.weight
    metric = ground.objective.metric
    return inspect_predictions(scored, outcome.test, weight, ground.dataset.outputs, metric.reads)
