"""One fit: what its key depends on, what it may read, and how its predictions are put in order."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from core import folds
from core.context import PredictContext
from core.cross_validation import cross_validate
from core.errors import Refusal
from core.executors import SerialExecutor
from core.fitting import Fitting
from core.jobs import FULL, Job, collect, predict_matrix, run_job
from core.member import Member
from core.objective import Objective
from core.plan import WorkItem
from tests.support.small import Line, Small, bench_of, member, serial

BASE = {"member": "line", "repeat": 0, "fold": 0, "params": {"shrink": 0.1}, "predict_test": True}
OTHERS = {
    "member": "noisy",
    "repeat": 1,
    "fold": 1,
    "params": {"shrink": 0.2},
    "predict_test": False,
    "upstream": {"line": {0: ("key",)}},
    "pretrained": "key",
    "pretrain": True,
}


@pytest.fixture
def bench(tmp_path):
    return bench_of(Small, tmp_path)


@pytest.mark.parametrize("name", OTHERS)
def test_the_key_changes_with_every_part_of_a_job(bench, name):
    assert Job(**{**BASE, name: OTHERS[name]}).key(bench) != Job(**BASE).key(bench)


def test_no_part_of_a_job_is_forgotten_by_these_tests():
    assert {field.name for field in dataclasses.fields(Job)} == set(OTHERS)


def other_benches(bench):
    fit = dataclasses.replace(bench.dataset.fit, y=bench.dataset.fit.y + 1.0)
    data = dataclasses.replace(bench.dataset, fit=fit, score=fit)
    weight = pd.Series(np.arange(1.0, len(fit) + 1), index=fit.ids)
    weighted = Objective(bench.objective.metric, weight)
    return {
        "root seed": {"seed": 1},
        "threads": {"threads": 2},
        "device": {"device": "cuda"},
        "data": {"dataset": data},
        "folds": {"folds": folds.random(bench.dataset, 3)},
        "weights of the score": {"objective": weighted},
        "other weights of the score": {"objective": Objective(bench.objective.metric, weight[::-1].set_axis(fit.ids))},
        "key of the score": {"objective": Objective(bench.objective.metric, per="place")},
        "options": {"competition": Small(options={"colour": "blue"})},
        "edition": {"competition": Small("later")},
    }


def test_the_key_changes_with_all_that_jobs_share(bench):
    keys = {"as it was": Job(**BASE).key(bench)}
    for name, change in other_benches(bench).items():
        keys[name] = Job(**BASE).key(dataclasses.replace(bench, **change))
    for name, key in keys.items():
        twins = [other for other, found in keys.items() if other != name and found == key]
        assert not twins, f"{name} has the key of {twins}"


def test_the_key_does_not_change_with_the_place_of_the_cache(bench, tmp_path):
    assert Job(**BASE).key(dataclasses.replace(bench, cache=tmp_path / "elsewhere")) == Job(**BASE).key(bench)


def test_another_root_seed_gives_other_fits_though_the_cache_is_warm(bench):
    found = []
    for seed in (0, 1):
        other = dataclasses.replace(bench, seed=seed)
        done = cross_validate(other, [WorkItem("noisy", 0, {"noise": 0.5})], serial(other))
        found.append(done.predictions["noisy"].mean_out_of_fold)
    assert not np.allclose(*found)


def test_a_pretraining_step_has_one_key_for_all_folds_and_objectives(bench):
    step = Job("step", pretrain=True)
    others = other_benches(bench)
    for name in ("folds", "weights of the score", "key of the score"):
        assert step.key(dataclasses.replace(bench, **others[name])) == step.key(bench)
    assert step.key(dataclasses.replace(bench, **others["data"])) != step.key(bench)


def test_a_result_that_is_there_is_not_made_again(bench):
    key = run_job(bench, Job(**BASE))
    written = (bench.store.get(key) / "predictions.npz").stat().st_mtime_ns
    assert run_job(bench, Job(**BASE)) == key
    assert (bench.store.get(key) / "predictions.npz").stat().st_mtime_ns == written


def test_fold_models_predict_the_rows_they_are_scored_on_and_no_others(bench):
    key = run_job(bench, Job("line", fold=1))
    found = collect(bench, {0: (key,)}).mean_out_of_fold[:, 0]
    fold = bench.folds.folds[1]
    table = bench.dataset.fit
    expected = Line().fit(table.X.iloc[fold.fit], table.y.iloc[fold.fit]).predict(table.X.iloc[fold.score])
    assert np.array_equal(found[fold.score], expected)
    assert np.isnan(np.delete(found, fold.score)).all()


def test_a_refit_learns_from_all_rows_and_scores_none(bench):
    done = collect(bench, {0: (run_job(bench, Job("line", fold=FULL)),)})
    table = bench.dataset.fit
    assert np.isnan(done.mean_out_of_fold).all()
    expected = Line().fit(table.X, table.y).predict(bench.dataset.test.X)
    assert np.array_equal(done.mean_test[:, 0], expected)


def test_the_test_predictions_are_the_mean_of_the_fold_models(bench):
    keys = [run_job(bench, Job("line", fold=number)) for number in range(3)]
    each = [collect(bench, {0: (key,)}).mean_test for key in keys]
    assert np.allclose(collect(bench, {0: tuple(keys)}).mean_test, np.mean(each, axis=0), rtol=1e-15)


def test_an_entry_that_vanished_is_named(bench):
    with pytest.raises(Refusal, match="vanished"):
        collect(bench, {0: ("0" * 64,)})


def test_fit_weights_reach_the_fit_row_by_row(tmp_path):
    bench = bench_of(Weighted, tmp_path)
    table = bench.dataset.fit
    weight = pd.Series(np.arange(len(table), dtype=float), index=table.ids)
    table = dataclasses.replace(table, fit_weight=weight)
    bench = dataclasses.replace(bench, dataset=dataclasses.replace(bench.dataset, fit=table, score=table))
    entry = bench.store.get(run_job(bench, Job("weighted", fold=1)))
    seen = json.loads((entry / "model" / "weights.json").read_text())
    given = weight.iloc[bench.folds.folds[1].fit].to_numpy()
    assert seen == pytest.approx(given / given.mean())
    thousand = dataclasses.replace(table, fit_weight=1000 * weight)
    other = dataclasses.replace(bench, dataset=dataclasses.replace(bench.dataset, fit=thousand, score=thousand))
    entry = other.store.get(run_job(other, Job("weighted", fold=1)))
    assert json.loads((entry / "model" / "weights.json").read_text()) == pytest.approx(seen)


def test_no_weight_is_passed_where_rows_have_none(tmp_path):
    bench = bench_of(Weighted, tmp_path)
    entry = bench.store.get(run_job(bench, Job("weighted", fold=1)))
    assert json.loads((entry / "model" / "weights.json").read_text()) is None


class KeepsWeights(Line):
    def fit(self, X, y, sample_weight=None):
        self.weights_ = None if sample_weight is None else np.asarray(sample_weight).tolist()
        return super().fit(X, y)

    def save_model(self, folder):
        super().save_model(folder)
        (folder / "weights.json").write_text(json.dumps(self.weights_))


class Weighted(Small):
    def members(self, dataset):
        return [member("weighted", KeepsWeights)]


# --- a planted leak


class Memory(Line):
    """Knows the truth of the rows it was fitted on, and says 0 for all others."""

    def fit(self, X, y):
        self.known_ = {str(row): float(value) for row, value in y.items()}
        return self

    def predict(self, X):
        return np.array([self.known_.get(str(row), 0.0) for row in X.index])

    def save_model(self, folder):
        (folder / "known.json").write_text(json.dumps(self.known_))

    @classmethod
    def load_model(cls, folder):
        model = cls()
        model.known_ = json.loads((folder / "known.json").read_text())
        return model


class Reader(Line):
    """Keeps the largest upstream prediction that it ever saw while it was fitted; predicts upstream as it is."""

    def fit(self, X, y, context):
        seen = context.upstream["memory"]
        assert seen.index.equals(X.index)
        self.slope_ = float(seen.abs().to_numpy().max())
        return self

    def predict(self, X, context):
        assert context.upstream["memory"].index.equals(X.index)
        return context.upstream["memory"].to_numpy()[:, 0]


class Leaky(Small):
    def members(self, dataset):
        return [member("memory", Memory), member("reader", Reader, needs=("memory",))]


@pytest.mark.parametrize("test_by", ["folds", "full"])
def test_a_second_stage_never_sees_a_prediction_of_a_row_by_a_model_that_knew_its_truth(tmp_path, test_by):
    bench = bench_of(Leaky, tmp_path)
    fitting = Fitting(SerialExecutor(), (0, 1, 2), test_by)
    done = cross_validate(bench, [WorkItem("memory", 0), WorkItem("reader", 0)], fitting)
    for key in done.keys["reader"][0]:
        assert json.loads((bench.store.get(key) / "model" / "line.json").read_text()) == 0.0
    assert not done.predictions["reader"].mean_out_of_fold.any()
    assert not done.predictions["reader"].mean_test.any()


def test_the_planted_leak_would_be_seen(tmp_path):
    bench = bench_of(Leaky, tmp_path)
    table = bench.dataset.fit
    assert Memory().fit(table.X, table.y).predict(table.X).all()


def test_a_second_stage_learns_only_from_rows_that_were_predicted(tmp_path):
    bench = bench_of(Leaky, tmp_path)
    fitting = Fitting(SerialExecutor(), (0, 1), "folds")
    done = cross_validate(bench, [WorkItem("memory", 0), WorkItem("reader", 0)], fitting)
    for key in done.keys["reader"][0]:  # NaN would be no JSON number equal to 0
        assert json.loads((bench.store.get(key) / "model" / "line.json").read_text()) == 0.0


# --- predictions by name


class Fixed(BaseEstimator):
    def __init__(self, values, classes=None):
        self.values = values
        if classes is not None:
            self.classes_ = np.array(classes, dtype=object)

    def predict_proba(self, X):
        return np.tile(self.values, (len(X), 1))

    def predict(self, X):
        return np.full(len(X), 7.0)


def matrix(estimator, outputs, reads="probabilities", rows=2):
    X = pd.DataFrame({"x": range(rows)})
    context = PredictContext(keys=X[[]], outputs=tuple(outputs))
    return predict_matrix(estimator, Member("m", lambda params, seed: None), X, reads, context)


def test_classes_are_put_in_the_order_of_the_outputs_by_name():
    found = matrix(Fixed([0.1, 0.2, 0.7], ["a", "b", "c"]), ["c", "a", "b"])
    assert found.tolist() == [[0.7, 0.1, 0.2]] * 2


def test_a_class_that_the_model_never_saw_has_probability_zero():
    assert matrix(Fixed([0.4, 0.6], ["a", "c"]), ["a", "b", "c"]).tolist() == [[0.4, 0.0, 0.6]] * 2


def test_numbers_as_classes_are_matched_by_their_text():
    assert matrix(Fixed([0.4, 0.6], [0, 1]), ["1", "0"]).tolist() == [[0.6, 0.4]] * 2


def test_a_class_that_is_no_output_is_an_error():
    with pytest.raises(ValueError, match="classes"):
        matrix(Fixed([0.4, 0.6], ["a", "z"]), ["a", "b"])


@pytest.mark.parametrize(("values", "outputs"), [([0.1, 0.2, 0.7], ["a", "b"]), ([1.0], ["a", "b"])])
def test_another_number_of_columns_is_an_error(values, outputs):
    with pytest.raises(ValueError, match="shape"):
        matrix(Fixed(values), outputs)


def test_values_are_read_by_predict_as_one_column():
    assert matrix(Fixed([0.1, 0.9], ["a", "b"]), ["y"], reads="values").tolist() == [[7.0]] * 2
