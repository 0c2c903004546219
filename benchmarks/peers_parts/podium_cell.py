"""Podium on one task: a competition in memory over the road, or the official one where the task has its files."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers_parts.peer_side import die_with_parent
from benchmarks.peers_parts.task import GROUP, ID, TARGET, TINY, WEIGHT
from competitions.class_imbalance.competition import SUFFIX, ClassImbalance
from core import folds
from core.competition import Competition
from core.dataset import Dataset
from core.edition import Edition
from core.estimators.prior_corrected import PriorCorrectedClassifier
from core.folds import Folds
from core.member import Member
from core.metrics.catalogue import named
from core.objective import Objective
from core.portfolio import portfolio
from core.predictions import MemberPredictions
from core.priors import prior_weights
from core.reading import read_csv
from core.road import run
from core.settings import Settings
from core.submission import PROBABILITIES, ValueRules

FOLDS, FOLDS_OF_TINY = 5, 10

#: Competitions that Podium has, and what their answers write after the name of a class.
OFFICIAL: Mapping[str, tuple[type[Competition], str]] = {"class-imbalance": (ClassImbalance, SUFFIX)}


def competition_of(told: Mapping[str, Any]) -> Competition:
    """The competition that a task is.

    Parameters
    ----------
    told: what task.json holds.
    """
    metric = named(told["metric"])
    classes = metric.truth == "class"
    rules = PROBABILITIES if classes else ValueRules()

    class Plain(Competition):
        """One table; folds, weights and correction follow from how the test rows differ."""

        slug = "peers"
        editions = (Edition("peers", metric, ("train.csv", "test.csv"), rules),)

        def load(self, folder: Path) -> Dataset:
            train = read_csv(folder / "train.csv", text=[ID, TARGET] if classes else [ID])
            test = read_csv(folder / "test.csv", text=[ID])
            # Of an area under the curve the order alone counts: one column, as hosts ask for it.
            columns = [TARGET] if metric.only_order else told["outputs"]
            sample = test[[ID]].assign(**dict.fromkeys(columns, 1 / len(columns)))
            return Dataset.tabular(
                train.drop(columns=WEIGHT, errors="ignore"),
                test,
                sample,
                target=TARGET,
                id_columns=[ID],
                outputs=told["outputs"],
                keys=[GROUP] if told["kind"] == "grouped" else [],
            )

        def schemes(self, dataset: Dataset) -> list[Folds]:
            number = FOLDS_OF_TINY if len(dataset.fit) < TINY else FOLDS
            if told["kind"] == "grouped":
                split = folds.stratified_group if classes else folds.group
                return [split(dataset, GROUP, FOLDS)]
            return [(folds.stratified if classes else folds.random)(dataset, number)]

        def objective(self, dataset: Dataset, pilot: Callable[..., MemberPredictions]) -> Objective:
            if told["shares"] is None:
                return Objective(metric)
            return Objective(metric, prior_weights(dataset.score.labels(), dataset.outputs, told["shares"]))

        def members(self, dataset: Dataset) -> list[Member]:
            found = portfolio(dataset, metric, GROUP if told["kind"] == "grouped" else None)
            return found if told["shares"] is None else [_corrected(member) for member in found]

    return Plain()


def _corrected(member: Member) -> Member:
    """The member on natural rows, its probabilities corrected to the prior of the score."""
    if member.baseline:
        return member
    build = member.build
    return replace(
        member, build=lambda params, seed: PriorCorrectedClassifier(build(params, seed), "none", random_state=seed)
    )


def main() -> None:
    die_with_parent()
    folder, began, seconds = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    told = json.loads((folder / "task.json").read_text())
    data, suffix = folder, ""
    if "official" in told:
        official, suffix = OFFICIAL[told["official"]]
        competition, data = official(), folder / "official"
    else:
        competition = competition_of(told)
    settings = Settings(budget=seconds, threads=2)
    found = run(competition, data, settings, folder / "runs", spent=time.time() - began)
    result = found.record["result"]
    answer = {
        "predictions": predictions(pd.read_csv(found.submission, dtype={ID: str}), told["outputs"], suffix).tolist(),
        "estimate": result["nested"]["score"],
        "standard_error": result["nested"]["standard_error"],
        "said": f"{found.record['blend']['method']} of {len(result['members'])} members",
    }
    (folder / "answer.json").write_text(json.dumps(answer))


def predictions(submission: pd.DataFrame, outputs: list[str], suffix: str = "") -> np.ndarray:
    """Predictions (test rows, outputs) of a submission, whose rows are those of the task in their order.

    >>> predictions(pd.DataFrame({"row_id": ["r1"], "target": [0.75]}), ["no", "yes"]).tolist()
    [[0.25, 0.75]]
    """
    values = submission.drop(columns=ID)
    if len(outputs) == 2 and values.shape[1] == 1:  # that of the second class alone
        return np.column_stack([1 - values.iloc[:, 0], values.iloc[:, 0]])
    return values[[f"{name}{suffix}" for name in outputs]].to_numpy(dtype=float)


if __name__ == "__main__":
    main()
