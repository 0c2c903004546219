"""Air quality on a folder of real rows (PODIUM_SETS): errors by regime and city, beside simple models and peers.

Bars, mean over cities of 100 rows and more, on nested predictions: where the city is known, RMSE at most .80 of that of
the mean of the fitted rows, and MAE at most .80 of that of their median; where the city is unseen, .97 and .92.
Intervals of 90 % hold 87 to 93 % of the rows, and are no wider on average than the best of one width that hold as many.

PODIUM_BENCH_BUDGET are the seconds of the run (600). With PODIUM_BENCH_PEERS=1 AutoGluon and FLAML are fitted on the
same folds, PODIUM_BENCH_MINUTES each (1), in the environments of `peers`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from lightgbm import LGBMRegressor

from benchmarks.peers import ROOT, _tools
from benchmarks.peers_parts.cells import Store
from benchmarks.peers_parts.task import GROUP, ID, TARGET, Task
from competitions.air_quality.competition import AirQuality
from competitions.air_quality.coverage import covered
from competitions.air_quality.extras import CLAIMED, EXTREME
from competitions.air_quality.keys import CITY, CITY_KNOWN, CITY_UNSEEN, DAY, PLACE, REGIME, UNIT
from competitions.air_quality.regimes import headline
from core.dataset import Dataset
from core.folds import Folds
from core.road import load, run
from core.run import RunFolder
from core.settings import Settings

Array = npt.NDArray[np.float64]

BARS = {CITY_KNOWN: (0.80, 0.80), CITY_UNSEEN: (0.97, 0.92)}
HELD = (0.87, 0.93)
MEAN, MEDIAN, BLEND = "train mean", "train median", "blend, nested"
DRAWS = 1000


def measure() -> bool:
    folder = next((path for path in map(Path, os.environ.get("PODIUM_SETS", "").split(":")) if path.is_dir()), None)
    if folder is None:
        print("PODIUM_SETS names no folder of rows", file=sys.stderr)
        return False
    dataset, _ = load(AirQuality(AirQuality.recognise(folder)), folder, Settings())
    folds = headline(dataset)
    with tempfile.TemporaryDirectory() as root:
        began = time.perf_counter()
        budget = float(os.environ.get("PODIUM_BENCH_BUDGET", "600"))
        found = run(AirQuality(AirQuality.recognise(folder)), folder, Settings(budget=budget), Path(root))
        print(f"a run with {budget:.0f} s: {time.perf_counter() - began:.0f} s")
        models = predictions_of(found) | simple(dataset, folds)
    if os.environ.get("PODIUM_BENCH_PEERS") == "1":
        models |= peers(dataset, folds)
    table = frame_of(dataset, models)
    met = [errors(table, list(models)), held(table)]
    print(f"air-quality: {'met' if all(met) else 'MISSED'}\n")
    return all(met)


def predictions_of(found: RunFolder) -> dict[str, Array]:
    """The nested blend of a run, and its members with their defaults, of all score rows."""
    models = {BLEND: np.load(found.path / "folds.npz")["nested"][:, 0]}
    for name in found.record["result"]["members"]:
        models[name] = np.load(found.path / "predictions" / f"{name}.npz")["out_of_fold_0"][:, 0]
    return models


def simple(dataset: Dataset, folds: Folds) -> dict[str, Array]:
    """LightGBM as it comes, on the target and on its log."""
    found = {}
    for name, log in (("LightGBM, default", False), ("LightGBM, default, log", True)):
        told = np.full(len(dataset.score), np.nan)
        for fold in folds.folds:
            y = dataset.fit.labels().to_numpy()[fold.fit]
            model = LGBMRegressor(verbose=-1, random_state=0).fit(
                dataset.fit.X.iloc[fold.fit], np.log1p(y) if log else y
            )
            answer = model.predict(dataset.score.X.iloc[fold.score])
            told[fold.score] = np.expm1(answer) if log else answer
        found[name] = told
    return found


def peers(dataset: Dataset, folds: Folds) -> dict[str, Array]:
    """AutoGluon and FLAML, told the places as groups, on the features that the members read."""
    store, minutes = Store(ROOT / "cells"), float(os.environ.get("PODIUM_BENCH_MINUTES", "1"))
    found = {}
    for tool in _tools():
        if tool.name == "podium":
            continue
        told = np.full(len(dataset.score), np.nan)
        for fold in folds.folds:
            fit, held_out = dataset.fit.take(fold.fit), dataset.score.take(fold.score)
            train, test = (
                table.X.assign(**{GROUP: table.keys[PLACE], ID: table.ids.astype(str)}).reset_index(drop=True)
                for table in (fit, held_out)
            )
            train[TARGET] = fit.labels().to_numpy()
            name = f"air-quality-{fold.name.replace(' ', '-').replace(':', '')}"
            truth = held_out.labels().reset_index(drop=True)
            task = Task(name, 0, "rmse", "grouped", train, test, truth, (TARGET,))
            cell = store.run(tool, task, minutes)
            print(f"  {tool.name}, {fold.name}: {cell.said or cell.errors}, {cell.seconds:.0f} s", flush=True)
            if not cell.failed:
                told[fold.score] = np.asarray(cell.predictions)[:, 0]
        found[tool.name] = told
    return found


def frame_of(dataset: Dataset, models: Mapping[str, Array]) -> pd.DataFrame:
    keys = dataset.score.keys
    about = {"regime": keys[REGIME], "city": keys[CITY], "place": keys[PLACE], "day": keys[DAY], "unit": keys[UNIT]}
    return pd.DataFrame({name: values.to_numpy() for name, values in about.items()}).assign(
        truth=dataset.score.labels().to_numpy(dtype=float), **models
    )


def errors(table: pd.DataFrame, models: list[str]) -> bool:
    """Every model in every regime and city, and whether the blend meets the bars."""
    met = []
    extreme = EXTREME[str(table["unit"].iloc[0])]
    for regime, part in table.groupby("regime", sort=True):
        cities = [city for city, rows in part.groupby("city", sort=True) if len(rows) >= CLAIMED]
        print(f"{regime}: ratios of RMSE to {MEAN} and of MAE to {MEDIAN}; cities of {CLAIMED} rows and more")
        for model in models:
            if part[model].isna().any():
                continue
            said = []
            for city in cities:
                rows = part[part["city"] == city]
                usual = rows[rows["truth"] <= extreme]
                first, second = ratios(rows, model)
                said.append(f"{city} {first:.3f} ({ratios(usual, model)[0]:.3f} to {extreme:.0f}), {second:.3f}")
            low, high = drawn(part, cities, model)
            rmse, mae = np.mean([ratios(part[part["city"] == city], model) for city in cities], axis=0)
            print(
                f"  {model:24} mean {rmse:.3f} ({low[0]:.3f}–{high[0]:.3f}), {mae:.3f} ({low[1]:.3f}–{high[1]:.3f});"
                f" {'; '.join(said)}"
            )
            if model == BLEND and str(regime) in BARS:
                first, second = BARS[str(regime)]
                met += [rmse <= first, mae <= second]
                print(f"    bars {first:.2f}, {second:.2f}: {_verdict(rmse <= first)}, {_verdict(mae <= second)}")
    whole = table.assign(weight=1.0 / table.groupby("regime")["truth"].transform("size"))
    for model in models:
        if not table[model].isna().any():
            squared, apart = (table[model] - table["truth"]) ** 2, (table[model] - table["truth"]).abs()
            print(f"  {model:24} RMSE {np.sqrt(np.average(squared, weights=whole['weight'])):.2f}, MAE"
                  f" {np.average(apart, weights=whole['weight']):.2f}: regimes alike")  # fmt: skip
    return all(met)


def ratios(rows: pd.DataFrame, model: str) -> tuple[float, float]:
    """RMSE to that of the mean, MAE to that of the median of the fitted rows."""
    error = rows[[*dict.fromkeys((model, MEAN, MEDIAN))]].sub(rows["truth"], axis=0)
    rmse, mae = np.sqrt((error**2).mean()), error.abs().mean()
    return float(rmse[model] / rmse[MEAN]), float(mae[model] / mae[MEDIAN])


def drawn(part: pd.DataFrame, cities: list[str], model: str) -> tuple[Array, Array]:
    """95 % intervals of the two means, by drawing weeks of places with replacement."""
    rng = np.random.default_rng(0)
    sums = []
    for city in cities:
        rows = part[part["city"] == city]
        error = rows[[*dict.fromkeys((model, MEAN, MEDIAN))]].sub(rows["truth"], axis=0)
        parts = pd.DataFrame(
            {"s": error[model] ** 2, "S": error[MEAN] ** 2, "a": error[model].abs(), "A": error[MEDIAN].abs()}
        )
        blocks = parts.groupby([rows["place"], rows["day"] // 7]).sum().to_numpy()
        chosen = blocks[rng.integers(0, len(blocks), (DRAWS, len(blocks)))].sum(axis=1)
        sums.append(np.column_stack([np.sqrt(chosen[:, 0] / chosen[:, 1]), chosen[:, 2] / chosen[:, 3]]))
    means = np.mean(sums, axis=0)
    return np.quantile(means, 0.025, axis=0), np.quantile(means, 0.975, axis=0)


def held(table: pd.DataFrame) -> bool:
    """How many rows the intervals hold, and how wide they are."""
    found = covered(table.rename(columns={BLEND: "told"})[["regime", "city", "place", "truth", "told"]])
    share, width = float(found.rows["inside"].mean()), float(found.rows["width"].mean())
    for (regime, city), rows in found.rows.groupby(["regime", "city"], sort=True):
        said = "" if len(rows) >= CLAIMED else " (few rows)"
        print(f"  intervals, {regime}, {city}{said}: {rows['inside'].mean():.1%} of {len(rows)} rows, mean width"
              f" {rows['width'].mean():.1f}")  # fmt: skip
    fine = HELD[0] <= share <= HELD[1], width <= found.constant_width
    print(f"intervals of 90 % hold {share:.1%}, bar {HELD[0]:.0%} to {HELD[1]:.0%}: {_verdict(fine[0])}")
    print(f"  mean width {width:.2f}, of one width {found.constant_width:.2f}: {_verdict(fine[1])}")
    return all(fine)


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"
