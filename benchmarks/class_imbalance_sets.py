"""Class imbalance on folders of real data: the blend against the post's four strategies, and honest intervals.

PODIUM_SETS names a folder of folders in the layout of the competition; PODIUM_BENCH_BUDGET the seconds of each (300).
Bars, over all folders: the nested loss of the blend is never behind the best of the post's four strategies, with the
best of three learners, the same folds and the same knowledge of the prior, by more than two paired standard errors, and
is ahead by more than two on two folders or more; the interval of the loss holds that of the labelled validation rows;
the 95 % interval of the prior that is estimated from the test features alone holds the one counted in these rows.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from competitions.class_imbalance.competition import ClassImbalance
from competitions.class_imbalance.extras import validation_check
from competitions.class_imbalance.members import LEARNERS, SOURCE_STRATEGIES
from core.evaluation import paired_difference
from core.exhibit import Exhibit
from core.metrics.classification import row_losses
from core.outcome import Outcome
from core.priors import Prior
from core.road import run
from core.settings import Settings


class Watched(ClassImbalance):
    """Keeps what the run came to."""

    def extras(self, outcome: Outcome) -> list[Exhibit]:
        self.outcome = outcome
        return super().extras(outcome)


def measure() -> bool:
    root = os.environ.get("PODIUM_SETS")
    if not root:
        print("sets: not measured; name a folder of data folders with PODIUM_SETS\n")
        return True
    budget = float(os.environ.get("PODIUM_BENCH_BUDGET", "300"))
    folders = sorted(path for path in Path(root).iterdir() if path.is_dir())
    behind = [_one(folder, budget) for folder in folders]
    never, ahead = all(z <= 2 for z, _, _ in behind), sum(z < -2 for z, _, _ in behind)
    inside, covered = sum(found for _, found, _ in behind), sum(found for _, _, found in behind)
    met = never and ahead >= 2 and inside == covered == len(folders)
    print(
        f"sets: never behind: {never}; ahead by two errors on {ahead} of {len(folders)}; loss of the validation rows"
        f" inside on {inside}; prior covered on {covered}: {'met' if met else 'MISSED'}\n"
    )
    return met


def _one(folder: Path, budget: float) -> tuple[float, bool, bool]:
    """How many paired errors the blend is behind, and whether both intervals hold."""
    competition = Watched()
    with tempfile.TemporaryDirectory() as runs:
        found = run(competition, folder, Settings(budget=budget), Path(runs))
    outcome = competition.outcome
    rows, weight = outcome.rows, outcome.judge.weight[outcome.rows]
    codes = outcome.judge.truth[rows].astype(np.intp)
    losses = {name: row_losses(codes, values[rows]) for name, values in outcome.members.items()}
    source = [name for name in (f"{a}-{b}" for a in LEARNERS for b in SOURCE_STRATEGIES) if name in losses]
    best = min(source, key=lambda name: np.average(losses[name], weights=weight))
    blend = row_losses(codes, outcome.nested[rows])
    apart = paired_difference(blend, losses[best], weight, codes)
    result = found.record["result"]
    print(
        f"{folder.name}: blend ({found.record['blend']['method']}) {result['nested']['score']:.4f} ±"
        f" {result['nested']['standard_error']:.4f} nested over folds, {np.average(blend, weights=weight):.4f} over"
        f" rows; best of {len(source)} source strategies {best} {np.average(losses[best], weights=weight):.4f}; behind"
        f" {apart.value:+.5f} ± {apart.standard_error:.5f}"
    )
    interval, loss, _ = validation_check(outcome)
    assert interval is not None
    inside = interval.contains(loss)
    print(
        f"{folder.name}: loss of {interval.rows} validation rows {loss:.4f}, expected {interval.value:.4f}"
        f" ({interval.low:.4f} to {interval.high:.4f}, width {interval.high - interval.low:.4f}): {inside}"
    )
    by_source = {prior.source.split()[0]: prior for prior in reversed(outcome.objective.priors)}
    estimated = next(p for p in outcome.objective.priors if p.source.endswith("without labels"))
    counted = by_source["counted"]
    covered, likely = estimated.covers(counted.shares), _as_a_file(estimated, counted)
    print(
        f"{folder.name}: prior estimated {_shares(estimated)}, counted {counted.shares.round(3).tolist()}: covered"
        f" {covered}; a file of that size drawn at the estimate would count so: {likely}; seeds and members"
        f" {found.record['result']['fits']}, left out {len(found.record['left_out'])}",
        flush=True,
    )
    return apart.value / apart.standard_error, inside, covered


def _as_a_file(estimated: Prior, counted: Prior) -> bool:
    """Whether the counted shares lie in the interval of a file of their size, the estimate being the truth or near."""
    both = Prior(estimated.classes, estimated.shares, estimated.covariance + counted.covariance, "both")
    return both.covers(counted.shares)


def _shares(prior: Prior) -> str:
    ends = prior.interval()
    said = [f"{share:.3f} ({low:.3f}–{high:.3f})" for share, (low, high) in zip(prior.shares, ends, strict=True)]
    return ", ".join(said)
