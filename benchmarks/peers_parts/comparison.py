"""What the cells say together: paired differences, average ranks, and how honest the tools' own estimates are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from benchmarks.peers_parts.cells import Cell
from benchmarks.peers_parts.scores import Estimate, paired

OURS = "podium"

#: Draws of the bootstrap of the average ranks.
RESAMPLES = 2000

#: Scores whose relative distance is smaller are equal: rounding.
ROUNDING = 1e-9

Block = Mapping[str, Cell]


def complete_blocks(cells: Iterable[Cell], tools: Sequence[str]) -> dict[str, dict[int, Block]]:
    """Cells by set, seed and tool, of those sets and seeds that every tool was run on, failed or not."""
    found: dict[str, dict[int, dict[str, Cell]]] = defaultdict(lambda: defaultdict(dict))
    for cell in cells:
        found[cell.set][cell.seed][cell.tool] = cell
    kept = {
        name: {seed: block for seed, block in sorted(seeds.items()) if {*tools} <= {*block}}
        for name, seeds in found.items()
    }
    return {name: seeds for name, seeds in kept.items() if seeds}


def difference(seeds: Mapping[int, Block], peer: str) -> Estimate | None:
    """How much worse we are than a peer on a set, over the seeds that neither failed; None without one."""
    pairs = [block for block in seeds.values() if not block[OURS].failed and not block[peer].failed]
    if not pairs:
        return None
    return paired([block[OURS].judged for block in pairs], [block[peer].judged for block in pairs])


def ranks(block: Block, tools: Sequence[str]) -> npt.NDArray[np.float64]:
    """The rank of each tool, 1 for the best; equals share the mean of theirs, and whatever failed comes last."""
    worse = []
    for tool in tools:
        cell = block[tool]
        score = np.inf if cell.failed else cell.judged.score
        worse.append(-score if cell.metric == "roc_auc" and not cell.failed else score)
    known = np.array(worse)
    size = np.abs(known[np.isfinite(known)]).max(initial=0.0)
    step = size * ROUNDING
    return np.asarray(rankdata(np.where(np.isfinite(known), np.round(known / step) * step if step else known, np.inf)))


@dataclass(frozen=True)
class AverageRank:
    """The mean rank of a tool over sets, each the mean over its seeds, with a 95 % interval."""

    tool: str
    value: float
    low: float
    high: float


def average_ranks(sets: Mapping[str, Mapping[int, Block]], tools: Sequence[str], seed: int = 0) -> list[AverageRank]:
    """Average ranks, the best first; the interval draws sets, and within each its seeds, with replacement."""
    rng = np.random.default_rng(seed)
    by_set = [np.array([ranks(block, tools) for block in seeds.values()]) for seeds in sets.values()]
    means = np.mean([table.mean(axis=0) for table in by_set], axis=0)
    drawn = []
    for _ in range(RESAMPLES):
        tables = [by_set[place] for place in rng.integers(len(by_set), size=len(by_set))]
        drawn.append(np.mean([t[rng.integers(len(t), size=len(t))].mean(axis=0) for t in tables], axis=0))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    found = [AverageRank(*one) for one in zip(tools, *(v.tolist() for v in (means, low, high)), strict=True)]
    return sorted(found, key=lambda one: (one.value, one.tool))


@dataclass(frozen=True)
class Optimism:
    """A tool's own estimate beside what the held-out rows came to, means over the seeds of a set.

    Parameters
    ----------
    own, held: the estimate and the score.
    too_good: how much better the estimate was; negative where it was too cautious.
    own_error: the estimate's own standard error, of one seed; NaN where the tool has none.
    error: with that of the held-out score, of one seed: seeds of one set share rows, so that it does not shrink.
    """

    own: float
    held: float
    too_good: float
    own_error: float
    error: float

    @property
    def honest(self) -> bool:
        """Whether the estimate is within two errors of the score, those of both counted."""
        return abs(self.too_good) <= 2 * self.error


def optimism(seeds: Mapping[int, Block], tool: str) -> Optimism | None:
    """How honest a tool's estimates are on a set; None where it made none."""
    cells = [block[tool] for block in seeds.values()]
    known = [cell for cell in cells if not cell.failed and cell.estimate is not None]
    if not known:
        return None
    held = [cell.judged.estimate() for cell in known]
    own = np.array([cell.estimate for cell in known], dtype=float)
    own_errors = np.array([np.nan if c.standard_error is None else c.standard_error for c in known], dtype=float)
    scores, errors = np.array([one.value for one in held]), np.array([one.error for one in held])
    better = scores - own if known[0].metric != "roc_auc" else own - scores
    both = np.sqrt(np.nan_to_num(own_errors) ** 2 + errors**2)
    return Optimism(*(float(v.mean()) for v in (own, scores, better, own_errors, both)))
