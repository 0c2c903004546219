"""New rows, predicted by the saved models of a finished run and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from core.answer import decided
from core.blend import Blend
from core.cache import MANIFEST, damage_of
from core.competition import Competition
from core.context import PredictContext
from core.decision import Decision
from core.errors import Refusal
from core.estimators.saving import load_estimator, trusted_packages
from core.jobs import predict_matrix
from core.member import Member, with_needs
from core.predictions import MemberPredictions, mean
from core.run import RunFolder
from core.submission import Layout
from core.table import Table, refuse_other_kind

Array = npt.NDArray[np.float64]


class Predicted(NamedTuple):
    """Predictions of new rows.

    Parameters
    ----------
    answer: in the columns of the host.
    layout: of such an answer: the run's columns, the new rows' ids.
    product: what the competition tells of them besides; None where it tells nothing.
    """

    answer: pd.DataFrame
    layout: Layout
    product: pd.DataFrame | None = None


def predict(run: RunFolder, competition: Competition, data: Path) -> Predicted:
    """Predict the test rows of a folder.

    Parameters
    ----------
    competition: of the run's edition and options.
    data: a folder with test rows; what else must be in it is up to the competition's `load_test`.

    Raises
    ------
    Refusal: a run that is not finished, or data that cannot be used.
    """
    if not run.finished:
        raise Refusal(f"run {run.run_id} is not finished", "run the same command again to finish it")
    record = run.record
    _refuse_without_models(run)
    outputs = tuple(record["outputs"])
    test = competition.load_test(data, outputs)
    _refuse_other_columns(run, test, data)
    edition = competition.edition
    columns, id_columns = tuple(record["columns"]), tuple(record["id_columns"])
    layout = Layout(columns, id_columns, test.ids, edition.rules, edition.optional_columns, edition.optional_per)
    decision = decision_of(run, competition)
    test = competition.recognised(test, decision)
    blend, tested = _tested(run, competition, test)
    found = decided(tested, test, blend, decision, outputs)
    return Predicted(
        competition.finish(found, test, layout), layout, competition.product(found, test, decision, run.run_id)
    )


def model_of(run: RunFolder, competition: Competition) -> Callable[[Table], pd.DataFrame]:
    """What a finished run says of rows, after its decision: `(table) -> ids × outputs`.

    Raises
    ------
    Refusal: a run that is not finished, or whose answer no saved models make.
    """
    if not run.finished:
        raise Refusal(f"run {run.run_id} is not finished", "run the same command again to finish it")
    _refuse_without_models(run)
    decision = decision_of(run, competition)

    def model(table: Table) -> pd.DataFrame:
        table = competition.recognised(table, decision)
        blend, tested = _tested(run, competition, table)
        return decided(tested, table, blend, decision, tuple(run.record["outputs"]))

    return model


def decision_of(run: RunFolder, competition: Competition) -> Decision | None:
    """The decision of a run, as it was fitted."""
    decision = competition.decision()
    return decision.load_json(run.record["decision"]) if decision and run.record["decision"] else None


def _refuse_other_columns(run: RunFolder, test: Table, data: Path) -> None:
    record = run.record
    missing = [column for column in record["features"] if column not in set(map(str, test.X.columns))]
    if missing:
        raise Refusal(
            f"{data}: no column {missing[0]!r} ({len(missing)} missing), which run {run.run_id} was fitted on",
            f"name a folder with rows like those of {record['data_folder']}, or another run",
        )
    kinds = record["features"] if record["schema"] > 1 else {}  # before, the names alone were kept
    for column in test.X.columns:
        refuse_other_kind(test.X[column], kinds.get(str(column)), str(data), f"the data of run {run.run_id}")


def _tested(run: RunFolder, competition: Competition, test: Table) -> tuple[Blend, dict[str, Array]]:
    """The blend of a run, and what its members predict of rows."""
    record = run.record
    outputs, threads = tuple(record["outputs"]), int(record["threads"])
    blend = Blend.from_json(record["blend"])
    with threadpool_limits(threads):
        members = {name: _member_of(record, name) for name in record["models"]}
        predictions: dict[str, MemberPredictions] = {}
        for name in with_needs(list(blend.weights), members):
            predictions[name] = _predict_member(run, competition, members[name], test, predictions, outputs, threads)
    return blend, {name: predictions[name].mean_test for name in blend.weights}


def lacking_models(record: Mapping[str, Any]) -> dict[str, float]:
    """The members of a run's answer that no saved model predicts, with their weights: those from outside, say."""
    weights = dict(record["blend"]["weights"])
    if (mixed := record.get("mixed")) is not None:
        weights[mixed["name"]] = mixed["weight"]
    return {name: weight for name, weight in weights.items() if name not in record["models"]}


def _refuse_without_models(run: RunFolder) -> None:
    lacking = lacking_models(run.record)
    if not lacking:
        return
    name, weight = next(iter(lacking.items()))
    mixed = run.record.get("mixed", {}).get("name")
    kind = "outside member" if name == mixed or name in run.record.get("outside", {}) else "member"
    parents = ", ".join(parent["run_id"] for parent in run.record.get("parents", []) if parent["predicts"])
    raise Refusal(
        f"run {run.run_id}: {kind} {name!r} has weight {weight:.3g} in its answer, and no saved model",
        f"predict with a run whose members all have models{f' ({parents})' if parents else ''}, or ask"
        " whoever made the member for its predictions of these rows",
    )


def _member_of(record: Mapping[str, Any], name: str) -> Member:
    """As much of a member as predicting needs; its estimator is on disk."""
    return Member(name, lambda params, seed: None, needs=tuple(_read_by(record, name).values()))


def _read_by(record: Mapping[str, Any], name: str) -> dict[str, str]:
    """The members that a second stage reads, by what it calls them: in a blend of runs they may have other names."""
    needs = record["needs"].get(name, ())
    return dict(needs) if isinstance(needs, Mapping) else {need: need for need in needs}


def _predict_member(
    run: RunFolder,
    competition: Competition,
    member: Member,
    test: Table,
    done: Mapping[str, MemberPredictions],
    outputs: tuple[str, ...],
    threads: int,
) -> MemberPredictions:
    trusted = trusted_packages(competition)
    step = run.record["pretrain"].get(member.name)
    known = PredictContext(
        keys=test.keys,
        outputs=outputs,
        pretrained=None if step is None else _model(run, f"pretrain-{step}", trusted),
        threads=threads,
        device=run.record["request"]["settings"]["device"],
    )
    reads = run.record["result"]["reads"]
    by_seed = {}
    for seed, paths in run.record["models"][member.name].items():
        # A second stage reads its own seed of the members it needs, or the only one that they have.
        read = {
            called: done[name].test.get(int(seed), done[name].test[0])
            for called, name in _read_by(run.record, member.name).items()
        }
        upstream = {name: pd.DataFrame(values, index=test.ids, columns=list(outputs)) for name, values in read.items()}
        context = replace(known, upstream=upstream)
        predicted = [predict_matrix(_model(run, path, trusted), member, test.X, reads, context) for path in paths]
        by_seed[int(seed)] = mean(predicted)
    return MemberPredictions({}, by_seed)


def _model(run: RunFolder, path: str, trusted: Collection[str]) -> Any:
    """A saved model, checked before a library reads it: some end the process on a damaged file."""
    folder = run.models / path
    damage = damage_of(folder) if (folder / MANIFEST).exists() else None
    if damage is not None:
        raise Refusal(f"{folder}: the saved model is damaged ({damage})", "run the competition again with --fresh")
    return load_estimator(folder, trusted)
