"""Blend, then decide, then finish."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.answer import answer
from core.blend import Blend
from core.decision import Decision
from core.submission import Layout, ValueRules
from core.table import Table
from tests.support.small import Small

IDS = pd.Index(["b", "a"], name="id")


class Doubling(Decision):
    """Twice the value at place p, the value itself elsewhere."""

    def fit(self, predictions, truth, weight, keys):
        return self

    def apply(self, predictions, keys):
        return predictions * np.where(keys["place"] == "p", 2.0, 1.0)[:, None]

    def to_json(self):
        return {}

    def load_json(self, state):
        return self


class Flooring(Small):
    def finish(self, predictions, test, layout):
        return super().finish(np.floor(predictions), test, layout)


def answered(decision=None, competition=None):
    keys = pd.DataFrame({"place": ["p", "q"]}, index=IDS)
    test = Table(X=pd.DataFrame({"x": [0, 0]}, index=IDS), keys=keys)
    predictions = {"one": np.array([[1.0], [2.0]]), "two": np.array([[2.0], [5.0]])}
    blend = Blend("greedy", {"one": 0.5, "two": 0.5})
    layout = Layout(("id", "y"), ("id",), IDS, ValueRules())
    return answer(competition or Small(), predictions, test, blend, decision, ["y"], layout)


def test_predictions_are_blended_and_named_by_id():
    assert answered().to_dict("list") == {"id": ["b", "a"], "y": [1.5, 3.5]}


def test_a_decision_comes_after_the_blend_and_knows_the_keys():
    assert answered(Doubling())["y"].tolist() == [3.0, 3.5]


def test_the_competition_finishes_what_was_decided():
    assert answered(Doubling(), Flooring())["y"].tolist() == [3.0, 3.0]
    assert answered(None, Flooring())["y"].tolist() == [1.0, 3.0]
