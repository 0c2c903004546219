"""World Champs on a folder of real results (PODIUM_SETS): how good, how calibrated, how fast.

Bars, on the visible races of the first rank from 2019 on, each forecast by models of earlier years: NDCG of the first
ten at least .05 above season points and by more than two paired errors; at least that of the better of LambdaRank and
regression alone; calibration error of the first ten below the 95 % value of as many simulated races with true
probabilities. Features of the whole table in 30 s on one core; 100,000 draws of a race of 190 riders in a second.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.world_champs.competition import WorldChamps
from competitions.world_champs.features import features
from competitions.world_champs.measures import (
    by_race,
    calibrated_errors,
    calibration_error,
    interval,
    paired,
    told_races,
)
from competitions.world_champs.plackett_luce import top_counts, top_probabilities
from competitions.world_champs.posx import SCORED
from competitions.world_champs.race_temperature import RaceTemperature
from competitions.world_champs.records import EVENT, RIDER, Records, read_records
from core.road import load, run
from core.run import RunFolder
from core.settings import Settings

Array = npt.NDArray[np.float64]

FROM = 2019
GAIN, SECONDS, DRAWING = 0.05, 30.0, 1.0
RIDERS, DRAWS, EVENTS = 190, 100_000, 12
BASELINE, SOURCE, ALONE = "season points", "source net", ("lambdarank", "regression")
BLEND = "blend, nested"


def measure() -> bool:
    folder = next((path for path in map(Path, os.environ.get("PODIUM_SETS", "").split(":")) if path.is_dir()), None)
    if folder is None:
        print("PODIUM_SETS names no folder of results", file=sys.stderr)
        return False
    records = read_records(folder)
    met = [fast(records), drawing()]
    budget = float(os.environ.get("PODIUM_BENCH_BUDGET", "0")) or None
    with tempfile.TemporaryDirectory() as root:
        began = time.perf_counter()
        found = run(WorldChamps(), folder, Settings(budget=budget), Path(root))
        print(f"a run of all members: {time.perf_counter() - began:.0f} s")
        met.append(good(found, folder))
    print(f"world-champs: {'met' if all(met) else 'MISSED'}\n")
    return all(met)


def fast(records: Records) -> bool:
    """Features of every row, and of some events one by one from what was known before each."""
    starters = records.results[[EVENT, RIDER]]
    began = time.process_time()
    features(records, starters)
    whole = time.process_time() - began
    held = records.events.index[records.events.index.isin(starters[EVENT])]
    some = np.random.default_rng(0).choice(held, EVENTS, replace=False)
    began = time.process_time()
    for event in some:
        known = records.before(int(records.events["start"][event]))
        alone = Records(pd.concat([known.events, records.events.loc[[event]]]), known.results, records.riders)
        features(alone, starters[(starters[EVENT] == event).to_numpy()])
    slow = (time.process_time() - began) / EVENTS * len(held)
    print(f"features of {len(starters):,} rows: {whole:.1f} s of one core, bar {SECONDS:.0f}")
    print(f"  event by event, on what was known before each: {slow:.0f} s, {slow / whole:.0f} times as long")
    return whole <= SECONDS


def drawing() -> bool:
    strength = np.random.default_rng(0).normal(0, 1.5, RIDERS)
    began = time.perf_counter()
    top_counts(strength, (1, 3, SCORED), DRAWS)
    taken = time.perf_counter() - began
    print(f"{DRAWS:,} draws of a race of {RIDERS} riders: {taken:.2f} s, bar {DRAWING:.0f}")
    return taken <= DRAWING


def good(found: RunFolder, folder: Path) -> bool:
    """Measures by race, and calibration."""
    dataset, _ = load(WorldChamps(), folder, Settings())
    keys, posx = dataset.score.keys, dataset.score.labels().to_numpy()
    nested = np.load(found.path / "folds.npz")["nested"][:, 0]
    year = pd.to_datetime(keys["day"], unit="D").dt.year.to_numpy()
    rows = (year >= FROM) & ~np.isnan(nested)
    event = keys[EVENT][rows]
    races = {BLEND: by_race(posx[rows], nested[rows], event, nested[rows])}
    for name in found.record["result"]["members"]:
        values = np.load(found.path / "predictions" / f"{name}.npz")["out_of_fold_0"][:, 0]
        races[name] = by_race(posx[rows], values[rows], event)
    print(f"{len(races[BLEND])} visible races from {FROM} on")
    for name, frame in races.items():
        said = ", ".join(f"{measure} {_said(frame[measure].to_numpy())}" for measure in frame.columns)
        print(f"  {name}: {said}")
    first = races[BLEND]["ndcg@10"].to_numpy()
    gain, error = paired(first, races[BASELINE]["ndcg@10"].to_numpy())
    ahead = gain >= GAIN and gain > 2 * error
    print(f"ndcg@10 beside {BASELINE}: {gain:+.4f} ± {error:.4f}, bar {GAIN:+.2f}: {_verdict(ahead)}")
    print("ndcg@10 beside {}: {:+.4f} ± {:.4f}".format(SOURCE, *paired(first, races[SOURCE]["ndcg@10"].to_numpy())))
    best = max(ALONE, key=lambda name: races[name]["ndcg@10"].mean())
    beside, doubt = paired(first, races[best]["ndcg@10"].to_numpy())
    print(f"ndcg@10 beside the better booster, {best}: {beside:+.4f} ± {doubt:.4f}: {_verdict(beside >= 0)}")
    calibrated = _calibrated(found, keys, posx, nested, year)
    return ahead and beside >= 0 and calibrated


def _calibrated(found: RunFolder, keys: pd.DataFrame, posx: Array, nested: Array, year: npt.NDArray[np.int_]) -> bool:
    """Told probabilities of the first ten, each year's under the temperature of earlier ones, beside what came true."""
    folds = np.load(found.path / "folds.npz")
    races = []
    for number, state in found.record["nested_decisions"].items():
        rows = folds[f"score_{number}"]
        rows = rows[year[rows] >= FROM]
        if state is not None and len(rows):
            told = RaceTemperature().load_json(state).restated(nested[rows], SCORED)
            races += told_races(told, posx[rows], keys[EVENT].iloc[rows])
    chances = [top_probabilities(strength, SCORED) for strength, _ in races]
    happened = np.concatenate([first for _, first in races]).astype(float)
    error = calibration_error(np.concatenate(chances), happened)
    simulated = [(strength, chance) for (strength, _), chance in zip(races, chances, strict=True)]
    bar = float(np.quantile(calibrated_errors(simulated, SCORED), 0.95))
    print(f"calibration error of the first ten: {error:.4f}, bar {bar:.4f}: {_verdict(error <= bar)}")
    return error <= bar


def _said(values: Array) -> str:
    mean, low, high = interval(values)
    return f"{mean:.3f} ({low:.3f}–{high:.3f})"


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"
