"""What every metric promises, tried on all of them."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from core import metrics
from core.dataset import Dataset
from core.metrics import Metric, named
from core.metrics.catalogue import FAMILIES, METRICS
from core.objective import Objective
from core.table import Table

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.generic]

ALL = [*METRICS.values(), *(named(family.example) for family in FAMILIES.values()), named("pinball@0.3")]
BINARY = {"roc_auc", "average_precision", "f1"}
#: An event is an order of rows, which their weights do not count.
EVENTS = {"ndcg", "map", "mrr", "hit_rate"}
COLUMNS = {"crps_cdf": 199, "pinball@0.1,0.5,0.9": 3, "crps_sample": 4}

every = pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)


def family(metric: Metric) -> str:
    return metric.name.partition("@")[0]


def columns(metric: Metric) -> int:
    if metric.truth == "value":
        return COLUMNS.get(metric.name, COLUMNS.get(family(metric), 1))
    return 2 if metric.name in BINARY else 3


def a_truth(metric: Metric, rng: np.random.Generator, n: int) -> Truth:
    k = columns(metric)
    if metric.truth == "class":
        return rng.integers(0, k, n)
    if metric.truth == "labels":
        return rng.integers(0, 2, (n, k)).astype(float)
    if metric.truth == "values":
        return rng.integers(0, 5, (n, k)).astype(float)
    if family(metric) == "hit_rate":
        return (rng.random(n) < 0.15).astype(float)
    positive = metric.name in ("mape", "qwk_values@1,6")
    return rng.integers(1 if positive else 0, 5, n).astype(float)


def guesses(metric: Metric, rng: np.random.Generator, n: int) -> Array:
    """Predictions with ties; of classes their rows sum to 1."""
    k = columns(metric)
    if metric.reads == "values":
        drawn = rng.integers(0, 9, (n, k)) / 2.0
        return np.sort(drawn / 4.0, axis=1) if family(metric) == "crps_cdf" else drawn
    drawn = rng.integers(1, 8, (n, k)) / 8.0
    return drawn / drawn.sum(axis=1, keepdims=True) if metric.truth == "class" else drawn


def perfect(metric: Metric, truth: Truth) -> Array:
    if metric.truth == "class":
        return np.eye(columns(metric))[truth.astype(np.intp)]
    if metric.truth in ("labels", "values"):
        return truth.astype(float)
    if family(metric) == "crps_cdf":
        return (truth[:, None].astype(float) <= np.arange(-99, 100)).astype(float)
    return np.tile(truth[:, None].astype(float), columns(metric))


def example(metric: Metric, seed: int, n: int = 14) -> tuple[Truth, Array, Array]:
    rng = np.random.default_rng(seed)
    truth = a_truth(metric, rng, n)
    if family(metric) == "hit_rate":
        truth[0] = 1.0  # few rows are relevant, but one is
    return truth, guesses(metric, rng, n), rng.integers(1, 4, n).astype(float)


def test_every_exported_metric_and_factory_is_in_the_catalogue() -> None:
    exported = [getattr(metrics, name) for name in metrics.__all__]
    assert {metric.name for metric in exported if isinstance(metric, Metric)} == set(METRICS)
    factories = {value for value in exported if inspect.isfunction(value)} - {metrics.named, metrics.names}
    assert factories == {family.make for family in FAMILIES.values()}
    assert metrics.__all__ == sorted(
        metrics.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )


def test_names_are_unique() -> None:
    assert len({metric.name for metric in ALL}) == len(ALL)


@every
def test_its_name_gives_the_same_metric(metric: Metric) -> None:
    again = named(metric.name)
    truth, predictions, weight = example(metric, 0)
    assert again.name == metric.name
    assert again(truth, predictions, weight) == metric(truth, predictions, weight)


@every
def test_workers_can_read_it(metric: Metric) -> None:
    again = pickle.loads(pickle.dumps(metric))
    truth, predictions, weight = example(metric, 1)
    assert again.name == metric.name
    assert again(truth, predictions, weight) == metric(truth, predictions, weight)


@every
def test_its_docstring_says_range_and_when_it_is_nan(metric: Metric) -> None:
    function = metric.function
    if "@" in metric.name:
        text = inspect.getdoc(FAMILIES[family(metric)].make) or ""
    else:
        text = inspect.getdoc(function.func if isinstance(function, partial) else function) or ""
    assert "NaN" in text
    assert any(unit in text for unit in ("0 to ", "-1 to 1", "0 and more", "Up to 1", "0 or 1", "bove 0 to 1"))


@every
def test_the_truth_scores_best(metric: Metric) -> None:
    for seed in range(20):
        truth, predictions, weight = example(metric, seed)
        best, other = metric(truth, perfect(metric, truth), weight), metric(truth, predictions, weight)
        assert not np.isnan([best, other]).any()
        assert not metric.better(other, best)


@every
def test_the_truth_scores_better_than_a_shuffled_truth(metric: Metric) -> None:
    rng = np.random.default_rng(2)
    truth, _, weight = example(metric, 2, n=40)
    wrong = perfect(metric, truth[rng.permutation(40)])
    assert metric.better(metric(truth, perfect(metric, truth), weight), metric(truth, wrong, weight))


@every
def test_every_score_is_better_than_the_worst(metric: Metric) -> None:
    assert metric.better(metric(*example(metric, 3)), metric.worst)


@every
def test_the_order_of_rows_changes_nothing(metric: Metric) -> None:
    for seed in range(10):
        truth, predictions, weight = example(metric, seed)
        order = np.random.default_rng(seed).permutation(len(truth))
        shuffled = metric(truth[order], predictions[order], weight[order])
        assert shuffled == pytest.approx(metric(truth, predictions, weight), rel=1e-12, abs=1e-13)


@every
def test_a_row_without_weight_changes_nothing(metric: Metric) -> None:
    truth, predictions, weight = example(metric, 4)
    more_truth, more_predictions, _ = example(metric, 5)
    rows = np.random.default_rng(4).permutation(28)
    joined = metric(
        np.concatenate([truth, more_truth])[rows],
        np.concatenate([predictions, more_predictions])[rows],
        np.concatenate([weight, np.zeros(14)])[rows],
    )
    assert joined == pytest.approx(metric(truth, predictions, weight), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("metric", [m for m in ALL if family(m) not in EVENTS], ids=lambda metric: metric.name)
def test_integer_weights_count_like_repeated_rows(metric: Metric) -> None:
    for seed in range(10):
        truth, predictions, weight = example(metric, seed)
        rows = np.repeat(np.arange(len(truth)), weight.astype(int))
        repeated = metric(truth[rows], predictions[rows])
        assert metric(truth, predictions, weight) == pytest.approx(repeated, rel=1e-11, abs=1e-12)
    # A promise of weights that count: somewhere they change the score.
    assert any(
        metric(truth, predictions, weight) != pytest.approx(metric(truth, predictions), rel=1e-9)
        for truth, predictions, weight in (example(metric, seed) for seed in range(10))
    )


@pytest.mark.parametrize("metric", [m for m in ALL if family(m) in EVENTS], ids=lambda metric: metric.name)
def test_weights_do_not_count_the_rows_of_an_event(metric: Metric) -> None:
    truth, predictions, weight = example(metric, 6)
    assert metric(truth, predictions, weight) == metric(truth, predictions)


@pytest.mark.parametrize("metric", [m for m in ALL if family(m) != "padded_cmap"], ids=lambda metric: metric.name)
def test_only_the_ratios_of_weights_count(metric: Metric) -> None:
    truth, predictions, weight = example(metric, 7)
    for scale in (1e-3, 1e6):
        assert metric(truth, predictions, weight * scale) == pytest.approx(metric(truth, predictions, weight), rel=1e-9)


def transformed(predictions: Array) -> list[Array]:
    """Each column put through increasing functions, not the same for all columns."""
    turns: list[Callable[[Array, int], Array]] = [
        lambda column, k: np.exp((k + 1) * column),
        lambda column, k: column / (7 - k % 5),
        lambda column, k: column + 1 + k,
    ]
    return [np.column_stack([turn(column, k) for k, column in enumerate(predictions.T)]) for turn in turns]


@every
def test_a_metric_of_order_and_no_other_ignores_increasing_transforms(metric: Metric) -> None:
    same = []
    for seed in range(10):
        truth, predictions, weight = example(metric, seed)
        score = metric(truth, predictions, weight)
        same += [
            metric(truth, turned, weight) == pytest.approx(score, abs=1e-12) for turned in transformed(predictions)
        ]
    assert all(same) if metric.only_order else not all(same)


@every
def test_whether_it_is_nan_depends_on_the_truth_alone(metric: Metric) -> None:
    # Else a member could get out of a fold that it does badly on.
    undefined = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(1, 4))
        truth = a_truth(metric, rng, n)
        tries = [guesses(metric, rng, n) for _ in range(4)]
        tries += [np.full_like(tries[0], 0.25), perfect(metric, truth)]
        nan = [np.isnan(metric(truth, predictions)) for predictions in tries]
        assert len(set(nan)) == 1
        undefined += nan[0]
    text = "never NaN" in (FAMILIES[family(metric)].make.__doc__ or "" if "@" in metric.name else doc(metric))
    assert undefined == 0 or not text


def doc(metric: Metric) -> str:
    function = metric.function
    return (function.func if isinstance(function, partial) else function).__doc__ or ""


@every
def test_nothing_that_is_given_is_changed(metric: Metric) -> None:
    given = example(metric, 8)
    for array in given:
        array.setflags(write=False)
    assert isinstance(metric(*given), float)


@every
@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float32])
def test_small_types_of_truth_do_not_overflow(metric: Metric, kind: type[np.generic]) -> None:
    truth, predictions, weight = example(metric, 9)
    assert metric(truth.astype(kind), predictions, weight) == metric(truth, predictions, weight)


@every
def test_truth_of_another_shape_is_an_error_and_never_spread(metric: Metric) -> None:
    truth, predictions, _ = example(metric, 10)
    wrong = truth[:, :1] if truth.ndim == 2 else truth[:, None]
    with pytest.raises(ValueError, match="shape"):
        metric(wrong, predictions)


@pytest.mark.parametrize(
    "metric",
    [m for m in ALL if m.truth == "value" and family(m) != "crps_sample"],
    ids=lambda metric: metric.name,
)
def test_a_column_too_many_is_an_error(metric: Metric) -> None:
    truth, predictions, _ = example(metric, 11)
    with pytest.raises(ValueError, match="column"):
        metric(truth, np.column_stack([predictions, predictions[:, 0]]))


@every
def test_per_key_it_is_the_mean_of_what_each_group_scores(metric: Metric) -> None:
    truth, predictions, weight = example(metric, 12, n=30)
    event = np.random.default_rng(99).integers(0, 6, 30)
    ids = pd.Index([f"r{number}" for number in range(30)])
    outputs = tuple(f"c{k}" for k in range(predictions.shape[1]))
    y = pd.DataFrame(truth, columns=list(outputs), index=ids) if truth.ndim == 2 else pd.Series(truth, ids, name="y")
    if metric.truth == "class":
        y = pd.Series([outputs[code] for code in truth], ids, name="y")
    rows = Table(pd.DataFrame({"x": range(30)}, index=ids), y, pd.DataFrame({"event": event}, index=ids))
    dataset = Dataset(rows, rows, rows, outputs, pd.DataFrame({"id": ids}), ("id",))
    judge = Objective(metric, pd.Series(weight, index=ids), per="event").judge(dataset)
    each = [metric(truth[event == k], predictions[event == k], weight[event == k]) for k in np.unique(event)]
    assert judge.score(predictions, np.arange(30)) == pytest.approx(np.nanmean(each), rel=1e-12, abs=1e-13)
