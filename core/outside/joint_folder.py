"""The run folder of a joint blend."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.cache import MANIFEST
from core.code_hash import code_hash
from core.ledger import Ledger
from core.outside.copying import bring_file, bring_folder, bring_models
from core.outside.entry import OF_RUN, Entry, prefixes_of
from core.outside.joint import Joint
from core.outside.stored import stored_folds
from core.outside.tables import folds_on_trust, outside_entries, standing_of, suspicions_of
from core.predict import lacking_models
from core.predictions import MemberPredictions
from core.results import decisions_of, finite
from core.run import RunFolder
from core.submission import write_submission
from core.table import kind_of
from core.workbench import versions
from core.writing import atomically

#: What `run.json` calls a run that was blended from others.
BLEND = "blend"
#: Parts of the record that all parents share, or that those of the first stand for.
SHARED = ("data_folder", "revision", "folds", "schemes", "priors", "threads", "id_columns", "columns")


def write_joint(joint: Joint, root: Path) -> RunFolder:
    """Write a new run folder and enter it into the ledger.

    Predictions and models of the parents are linked, or copied where the file system has no links, so that the new
    run stays whole when they are removed.

    Parameters
    ----------
    root: the folder of all submissions.
    """
    folder = RunFolder.begin(root, joint.ground.competition.slug, _request(joint), fresh=True)
    ledger = Ledger(root)
    try:
        ledger.record(folder)  # from here on `podium runs` lists it
        dataset = joint.ground.dataset
        write_submission(joint.answer, joint.ground.layout, folder.submission)
        new = {member.name: member for member in joint.brought}
        for entry in joint.entries:
            if entry.name in new:
                predictions = MemberPredictions({0: entry.out_of_fold}, {0: entry.test})
                folder.save_predictions(entry.name, predictions)
            else:
                run, name = entry.sources[0]
                bring_file(run.path / "predictions" / f"{name}.npz", folder.path / "predictions" / f"{entry.name}.npz")
        arrays: dict[str, Any] = {
            **stored_folds(joint.runs[0]),
            "test_ids": dataset.test.ids.to_numpy(dtype=str),  # runs of earlier versions kept them elsewhere
            "nested": joint.joined.nested_predictions,
        }
        with atomically(folder.path / "folds.npz") as file:
            np.savez(file, **arrays)
        models, steps = _models(joint, folder), _pretraining(joint, folder)
        folder.save(**_record(joint, folder, models, steps))
    finally:
        folder.unlock()
    ledger.record(folder)
    return folder


def _request(joint: Joint) -> dict[str, Any]:
    """What was asked for: the parents and the files from outside."""
    first = joint.runs[0].record["request"]
    outside: dict[str, Any] = {member.name: dict(member.files) for member in joint.brought}
    if joint.mixture is not None:
        outside[joint.mixture.member.name] = dict(joint.mixture.member.files) | {"weight": joint.mixture.weight}
    return {
        "kind": BLEND,
        "parents": [run.run_id for run in joint.runs],
        "outside": outside,
        **{name: first[name] for name in ("edition", "options", "data", "folds", "settings")},
        "code": code_hash(["core.outside.joining", type(joint.ground.competition).__module__]),
        "versions": versions(),
    }


def _models(joint: Joint, folder: RunFolder) -> dict[str, Any]:
    """The models of every member that has some, by seed; those that were brought are left where they are."""
    models = {}
    for entry in joint.entries:
        for run, name in entry.sources:
            found = bring_models(run, name, folder, entry.name)
            if found is not None:
                models[entry.name] = found
                break
    return models


def _pretraining(joint: Joint, folder: RunFolder) -> dict[str, str]:
    """The pre-training step of each member that reads one, under a name of its own where steps differ."""
    steps: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    prefixes = prefixes_of([run.run_id for run in joint.runs])
    for entry in joint.entries:
        source = _with_models(entry)
        if source is None or (step := source[0].record["pretrain"].get(source[1])) is None:
            continue
        place = source[0].models / f"pretrain-{step}"
        key = (step, (place / MANIFEST).read_text(encoding="utf-8"))
        if key not in steps:
            taken = step in steps.values()
            steps[key] = f"{step}{OF_RUN}{prefixes[source[0].run_id]}" if taken else step
            bring_folder(place, folder.models / f"pretrain-{steps[key]}")
        found[entry.name] = steps[key]
    return found


def _needs(joint: Joint) -> dict[str, Any]:
    """What each second stage reads: names, or, where they are others here, names by what it calls them."""
    names = {(run.run_id, name): entry.name for entry in joint.entries for run, name in entry.sources}
    found: dict[str, Any] = {}
    for entry in joint.entries:
        if (source := _with_models(entry)) is None:
            continue
        run, name = source
        needs = run.record["needs"].get(name, [])
        read = needs if isinstance(needs, Mapping) else {need: need for need in needs}
        now = {called: names[run.run_id, there] for called, there in read.items()}
        found[entry.name] = list(now) if all(called == there for called, there in now.items()) else now
    return found


def _with_models(entry: Entry) -> tuple[RunFolder, str] | None:
    return next(((run, name) for run, name in entry.sources if name in run.record["models"]), None)


def _record(joint: Joint, folder: RunFolder, models: dict[str, Any], steps: dict[str, str]) -> dict[str, Any]:
    ground, joined = joint.ground, joint.joined
    first, dataset = joint.runs[0].record, ground.dataset
    record = {
        "status": "finished",
        "kind": BLEND,
        "parents": [
            {"run_id": run.run_id, "nested": run.record["result"]["nested"], "predicts": not lacking_models(run.record)}
            for run in joint.runs
        ],
        "outside": _outside(joint),
        "result": _result(joint) | {"submission_sha256": hashlib.sha256(folder.submission.read_bytes()).hexdigest()},
        "blend": joined.blend.to_json(),
        "decision": None if joined.decision is None else joined.decision.to_json(),
        "nested_decisions": decisions_of(joined),
        "models": models,
        "needs": _needs(joint),
        "pretrain": steps,
        "outputs": dataset.outputs,
        "features": {str(name): kind_of(dataset.fit.X[name]) for name in dataset.test.X.columns},
        "rows": {part: len(getattr(dataset, part)) for part in ("fit", "score", "test")},
        "notes": list(joint.notes),
        "left_out": [],
        "findings": [finding.to_json() for finding in joint.findings],
        "extras": [exhibit.to_json() for exhibit in joint.exhibits],
        "versions": versions(),
    }
    if joint.mixture is not None:
        record["mixed"] = joint.mixture.to_json()
    return record | {name: first[name] for name in SHARED if name in first}


def _outside(joint: Joint) -> dict[str, Any]:
    """The members from outside, those of the parents among them, with the checksums of their files."""
    files = {member.name: dict(member.files) for member in joint.brought}
    found = {}
    for entry in outside_entries(joint.entries, joint.brought):
        sums = files.get(entry.name)
        for run, name in entry.sources:
            sums = sums or run.record.get("outside", {}).get(name, {}).get("files")
        found[entry.name] = {
            "files": sums,
            "standing": standing_of(entry, joint.brought),
            "folds_on_trust": folds_on_trust(entry, joint.brought),
            "suspicious": suspicions_of(entry, joint.brought),
        }
    return found


def _result(joint: Joint) -> dict[str, Any]:
    joined, metric = joint.joined, joint.ground.judge.metric
    weights = joined.blend.weights
    members = {
        entry.name: {**entry.facts, "weight": weights.get(entry.name, 0.0), "blended": entry.blended}
        for entry in joint.entries
    }
    baseline = next((entry for entry in joint.entries if entry.baseline), None)
    return {
        "metric": metric.name,
        "reads": metric.reads,
        "higher_is_better": metric.higher_is_better,
        "weighted": joint.ground.objective.weight is not None,
        "per": joint.ground.objective.per,
        "members": members,
        "nested": {
            "score": finite(joined.nested.value),
            "standard_error": finite(joined.nested.standard_error),
            "folds": [finite(value) for value in joined.nested.folds],
        },
        "selection": finite(joined.selection),
        "methods": {method: finite(value) for method, value in joined.methods.items()},
        "marginal": {name: finite(value) for name, value in joined.marginal.items()},
        "baseline": {
            "member": None if baseline is None else baseline.name,
            "score": None if baseline is None else baseline.facts["score"],
        },
        "parents": [
            {"run_id": s.run, "nested": finite(s.score), "gain": finite(s.gain), "error": finite(s.gain_error),
             "over": s.over}
            for s in joint.standings
        ],
        "seconds": joint.seconds,
        "fits": {"made": 0, "from_cache": 0},
    }  # fmt: skip
