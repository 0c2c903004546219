"""What a record says of scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.cross_validation import cross_validate
from core.ensembling import ensemble
from core.plan import WorkItem
from core.predictions import MemberPredictions
from core.results import drift_of, finite, fold_arrays, folds_of, result_of
from tests.support.small import Small, bench_of, serial


@pytest.mark.parametrize(
    ("value", "expected"), [(1.5, 1.5), (float("nan"), None), (float("inf"), None), (-float("inf"), None)]
)
def test_numbers_that_json_does_not_have_become_none(value, expected):
    assert finite(value) == expected


@pytest.fixture
def fitted(tmp_path):
    bench = bench_of(Small, tmp_path)
    return bench, cross_validate(bench, [WorkItem("constant", 0), WorkItem("line", 0)], serial(bench))


def joined_of(bench, fitted, folds):
    keys = bench.dataset.score.keys
    return ensemble(fitted.candidates(bench.members), bench.judge, bench.folds, keys, fitted=folds)


def test_members_are_scored_on_the_folds_that_are_named(fitted):
    bench, found = fitted
    some = result_of(bench, found, joined_of(bench, found, [1]), [1])
    every = result_of(bench, found, joined_of(bench, found, [0, 1, 2]), [0, 1, 2])
    values = bench.judge.over_folds(found.predictions["line"].mean_out_of_fold, bench.folds).folds
    assert every["members"]["line"]["folds"] == list(values)
    assert some["members"]["line"]["folds"] == [values[1]]
    assert some["members"]["line"]["standard_error"] is None
    assert every["baseline"] == {"member": "constant", "score": every["members"]["constant"]["score"]}


def test_the_weight_of_a_member_is_that_in_the_blend(fitted):
    bench, found = fitted
    members = result_of(bench, found, joined_of(bench, found, [0, 1, 2]), [0, 1, 2])["members"]
    assert (members["line"]["weight"], members["constant"]["weight"]) == (1.0, 0.0)


def test_folds_are_counted(fitted):
    bench, _ = fitted
    said = folds_of(bench, (0, 2))
    assert (said["number"], said["fitted"]) == (3, [0, 2])
    assert said["rows_scored"] == len(bench.folds.folds[0].score) + len(bench.folds.folds[2].score)


def test_positions_truth_and_weights_are_kept(fitted):
    bench, _ = fitted
    arrays = fold_arrays(bench)
    assert arrays["score_ids"].tolist() == bench.dataset.score.ids.tolist()
    assert np.array_equal(arrays["truth"], bench.judge.truth)
    for number, fold in enumerate(bench.folds.folds):
        assert np.array_equal(arrays[f"score_{number}"], fold.score)
        assert np.array_equal(arrays[f"fit_{number}"], fold.fit)


class Larger(Small):
    """Enough rows to tell drift from chance."""

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        for name, rows in (("train", 300), ("test", 100)):
            frame = pd.DataFrame({"id": [f"{name}{k}" for k in range(rows)], "x": rng.normal(size=rows)})
            frame["place"], frame["y"] = rng.choice(list("abcdef"), rows), 2 * frame["x"]
            frame.drop(columns=["y"] if name == "test" else []).to_csv(folder / f"{name}.csv", index=False)


def test_test_rows_that_are_predicted_unlike_those_out_of_fold_are_found(tmp_path):
    bench = bench_of(Larger, tmp_path)
    found = cross_validate(bench, [WorkItem("line", 0)], serial(bench))
    joined = joined_of(bench, found, [0, 1, 2])
    assert drift_of(bench, found, joined) == []
    line = found.predictions["line"]
    shifted = {seed: values + 100.0 for seed, values in line.test.items()}
    found.predictions["line"] = MemberPredictions(line.out_of_fold, shifted)
    (finding,) = [item for item in drift_of(bench, found, joined) if item.severity != "note"]
    assert "y" in finding.columns
