"""The source project's protocol (Ayami & Whitaker 2020), and what each of its flaws does to the score it reports.

Its model: CatBoost, 1,000 trees, on inputs filled with the mean of their place, lags and leads of 1, 2, 3 and 5 days
and the date; no position. Its protocol, each switched on alone and then all together: one held-out fold in place of
five; early stopping on the rows that are scored; rows of extreme targets left out of all folds; rows that a join
doubled; the satellite's angles and altitude among the inputs. Beside it Podium's blended members, averaged, on the same
folds.

On the rows of PODIUM_SETS, or else on sample data. Nothing is promised of these figures: they are told.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from catboost import CatBoostRegressor

from competitions.air_quality.competition import AirQuality
from competitions.air_quality.features import inputs_of
from competitions.air_quality.keys import DAY, PLACE, UNIT
from competitions.air_quality.members import roster
from competitions.air_quality.products import is_geometry
from competitions.air_quality.regimes import by_place
from core.context import FitContext, PredictContext
from core.dataset import Dataset
from core.road import load
from core.settings import Settings

Array = npt.NDArray[np.float64]

MODEL = {"iterations": 1000, "depth": 6, "learning_rate": 0.105, "l2_leaf_reg": 3, "logging_level": "Silent",
         "allow_writing_files": False, "random_seed": 0, "thread_count": 2}  # fmt: skip
SHIFTS = (-5, -3, -2, -1, 1, 2, 3, 5)
#: Targets that the source left out of all folds: 400 points, and what stands for them in µg/m³ (US EPA 2024).
EXTREME = {"AQI points": 400.0, "ug/m3": 275.0}
#: The share of rows that its join doubled: 321,345 became 328,167.
DOUBLED = 328_167 / 321_345 - 1


@dataclass(frozen=True)
class Protocol:
    """Which of the flaws are switched on."""

    one_fold: bool = False
    early_stopping: bool = False
    extremes_left_out: bool = False
    doubled: bool = False
    geometry: bool = False


FLAWS = {
    "one fold alone": "one_fold",
    "early stopping on the scored rows": "early_stopping",
    "extreme rows left out, of fits and of the score": "extremes_left_out",
    "rows doubled by a join": "doubled",
    "angles and altitude among the inputs": "geometry",
}


def measure() -> bool:
    with tempfile.TemporaryDirectory() as place:
        folder = next((path for path in map(Path, os.environ.get("PODIUM_SETS", "").split(":")) if path.is_dir()), None)
        if folder is None:
            folder = Path(place) / "sample"
            AirQuality().sample(folder)
        dataset, _ = load(AirQuality(AirQuality.recognise(folder)), folder, Settings())
    honest = Protocol()
    every = replace(honest, **dict.fromkeys(FLAWS.values(), True))
    usual = told("the source's model, five folds of places, every row", dataset, honest)
    for name, flaw in FLAWS.items():
        found = told(f"  {name}", dataset, replace(honest, **{flaw: True}))
        print(f"      {found[0] - usual[0]:+.2f} RMSE, {found[1] - usual[1]:+.2f} MAE")
    all_of_them = told("  all of them", dataset, every)
    print(f"      {all_of_them[0] - usual[0]:+.2f} RMSE, {all_of_them[1] - usual[1]:+.2f} MAE")
    ours(dataset)
    print("air-quality-seed: told\n")
    return True


def told(label: str, dataset: Dataset, protocol: Protocol) -> tuple[float, float]:
    """RMSE and MAE that a protocol reports, means over its folds."""
    X = inputs(dataset, protocol.geometry)
    y, keys = dataset.fit.labels().to_numpy(dtype=float), dataset.fit.keys
    limit = EXTREME[str(keys[UNIT].iloc[0])]
    rng = np.random.default_rng(0)
    scores = []
    for split in by_place(keys)[: 1 if protocol.one_fold else None]:
        fit, score = np.flatnonzero(~split.near(keys)), np.flatnonzero(split.held(keys))
        rows, held = fit, score
        if protocol.extremes_left_out:
            rows, held = (part[(y[part] > 0) & (y[part] < limit)] for part in (fit, score))
        if protocol.doubled:
            rows, held = (np.append(part, part[rng.random(len(part)) < DOUBLED]) for part in (rows, held))
        model = CatBoostRegressor(**MODEL)
        stopping = {"eval_set": (X[held], y[held]), "use_best_model": True} if protocol.early_stopping else {}
        model.fit(X[rows], y[rows], **stopping)
        error = model.predict(X[held]) - y[held]
        scores.append((np.sqrt(np.mean(error**2)), np.abs(error).mean()))
    rmse, mae = np.mean(scores, axis=0)
    print(f"{label}: RMSE {rmse:.2f}, MAE {mae:.2f}", flush=True)
    return float(rmse), float(mae)


def inputs(dataset: Dataset, geometry: bool) -> Array:
    """The source's columns: inputs filled with the mean of their place, then of all; lags, leads and the date."""
    names = [name for name in inputs_of(dataset.fit.X.columns) if geometry or not is_geometry(name)]
    frame = dataset.fit.X[names].astype(float)
    place, day = dataset.fit.keys[PLACE], dataset.fit.keys[DAY]
    few_gaps = frame.columns[frame.isna().mean() < 0.3]
    frame[few_gaps] = frame[few_gaps].fillna(frame[few_gaps].groupby(place).transform("mean"))
    daily = frame.groupby([place, day]).mean()
    parts = [frame]
    for shift in SHIFTS:
        at = pd.MultiIndex.from_arrays([place, day + shift])
        parts.append(daily.reindex(at).set_axis(frame.index, axis=0).add_suffix(f"_{shift}"))
    date = pd.to_datetime(day, unit="D")
    dates = {"month": date.dt.month, "weekday": date.dt.dayofweek, "day": date.dt.day, "of_year": date.dt.dayofyear}
    return pd.concat([*parts, pd.DataFrame(dates)], axis=1).to_numpy(dtype=float)


def ours(dataset: Dataset) -> None:
    """The mean of the members that enter blends, on the same folds, every row scored."""
    members = [member for member in roster(dataset) if member.blended and not member.baseline]
    scores = []
    for split in by_place(dataset.fit.keys):
        away = split.held(dataset.fit.keys)
        fitted, held = dataset.fit.take(np.flatnonzero(~away)), dataset.fit.take(np.flatnonzero(away))
        context = FitContext(fitted.keys, dataset.outputs, threads=2, disjoint=(PLACE,))
        answers = []
        for member in members:
            model = member.build(member.defaults, 0).fit(fitted.X, fitted.labels(), context=context)
            answers.append(model.predict(held.X, context=PredictContext(held.keys, dataset.outputs)))
        error = np.mean(answers, axis=0) - held.labels().to_numpy(dtype=float)
        scores.append((np.sqrt(np.mean(error**2)), np.abs(error).mean()))
    rmse, mae = np.mean(scores, axis=0)
    print(f"Podium's members, averaged, five folds of places, every row: RMSE {rmse:.2f}, MAE {mae:.2f}")
