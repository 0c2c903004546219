from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from core.calibration import Calibration
from core.context import FitContext, PredictContext
from core.estimators.restated import Calibrated, Restated, Uncorrected
from core.estimators.saving import load_estimator, save_estimator
from core.priors import class_shares, correct_prior, prior_weights

Array = npt.NDArray[np.float64]
#: Not in the order of the alphabet.
OUTPUTS = ("wren", "jay", "owl")
TARGET = np.array([0.2, 0.3, 0.5])


def example(n: int = 200, seed: int = 0) -> tuple[pd.Series, Array]:
    """Class names, and probabilities that see them dimly, columns as in `OUTPUTS`."""
    rng = np.random.default_rng(seed)
    codes = np.r_[0, 1, 2, rng.choice(3, n - 3, p=[0.7, 0.2, 0.1])]
    values = np.exp(rng.normal(size=(n, 3)) + 1.5 * np.eye(3)[codes])
    ids = [f"r{number}" for number in range(n)]
    return pd.Series(np.array(OUTPUTS)[codes], index=ids), values / values.sum(axis=1, keepdims=True)


def context_of(ids: pd.Index, predictions: Array, weight: Array | None = None, columns: object = OUTPUTS) -> FitContext:
    """Upstream predictions of the member "natural", columns in some order, beside those of another member."""
    frame = pd.DataFrame(predictions, index=ids, columns=list(OUTPUTS))[list(columns)]
    return FitContext(pd.DataFrame(index=ids), OUTPUTS, {"natural": frame, "other": 1 - frame}, score_weight=weight)


def fitted(kind: type[Restated], y: pd.Series, predictions: Array, weight: Array | None = None) -> Restated:
    return kind("natural").fit(pd.DataFrame(index=y.index), y, context_of(y.index, predictions, weight))


def restated(model: Restated, predictions: Array, columns: object = OUTPUTS) -> Array:
    ids = pd.Index([f"new{number}" for number in range(len(predictions))])
    given = context_of(ids, predictions, None, columns)
    context = PredictContext(given.keys, given.outputs, given.upstream)
    return model.predict_proba(pd.DataFrame(index=ids), context)


@pytest.mark.parametrize("weighted", [False, True])
def test_calibrated_equals_a_calibration_by_hand(weighted: bool):
    y, predictions = example()
    weight = prior_weights(y, OUTPUTS, TARGET).to_numpy() if weighted else None
    expected = Calibration.fit(predictions, pd.Index(OUTPUTS).get_indexer(y), weight)
    _, new = example(20, seed=1)
    model = fitted(Calibrated, y, predictions, weight)
    np.testing.assert_allclose(restated(model, new), expected.apply(new), atol=1e-6)
    assert model.classes_.tolist() == list(OUTPUTS)
    unweighted = restated(fitted(Calibrated, y, predictions), new)
    assert np.allclose(unweighted, expected.apply(new), atol=1e-3) != weighted


@pytest.mark.parametrize("kind", [Calibrated, Uncorrected])
def test_columns_are_found_by_name(kind: type[Restated]):
    y, predictions = example()
    _, new = example(20, seed=1)
    weight, order = prior_weights(y, OUTPUTS, TARGET).to_numpy(), ("owl", "wren", "jay")
    model = kind("natural").fit(pd.DataFrame(index=y.index), y, context_of(y.index, predictions, weight, columns=order))
    expected = restated(fitted(kind, y, predictions, weight), new)
    assert restated(model, new, columns=order).tobytes() == expected.tobytes()


@pytest.mark.parametrize("kind", [Calibrated, Uncorrected])
def test_only_the_source_is_read(kind: type[Restated]):
    y, predictions = example()
    weight = prior_weights(y, OUTPUTS, TARGET).to_numpy()
    expected = restated(fitted(kind, y, predictions, weight), predictions)
    other = kind("other").fit(pd.DataFrame(index=y.index), y, context_of(y.index, predictions, weight))
    assert not np.allclose(restated(other, predictions), expected)
    with pytest.raises(KeyError, match="missing"):
        kind("missing").fit(pd.DataFrame(index=y.index), y, context_of(y.index, predictions, weight))


@pytest.mark.parametrize("target", [TARGET, np.array([0.98, 0.01, 0.01])])
def test_uncorrected_takes_back_exactly_what_correction_did(target: Array):
    y, natural = example()
    corrected = correct_prior(natural, class_shares(y, OUTPUTS), target)
    model = fitted(Uncorrected, y, corrected, prior_weights(y, OUTPUTS, target).to_numpy())
    np.testing.assert_allclose(restated(model, corrected), natural, rtol=0, atol=1e-12)
    assert not np.allclose(corrected, natural, atol=0.05)


def test_uncorrected_changes_nothing_where_rows_count_alike():
    y, predictions = example()
    np.testing.assert_allclose(restated(fitted(Uncorrected, y, predictions), predictions), predictions, atol=1e-15)


def test_labels_that_are_numbers_are_matched_as_text():
    y, predictions = example()
    numbers = y.map({"wren": 7, "jay": 10, "owl": 9})
    frame = pd.DataFrame(predictions, index=y.index, columns=["7", "10", "9"])
    context = FitContext(pd.DataFrame(index=y.index), ("7", "10", "9"), {"natural": frame})
    model = Calibrated("natural").fit(pd.DataFrame(index=y.index), numbers, context)
    expected = fitted(Calibrated, y, predictions)
    assert model.calibration_.bias.tobytes() == expected.calibration_.bias.tobytes()


@pytest.mark.parametrize("kind", [Calibrated, Uncorrected])
def test_what_is_read_back_answers_the_same_bytes(kind: type[Restated], tmp_path: Path):
    y, predictions = example()
    model = fitted(kind, y, predictions, prior_weights(y, OUTPUTS, TARGET).to_numpy())
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    assert type(again) is kind
    assert again.get_params() == {"source": "natural"}
    assert again.classes_.tolist() == list(OUTPUTS)
    assert restated(again, predictions).tobytes() == restated(model, predictions).tobytes()
    save_estimator(again, tmp_path / "again")
    for name in ("state.json", "estimator.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()
    json.loads((tmp_path / "model" / "state.json").read_text())


@pytest.mark.parametrize("kind", [Calibrated, Uncorrected])
def test_answers_are_probabilities(kind: type[Restated]):
    y, predictions = example()
    certain = np.eye(3)[np.arange(6) % 3]
    model = fitted(kind, y, predictions, prior_weights(y, OUTPUTS, TARGET).to_numpy())
    answer = restated(model, certain)
    np.testing.assert_allclose(answer.sum(axis=1), 1)
    assert (answer.argmax(axis=1) == certain.argmax(axis=1)).all()
