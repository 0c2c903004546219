"""What a record says of scores."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.cross_validation import cross_validate
from core.ensembling import ensemble
from core.exhibit import Exhibit
from core.plan import WorkItem
from core.predictions import MemberPredictions
from core.results import drift_of, extras_of, finite, fold_arrays, folds_of, outcome_of, result_of
from core.road import run
from core.settings import Settings
from tests.support.small import Notes, Small, bench_of, sample_of, serial


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
    nested = np.arange(len(bench.dataset.score), dtype=float)[:, None]
    arrays = fold_arrays(bench, nested)
    assert arrays["score_ids"].tolist() == bench.dataset.score.ids.tolist()
    assert arrays["test_ids"].tolist() == bench.dataset.test.ids.tolist()
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

    def drift():
        return drift_of(bench, found, joined, outcome_of(bench, found, joined, [0, 1, 2]))

    assert drift() == []
    line = found.predictions["line"]
    shifted = {seed: values + 100.0 for seed, values in line.test.items()}
    found.predictions["line"] = MemberPredictions(line.out_of_fold, shifted)
    (finding,) = [item for item in drift() if item.severity != "note"]
    assert "y" in finding.columns


def test_a_constant_answer_does_not_drift(tmp_path):
    bench = bench_of(Larger, tmp_path)
    found = cross_validate(bench, [WorkItem("constant", 0)], serial(bench))
    joined = joined_of(bench, found, [0, 1, 2])
    assert drift_of(bench, found, joined, outcome_of(bench, found, joined, [0, 1, 2])) == []


# --- what a competition explains


def test_an_outcome_holds_what_was_predicted_and_what_is_sent(fitted):
    bench, found = fitted
    joined = joined_of(bench, found, [0, 2])
    outcome = outcome_of(bench, found, joined, [0, 2])
    assert outcome.fitted == (0, 2)
    assert outcome.baselines == {"constant"}
    assert outcome.blended == set(joined.blend.weights) == {"line"}
    for name in ("constant", "line"):
        assert np.array_equal(outcome.members[name], found.predictions[name].mean_out_of_fold, equal_nan=True)
    assert np.array_equal(outcome.test, found.predictions["line"].mean_test)
    assert outcome.nested is joined.nested_predictions
    assert set(outcome.rows) == {*bench.folds.folds[0].score, *bench.folds.folds[2].score}
    assert np.isfinite(outcome.nested[outcome.rows]).all()
    unscored = np.setdiff1d(np.arange(len(bench.dataset.score)), outcome.rows)
    assert np.isnan(outcome.nested[unscored]).all()
    assert (outcome.dataset, outcome.objective, outcome.judge) == (bench.dataset, bench.objective, bench.judge)


TABLE = Exhibit("a table", ("name", "value"), (("a", 0.5), ("b", None)), ("a note",), brief=False)


class Explaining(Small):
    def extras(self, outcome):
        return [TABLE]


def failing(error):
    class Failing(Small):
        def extras(self, outcome):
            raise error

    return Failing


def test_a_competition_explains_its_run():
    listener = Notes()
    assert extras_of(Explaining(), None, listener) == [TABLE]
    assert extras_of(Small(), None, listener) == []
    assert listener.notes == []


@pytest.mark.parametrize("error", [ValueError("no such row"), KeyError("line"), ZeroDivisionError(), AssertionError()])
def test_a_fault_in_what_a_competition_explains_is_told(error):
    listener = Notes()
    assert extras_of(failing(error)(), None, listener) == []
    (note,) = listener.notes
    assert "own tables could not be made" in note
    assert type(error).__name__ in note
    assert str(error) in note


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_or_a_user_who_interrupts_ends_the_run_all_the_same(error):
    listener = Notes()
    with pytest.raises(type(error)):
        extras_of(failing(error)(), None, listener)
    assert listener.notes == []


def test_a_run_keeps_the_tables_of_its_competition(tmp_path):
    finished = run(Explaining(), sample_of(Explaining, tmp_path / "data"), Settings(threads=1), tmp_path / "runs")
    record = json.loads((finished.path / "run.json").read_text())
    assert [Exhibit.from_json(state) for state in record["extras"]] == [TABLE]
    assert record["priors"] == []


def test_a_fault_in_them_costs_the_run_nothing_but_a_note(tmp_path):
    data = sample_of(Small, tmp_path / "data")
    good, bad = (
        run(kind(), data, Settings(threads=1), tmp_path / "runs" / name)
        for kind, name in ((Small, "good"), (failing(ValueError("no such row")), "bad"))
    )
    assert bad.finished
    assert bad.submission.read_bytes() == good.submission.read_bytes()
    assert bad.record["result"]["members"].keys() == good.record["result"]["members"].keys()
    assert bad.record["extras"] == []
    (note,) = set(bad.record["notes"]) - set(good.record["notes"])
    assert note == "the competition's own tables could not be made: ValueError: no such row"


def test_a_trial_that_was_chosen_on_the_scored_rows_stands_beside_no_member(fitted):
    bench, found = fitted
    found.predictions["line~3"] = found.predictions["line"]
    joined = joined_of(bench, found, [0, 1, 2])
    joined = replace(joined, blend=replace(joined.blend, weights={"line~3": 1.0}))
    outcome = outcome_of(bench, found, joined, [0, 1, 2])
    assert set(outcome.members) == {"constant", "line"}
    assert outcome.blended == {"line~3"}
