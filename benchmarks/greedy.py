"""Greedy selection of 100 members on 100,000 rows, 25 rounds, against AutoGluon's and against the plain definition.

Bars: the same picks as the plain definition; 10 times as fast as AutoGluon's `EnsembleSelection` on ROC-AUC, 5 times on
RMSE, not slower on log loss; at most 1.5 times the members' predictions allocated beside them.

Both take predictions and give picks, on one thread; seconds are those of the processor, so that other work on the
machine counts for neither; the median of PODIUM_BENCH_REPEATS (3) is taken. AutoGluon runs in an environment of its
own (`.bench/autogluon`, made when it is missing), and reads probabilities of the second class alone, as it does.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from benchmarks.peers_parts.environments import environment
from core.blending.greedy import greedy_picks
from core.blending.scorers import scorer_of
from core.metrics import LOG_LOSS, RMSE, ROC_AUC, Metric
from core.objective import Judge

Array = npt.NDArray[np.float64]

MEMBERS, ROWS, ROUNDS = 100, 100_000, 25
#: Metric and how many times as fast as AutoGluon.
BARS = ((ROC_AUC, 10.0), (RMSE, 5.0), (LOG_LOSS, 1.0))
MOST_MEMORY = 1.5
ROOT = Path(__file__).resolve().parents[1]


def measure() -> bool:
    repeats = int(os.environ.get("PODIUM_BENCH_REPEATS", "3"))
    python, versions = environment("autogluon", ROOT / ".bench", ROOT / "constraints.txt")
    print(f"AutoGluon {versions['autogluon.core']}, {MEMBERS} members x {ROWS:,} rows, {ROUNDS} rounds")
    met = []
    for metric, bar in BARS:
        members, judge = data(metric)
        with threadpool_limits(1):
            picks = select(members, judge)
            times = [_seconds(lambda: select(members, judge)) for _ in range(repeats)]  # noqa: B023
            memory = _allocated(lambda: select(members, judge)) / sum(values.nbytes for values in members)  # noqa: B023
            same = picks == plain_picks(members, judge)
        peer, their_picks = autogluon(python, members, judge, repeats)
        ours = float(np.median(times))
        ratio = float(np.median(peer)) / ours
        fine = same and ratio >= bar and memory <= MOST_MEMORY
        print(
            f"{metric.name}: {ours:.2f} s against {np.median(peer):.2f} s of AutoGluon, {ratio:.1f} times as fast"
            f" (bar {bar:.0f}); memory {memory:.2f} of the predictions (bar {MOST_MEMORY});"
            f" picks {'equal' if same else 'UNLIKE'} those of the definition,"
            f" {'equal' if their_picks == picks else 'unlike'} AutoGluon's: {'met' if fine else 'MISSED'}",
            flush=True,
        )
        met.append(fine)
    print(f"greedy: {'met' if all(met) else 'MISSED'}\n")
    return all(met)


def data(metric: Metric) -> tuple[list[Array], Judge]:
    """Members that see the truth through noise of their own, the later ones through more."""
    rng = np.random.default_rng(0)
    score = rng.normal(size=ROWS)
    seen = [score + rng.normal(scale=0.6 + number / MEMBERS, size=ROWS) for number in range(MEMBERS)]
    if metric is RMSE:
        return [values[:, None] for values in seen], Judge(metric, score, np.ones(ROWS))
    truth = (rng.random(ROWS) < _probability(score)).astype(np.intp)
    positive = [_probability(values) for values in seen]
    return [np.column_stack([1 - p, p]) for p in positive], Judge(metric, truth, np.ones(ROWS))


def _probability(score: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(1.5 - 2 * score)))


def select(members: list[Array], judge: Judge) -> list[int]:
    scorer = scorer_of(members, judge, [np.arange(ROWS)])
    scorer.start([0])
    return greedy_picks(scorer, range(len(members)), judge.metric, ROUNDS)


def plain_picks(members: list[Array], judge: Judge) -> list[int]:
    """The definition: the metric itself of every mean."""
    score, better = judge.of(np.arange(ROWS)), judge.metric.better
    total, picks, best_prefix, best_value = np.zeros_like(members[0]), [], 0, judge.metric.worst
    for size in range(1, ROUNDS + 1):
        pick, value = 0, judge.metric.worst
        for number in sorted(range(len(members)), key=lambda number: number not in picks):
            found = score((total + members[number]) / size)
            if better(found, value):
                pick, value = number, found
        picks.append(pick)
        total = total + members[pick]
        if better(value, best_value):
            best_prefix, best_value = size, value
    return picks[:best_prefix]


#: What runs with AutoGluon's Python: it knows nothing of Podium.
PEER = """
import json, sys, time
import numpy as np
from autogluon.core.metrics import log_loss, roc_auc, root_mean_squared_error
from autogluon.core.models.greedy_ensemble.ensemble_selection import EnsembleSelection

folder, name, rounds, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
metric = {"roc_auc": roc_auc, "rmse": root_mean_squared_error, "log_loss": log_loss}[name]
members, truth = list(np.load(f"{folder}/members.npy")), np.load(f"{folder}/truth.npy")
seconds = []
for _ in range(repeats):
    selection = EnsembleSelection(rounds, "regression" if name == "rmse" else "binary", metric)
    began = time.process_time()
    selection.fit(members, truth)
    seconds.append(time.process_time() - began)
print(json.dumps({"seconds": seconds, "picks": [int(pick) for pick in selection.indices_]}))
"""


def autogluon(python: Path, members: list[Array], judge: Judge, repeats: int) -> tuple[list[float], list[int]]:
    """Seconds of each repeat and the picks."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/members.npy", np.stack([values[:, -1] for values in members]))
        np.save(f"{folder}/truth.npy", judge.truth)
        command = [str(python), "-I", "-c", PEER, folder, judge.metric.name, str(ROUNDS), str(repeats)]
        threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
        done = subprocess.run(command, env={**os.environ, **threads}, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return found["seconds"], found["picks"]


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _allocated(work: Callable[[], object]) -> int:
    """The most bytes allocated at a time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
