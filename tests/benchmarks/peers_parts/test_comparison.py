from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers_parts.comparison import average_ranks, complete_blocks, difference, optimism, ranks
from tests.benchmarks.peers_parts.made import cell

GOOD, FAIR, BAD = (0.1, 0.9, 0.1, 0.9), (0.3, 0.6, 0.65, 0.7), (0.5, 0.5, 0.6, 0.4)
TOOLS = ["podium", "autogluon", "flaml"]


def block(ours=GOOD, rival=FAIR, third=BAD, **more):
    return {tool: cell(tool, p, **more) for tool, p in zip(TOOLS, (ours, rival, third), strict=True)}


def test_only_blocks_that_every_tool_was_run_on_count():
    cells = [*block(seed=0).values(), *list(block(seed=1).values())[:2], cell("podium", GOOD, name="other")]
    found = complete_blocks(cells, TOOLS)
    assert {name: sorted(seeds) for name, seeds in found.items()} == {"small": [0]}


def test_a_block_with_a_failure_is_complete():
    assert complete_blocks(block(third=None).values(), TOOLS)["small"][0]["flaml"].failed


@pytest.mark.parametrize("metric", ["log_loss", "roc_auc"])
def test_the_better_score_has_the_lower_rank_whatever_its_direction(metric):
    assert ranks(block(metric=metric), TOOLS).tolist() == [1, 2, 3]
    assert ranks(block(BAD, GOOD, FAIR, metric=metric), TOOLS).tolist() == [3, 1, 2]


def test_equals_share_a_rank_and_failures_come_last():
    assert ranks(block(GOOD, GOOD, FAIR), TOOLS).tolist() == [1.5, 1.5, 3]
    assert ranks(block(None, BAD, GOOD), TOOLS).tolist() == [3, 2, 1]
    assert ranks(block(None, GOOD, None), TOOLS).tolist() == [2.5, 1, 2.5]
    assert ranks(block(None, None, None), TOOLS).tolist() == [2, 2, 2]


def test_average_ranks_count_every_set_alike_however_many_seeds_it_has():
    sets = {
        "a": {seed: block(name="a", seed=seed) for seed in range(3)},
        "b": {0: block(BAD, GOOD, FAIR, name="b")},
    }
    found = {one.tool: one for one in average_ranks(sets, TOOLS)}
    assert {tool: one.value for tool, one in found.items()} == {"podium": 2.0, "autogluon": 1.5, "flaml": 2.5}
    assert (found["podium"].low, found["podium"].high) == (1.0, 3.0)
    assert average_ranks(sets, TOOLS)[0].tool == "autogluon"


def test_one_set_leaves_ranks_without_spread():
    (first, *_) = average_ranks({"a": {0: block()}}, TOOLS)
    assert (first.tool, first.value, first.low, first.high) == ("podium", 1.0, 1.0, 1.0)


def test_seeds_on_which_either_failed_are_not_compared():
    seeds = {0: block(seed=0), 1: block(rival=None, seed=1)}
    found = difference(seeds, "autogluon")
    assert found is not None
    assert found.value == pytest.approx(seeds[0]["podium"].judged.score - seeds[0]["autogluon"].judged.score)
    assert difference({1: block(ours=None)}, "autogluon") is None


def test_optimism_is_positive_where_the_estimate_was_better_than_the_score():
    held = cell("podium", GOOD).judged.score
    said = optimism({0: block(estimate=held - 0.1, standard_error=0.05)}, "podium")
    assert said is not None
    assert said.too_good == pytest.approx(0.1)
    assert said.own_error == pytest.approx(0.05)
    assert said.error >= 0.05
    area = optimism({0: block(metric="roc_auc", estimate=1.0, standard_error=0.05)}, "autogluon")
    assert area is not None
    assert area.too_good == pytest.approx(1.0 - cell("autogluon", FAIR, metric="roc_auc").judged.score)


def test_an_estimate_is_honest_within_two_errors_of_both():
    rng = np.random.default_rng(0)
    truth = (rng.random(500) < 0.5).astype(float)
    p = np.clip(0.5 + 0.3 * (truth - 0.5) + rng.normal(0, 0.2, 500), 0.01, 0.99)
    known = {"truth": truth.tolist(), "standard_error": 0.01}
    held = cell("podium", p, **known).judged.estimate()
    both = float(np.hypot(held.error, 0.01))

    def honest(away: float) -> bool:
        found = optimism({0: {"podium": cell("podium", p, estimate=held.value + away * both, **known)}}, "podium")
        assert found is not None
        return found.honest

    assert [honest(away) for away in (-2.1, -1.9, 1.9, 2.1)] == [False, True, True, False]


def test_a_tool_without_an_error_or_without_an_estimate():
    found = optimism({0: block(estimate=0.3)}, "flaml")
    assert found is not None
    assert np.isnan(found.own_error)
    assert found.error > 0
    assert optimism({0: block()}, "flaml") is None
