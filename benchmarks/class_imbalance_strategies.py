"""The table of the blog post that motivates class imbalance, in kind, on sample data; then ours.

For each seed another world is drawn; all strategies of LightGBM know the same prior (counted and estimated), and are
scored by the labels of the test rows, which no run sees. Unmodified, SMOTE with under-sampling, class weights and
under-sampling are those of the post; the prior correction, calibration, bags and the blend are ours. Bar: the blend is
not behind the best of the post's four by more than two paired standard errors over seeds.

PODIUM_BENCH_SEEDS (5) shortens it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.class_imbalance.competition import SUFFIX, ClassImbalance
from competitions.class_imbalance.members import SOURCE_STRATEGIES, roster
from competitions.class_imbalance.sample import draw_sample, write_sample
from core.metrics.classification import row_losses
from core.road import run
from core.settings import Settings

LEARNER = "lightgbm"
MEMBERS = tuple(member.name for member in roster() if member.name.startswith(LEARNER))


def measure() -> bool:
    seeds = int(os.environ.get("PODIUM_BENCH_SEEDS", "5"))
    table = pd.DataFrame([losses_of(seed) for seed in range(seeds)])
    source = [f"{LEARNER}-{strategy}" for strategy in SOURCE_STRATEGIES]
    best = table[source].mean().idxmin()
    print(f"log loss on the labels of the test rows, mean over {seeds} seeds ± standard error; behind {best}:")
    for name in table.mean().sort_values().index:
        apart = table[name] - table[best]
        kind = "the post's" if name in source else "baseline" if name == "constant" else "ours"
        print(
            f"  {name:24} {table[name].mean():.4f} ± {_error(table[name]):.4f}"
            f"   {apart.mean():+.4f} ± {_error(apart):.4f}   {kind}"
        )
    apart = table["blend"] - table[best]
    met = bool(apart.mean() <= 2 * _error(apart))
    print(f"the blend behind the best of the post's four: {apart.mean():+.4f} ± {_error(apart):.4f}: ", end="")
    print(f"{'met' if met else 'MISSED'}\n", flush=True)
    return met


def losses_of(seed: int) -> dict[str, float]:
    """The loss of each member and of the blend on the test rows of one world."""
    test, truth = draw_sample(seed)["test"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample(folder / "data", seed)
        found = run(ClassImbalance(), folder / "data", Settings(members=MEMBERS), folder / "runs")
        outputs = found.record["outputs"]
        codes = pd.Index(outputs).get_indexer(pd.Index(truth))
        with np.load(found.path / "folds.npz", allow_pickle=False) as rows:
            order = pd.Index(rows["test_ids"]).get_indexer(pd.Index(test["row_id"]))
        losses = {}
        for path in sorted((found.path / "predictions").glob("*.npz")):
            with np.load(path, allow_pickle=False) as arrays:
                losses[path.stem] = float(row_losses(codes, arrays["test_0"][order]).mean())
        answer = pd.read_csv(found.submission).set_index("row_id").loc[test["row_id"]]
        answer = answer[[f"{name}{SUFFIX}" for name in outputs]].to_numpy()
        return losses | {"blend": float(row_losses(codes, answer).mean())}


def _error(values: pd.Series) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
