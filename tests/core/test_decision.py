"""A decision is fitted after the blend, on folds that it is not scored on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from core.decision import Decision
from core.ensembling import Ensemble, ensemble
from core.folds import Fold, Folds
from core.metrics import LOG_LOSS
from core.objective import Judge
from core.temperature import Temperature
from tests.core.watching import Watching

Array = npt.NDArray[np.float64]
N = 240
NOTHING = np.empty(0, dtype=np.intp)
KEYS = pd.DataFrame({"time": np.arange(N)}, index=[f"r{i}" for i in range(N)])
#: Rows of every fold; they interleave, so that positions and order are told apart.
ROWS = [np.arange(k, N, 3) for k in range(3)]


def scheme(forward: bool = False) -> Folds:
    folds = tuple(Fold(str(k), NOTHING, rows, NOTHING) for k, rows in enumerate(ROWS))
    return Folds("interleaved", folds, "nothing", ordered="time" if forward else None, forward_only=forward)


def too_sharp(sharpness: float = 3.0) -> tuple[Array, Judge]:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(N, 3))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (honest.cumsum(axis=1) < rng.random((N, 1))).sum(axis=1)
    sharp = honest**sharpness
    return sharp / sharp.sum(axis=1, keepdims=True), Judge(LOG_LOSS, truth, rng.uniform(0.5, 2, N))


def joined(decision: object, *, fitted: tuple[int, ...] = (0, 1, 2), forward: bool = False) -> Ensemble:
    predictions, judge = too_sharp()
    return ensemble({"only": predictions}, judge, scheme(forward), KEYS, fitted=fitted, decision=decision)


def test_the_nested_score_is_that_of_temperatures_fitted_on_the_other_folds():
    predictions, judge = too_sharp()
    result = joined(Temperature)
    expected = []
    for fold, rows in enumerate(ROWS):
        others = np.concatenate([ROWS[k] for k in range(3) if k != fold])
        fitted = Temperature().fit(predictions[others], judge.truth[others], judge.weight[others], KEYS.iloc[others])
        expected.append(judge.score(fitted.apply(predictions[rows], KEYS.iloc[rows]), rows))
    np.testing.assert_allclose(result.nested.folds, expected)


def test_the_saved_decision_is_fitted_on_all_scored_rows():
    predictions, judge = too_sharp()
    result = joined(Temperature)
    fitted = Temperature().fit(predictions, judge.truth, judge.weight, KEYS)
    assert isinstance(result.decision, Temperature)
    assert result.decision.temperature == pytest.approx(fitted.temperature, rel=1e-4)
    assert result.decision.temperature > 1.5
    rows = np.arange(N)
    assert result.selection == pytest.approx(judge.score(result.decision.apply(predictions, KEYS), rows))
    assert result.selection < judge.score(predictions, rows)


def test_a_decision_sees_the_rows_of_the_other_folds_and_each_with_its_own_truth_and_weight():
    predictions, judge = too_sharp()
    watching = Watching()
    joined(watching.another)
    expected = [np.concatenate([ROWS[k] for k in range(3) if k != fold]) for fold in range(3)]
    expected.append(np.concatenate(ROWS))
    assert len(watching.fits) == 4
    for seen, rows in zip(watching.fits, expected, strict=True):
        assert seen["ids"] == KEYS.index[rows].tolist()
        np.testing.assert_array_equal(seen["predictions"], predictions[rows])
        np.testing.assert_array_equal(seen["truth"], judge.truth[rows])
        np.testing.assert_array_equal(seen["weight"], judge.weight[rows])
    for ids, rows in zip(watching.applied_to, [*ROWS, np.concatenate(ROWS)], strict=True):
        assert ids == KEYS.index[rows].tolist()


def test_a_forward_decision_sees_earlier_folds_only():
    watching = Watching()
    joined(watching.another, forward=True)
    expected = [ROWS[0], np.concatenate(ROWS[:2]), np.concatenate(ROWS)]
    assert [seen["ids"] for seen in watching.fits] == [KEYS.index[rows].tolist() for rows in expected]


def test_folds_that_were_not_fitted_are_never_seen():
    watching = Watching()
    joined(watching.another, fitted=(0, 2))
    seen = {name for fit in watching.fits for name in fit["ids"]}
    assert seen == set(KEYS.index[np.concatenate([ROWS[0], ROWS[2]])])


def test_every_fit_gets_a_new_decision():
    made: list[Temperature] = []

    def make() -> Temperature:
        made.append(Temperature())
        return made[-1]

    result = joined(make)
    assert result.decision is made[-1]
    assert len({decision.temperature for decision in made}) == len(made) == 4


def test_without_a_decision_nothing_is_decided():
    predictions, judge = too_sharp()
    result = joined(lambda: None)
    assert result.decision is None
    assert result.nested.folds == tuple(judge.score(predictions[rows], rows) for rows in ROWS)


def test_a_decision_must_say_all_four_things():
    class Half(Decision):
        def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
            return predictions

    with pytest.raises(TypeError, match="abstract"):
        Half()  # type: ignore[abstract]
