from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.special import softmax

from core.metrics import LOG_LOSS
from core.temperature import Temperature

Array = npt.NDArray[np.float64]


def drawn(temperature: float, n: int = 6000, classes: int = 3) -> tuple[Array, npt.NDArray[np.intp]]:
    """Probabilities that are too sharp by a factor, and truth drawn from what they should be."""
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=1.5, size=(n, classes))
    honest = softmax(logits, axis=1)
    truth = (honest.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return softmax(logits * temperature, axis=1), truth


def fitted(predictions: Array, truth: npt.NDArray[np.intp], weight: Array | None = None) -> Temperature:
    weight = np.ones(len(truth)) if weight is None else weight
    return Temperature().fit(predictions, truth, weight, pd.DataFrame(index=range(len(truth))))


def at(temperature: float) -> Temperature:
    return Temperature().load_json({"temperature": temperature})


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("classes", [2, 4])
def test_a_known_temperature_is_found(temperature: float, classes: int):
    predictions, truth = drawn(temperature, classes=classes)
    assert fitted(predictions, truth).temperature == pytest.approx(temperature, rel=0.08)


def test_no_other_temperature_has_a_better_loss():
    predictions, truth = drawn(2.0, n=300)
    keys = pd.DataFrame(index=range(300))
    weight = np.random.default_rng(1).random(300)
    best = fitted(predictions, truth, weight)
    losses = [LOG_LOSS(truth, at(t).apply(predictions, keys), weight) for t in np.geomspace(0.2, 5, 200)]
    assert LOG_LOSS(truth, best.apply(predictions, keys), weight) <= min(losses) + 1e-6


def test_row_weights_say_which_rows_are_fitted():
    sharp, flat = drawn(2.5), drawn(0.5)
    predictions, truth = np.concatenate([sharp[0], flat[0]]), np.concatenate([sharp[1], flat[1]])
    first = np.repeat([1.0, 0.0], len(sharp[1]))
    assert fitted(predictions, truth, first).temperature == pytest.approx(2.5, rel=0.08)
    assert fitted(predictions, truth, 1 - first).temperature == pytest.approx(0.5, rel=0.08)


def test_temperature_stays_inside_its_bounds():
    predictions, _ = drawn(1.0, n=500)
    low, high = Temperature.bounds
    assert low <= fitted(predictions, predictions.argmax(axis=1)).temperature < low * 1.01
    assert high * 0.99 < fitted(predictions, predictions.argmin(axis=1)).temperature <= high


@pytest.mark.parametrize("temperature", [0.2, 0.7, 1.0, 5.0])
@pytest.mark.parametrize("classes", [2, 3, 200, 2000])
def test_apply_is_the_softmax_of_the_divided_logarithms(temperature: float, classes: int):
    predictions = np.random.default_rng(2).dirichlet(np.full(classes, 5.0), size=6)
    expected = softmax(np.log(predictions) / temperature, axis=1)
    decided = at(temperature).apply(predictions, pd.DataFrame(index=range(6)))
    np.testing.assert_allclose(decided, expected, rtol=1e-6, atol=1e-12)


def test_no_temperature_is_fitted_before_fit():
    predictions, _ = drawn(1.0, n=20)
    np.testing.assert_allclose(Temperature().apply(predictions, pd.DataFrame(index=range(20))), predictions)


def test_the_order_of_the_classes_stays_and_certainty_is_finite():
    predictions = np.array([[1.0, 0.0, 0.0], [0.2, 0.5, 0.3]])
    decided = at(0.2).apply(predictions, pd.DataFrame(index=range(2)))
    assert decided.argmax(axis=1).tolist() == [0, 1]
    assert np.isfinite(np.log(decided)).all()
    np.testing.assert_allclose(decided.sum(axis=1), 1)
    truth = np.array([1, 1])
    assert np.isfinite(fitted(predictions, truth).temperature)


def test_json_keeps_a_temperature():
    predictions, truth = drawn(1.7, n=300)
    model = fitted(predictions, truth)
    again = Temperature().load_json(json.loads(json.dumps(model.to_json())))
    keys = pd.DataFrame(index=range(300))
    assert again.apply(predictions, keys).tobytes() == model.apply(predictions, keys).tobytes()
