"""What the members of a finished run were made on and are judged by, read back from its folder and its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.competition import Competition
from core.dataset import Dataset
from core.errors import Refusal
from core.folds import BrokenPromise, Fold, Folds
from core.objective import Judge, Objective
from core.outside.stored import Arrays, fold_count, stored_folds
from core.priors import Prior
from core.road import load
from core.run import RunFolder
from core.settings import Settings
from core.submission import Layout

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Ground:
    """What runs must have in common to be blended.

    Parameters
    ----------
    competition: of the edition and the options of the run.
    dataset: the very rows of the run, its share of them where it was a quick look.
    folds: the headline scheme, at the positions that the run kept.
    fitted: positions of the folds that every candidate of the blend was fitted on.
    objective, judge: metric, weights and truth of the run.
    seed: the root of the run's seeds.
    """

    competition: Competition
    dataset: Dataset
    folds: Folds
    fitted: tuple[int, ...]
    objective: Objective
    judge: Judge
    seed: int

    @property
    def layout(self) -> Layout:
        """Of the answer that the host expects."""
        return self.competition.edition.layout(self.dataset.sample_submission, self.dataset.id_columns)

    @cached_property
    def clusters(self) -> Rows | None:
        """The number of the group of each score row, (n,), where the folds keep groups together; the largest groups."""
        keys = [pd.factorize(self.dataset.score.keys[key])[0].astype(np.intp) for key in self.folds.disjoint]
        return min(keys, key=lambda codes: int(codes.max(initial=-1)), default=None)

    @cached_property
    def scored(self) -> Rows:
        """Positions of the score rows of the fitted folds, in the order of the folds."""
        return np.concatenate([self.folds.folds[number].score for number in self.fitted])

    @property
    def score_columns(self) -> tuple[str, ...]:
        """The columns that make the id of a score row."""
        return _columns(self.dataset.score.ids, self.dataset.id_columns)

    @property
    def test_columns(self) -> tuple[str, ...]:
        """The columns that make the id of a test row."""
        return _columns(self.dataset.test.ids, self.dataset.id_columns)


def ground_of(run: RunFolder, competition: Competition, data: Path | None = None) -> Ground:
    """Read back what a run was made on.

    Parameters
    ----------
    competition: of the run's edition and options.
    data: the folder of its files, where they have moved.

    Raises
    ------
    Refusal: a run that is not finished, data that are gone or changed, a competition whose metric or scheme is
        another by now.
    """
    if not run.finished:
        raise Refusal(f"run {run.run_id} is not finished", "run the same command again to finish it")
    request, result = run.record["request"], run.record["result"]
    folder = data or Path(run.record["data_folder"])
    if not folder.is_dir():
        said = f"{folder}: no such folder, and the data of run {run.run_id} are needed"
        raise Refusal(said, "name the folder of the competition's files with --data")
    asked = request["settings"]
    dataset, schemes = load(competition, folder, Settings(fraction=asked["fraction"], seed=asked["seed"]))
    if dataset.fingerprint != request["data"]:
        raise Refusal(
            f"{folder}: not the data that run {run.run_id} was made on",
            "name the folder with those files with --data; if Podium was updated since, run the competition again",
            expected=f"data of fingerprint {request['data']}, not {dataset.fingerprint}",
        )
    metric = competition.edition.metric
    if metric.name != result["metric"]:
        raise Refusal(
            f"run {run.run_id} was scored by {result['metric']}, {competition.edition.name} is by {metric.name} now",
            "run the competition again",
        )
    arrays = stored_folds(run)
    folds = _folds(run, arrays, dataset, {scheme.name: scheme for scheme in schemes})
    weight = pd.Series(arrays["weight"], index=dataset.score.ids) if result["weighted"] else None
    priors = tuple(_prior(state) for state in run.record.get("priors", []))
    objective = Objective(metric, weight, result["per"], priors)
    judge = replace(objective.judge(dataset), truth=arrays["truth"], weight=arrays["weight"])
    fitted = tuple(run.record["folds"]["fitted"])
    return Ground(competition, dataset, folds, fitted, objective, judge, int(asked["seed"]))


def _folds(run: RunFolder, arrays: Arrays, dataset: Dataset, schemes: Mapping[str, Folds]) -> Folds:
    """The positions that the run kept, under the promises of the scheme of that name."""
    name = run.record["folds"]["scheme"]
    if name not in schemes:
        said = f"run {run.run_id} was validated by scheme {name!r}, which {run.record['competition']} no longer has"
        raise Refusal(said, "run the competition again", expected=f"one of {', '.join(schemes)}")
    scheme, positions = schemes[name], range(fold_count(arrays))
    fits, scores = ([arrays[f"{side}_{number}"] for number in positions] for side in ("fit", "score"))
    if len(scheme) == len(fits) and all(
        np.array_equal(fold.fit, fit) and np.array_equal(fold.score, score)
        for fold, fit, score in zip(scheme.folds, fits, scores, strict=True)
    ):
        return scheme
    # Made by an earlier version: no second stage is fitted again here, so that its rows need not be known.
    nothing = np.empty(0, dtype=np.intp)
    kept = tuple(
        Fold(str(number), fit, score, fit if dataset.fits_on_score_rows else nothing)
        for number, (fit, score) in enumerate(zip(fits, scores, strict=True))
    )
    try:
        return replace(scheme, folds=kept).check(dataset)
    except BrokenPromise as broken:
        said = f"the folds of run {run.run_id} do not keep what scheme {name!r} promises by now: {broken}"
        raise Refusal(said, "run the competition again") from None


def _prior(state: Mapping[str, Any]) -> Prior:
    shares = state["shares"]
    return Prior(tuple(shares), np.array(list(shares.values())), np.array(state["covariance"]), state["source"])


def _columns(ids: pd.Index, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return otherwise if ids.name is None else tuple(str(ids.name).split("|"))
