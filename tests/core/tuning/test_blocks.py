"""Blocks share nothing, leave nothing out, and keep together what belongs together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.folds import Fold, Folds
from core.metrics import ROC_AUC
from core.objective import Judge
from core.tuning.blocks import BLOCKS, FEWEST_ROWS, blocks_of


class Bench:
    """As much of a bench as blocks read."""

    def __init__(self, rows, *, truth=None, groups=None, places=None):
        total = max(rows) + 1
        truth = np.zeros(total) if truth is None else truth
        self.judge = Judge(ROC_AUC, truth, np.ones(total), groups)
        disjoint = () if places is None else ("place",)
        nothing = np.empty(0, dtype=np.intp)
        fold = Fold("0", fit=nothing, score=np.array(rows), fit_on_score=nothing)
        self.folds = Folds("f", (fold,), imitates="", disjoint=disjoint)
        self.dataset = type(
            "D", (), {"score": type("S", (), {"keys": pd.DataFrame({"place": [] if places is None else places})})}
        )


@given(st.integers(1, 400), st.integers(0, 5))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_blocks_are_a_partition_of_the_scored_rows(number, seed):
    rng = np.random.default_rng(seed)
    rows = rng.permutation(1000)[:number]
    blocks = blocks_of(Bench(rows, truth=rng.integers(0, 2, 1000)), 0)
    assert sorted(np.concatenate(blocks)) == sorted(rows)
    assert len(blocks) == max(1, min(BLOCKS, number // FEWEST_ROWS))
    sizes = [len(block) for block in blocks]
    assert max(sizes) - min(sizes) <= 1


def test_each_block_has_its_share_of_a_rare_class():
    rows = np.arange(800)
    truth = (rows % 50 == 7).astype(int)
    assert {int(truth[block].sum()) for block in blocks_of(Bench(rows, truth=truth), 0)} == {2}


@pytest.mark.parametrize("how", ["groups", "places"])
def test_rows_of_a_group_stay_together(how):
    rows, names = np.arange(400), np.repeat(np.arange(40), 10)
    more = {"groups": names} if how == "groups" else {"places": [f"p{name}" for name in names]}
    blocks = blocks_of(Bench(rows, **more), 0)
    assert len(blocks) == BLOCKS
    for block in blocks:
        assert {int((names[block] == name).sum()) for name in names[block]} == {10}


def test_few_groups_cannot_be_kept_together():
    rows, places = np.arange(400), np.repeat(["a", "b"], 200)
    assert len(blocks_of(Bench(rows, places=places), 0)) == BLOCKS


def test_truth_of_several_outputs_is_dealt_by_the_first():
    truth = np.column_stack([np.arange(100.0), np.zeros(100)])
    means = [truth[block, 0].mean() for block in blocks_of(Bench(np.arange(100), truth=truth), 0)]
    assert max(means) - min(means) < 10
