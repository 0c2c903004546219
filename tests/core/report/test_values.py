from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from core.report.evidence import Evidence
from core.report.values import TENTHS, of_order, of_values, tenths
from tests.core.report.runs import a_run, tables


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_tenths_rise_and_equal_values_stay_together(values):
    array = np.array(values)
    found = tenths(array)
    assert found.min() == 0
    assert found.max() < TENTHS
    order = np.argsort(array, kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    for value in set(values):
        assert len(set(found[array == value])) == 1
    if len(set(values)) == len(values):
        sizes = np.bincount(found, minlength=TENTHS)
        assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize(("task", "outputs"), [("value", ("price",)), ("values", ("x", "y"))])
def test_errors_of_each_output(task, outputs, tmp_path):
    found = Evidence(a_run(tmp_path, task, outputs=outputs, weighted=True))
    rows = found.judged
    truth, predicted, weight = found.truth.reshape(90, -1)[rows], found.blended[rows], found.weight[rows]
    body = of_values(found)
    assert body.count("<figure") == 3 * len(outputs)
    lines = tables(body)[0][1:]
    for k, (name, rmse, mae, _, r2) in enumerate(lines):
        pair = truth[:, k], predicted[:, k]
        assert name == outputs[k]
        assert rmse == f"{root_mean_squared_error(*pair, sample_weight=weight):.5g}"
        assert mae == f"{mean_absolute_error(*pair, sample_weight=weight):.5g}"
        assert float(r2.replace("−", "-")) == pytest.approx(r2_score(*pair, sample_weight=weight), rel=1e-3)


def constant(tmp_path, truth):
    run = a_run(tmp_path, "value", outputs=("y",), rows=6, parts=2)
    for name in ("folds", *(f"predictions/member-{k}" for k in range(3))):
        with np.load(tmp_path / f"{name}.npz") as arrays:
            kept = {key: np.full_like(a, 3.0) if key.startswith("out") else a for key, a in arrays.items()}
        if name == "folds":
            kept["truth"] = np.array(truth, dtype=float)
        np.savez(tmp_path / f"{name}.npz", **kept)
    return Evidence(run)


@pytest.mark.parametrize("truth", [[3] * 6, [7] * 6, [1, 2, 3, 4, 5, 6]])
def test_a_constant_answer_is_drawn_too(truth, tmp_path):
    found = constant(tmp_path, truth)
    body = of_values(found)
    assert body.count("<figure") == 3
    assert (tables(body)[0][1][4] == "–") == (len(set(truth)) == 1)


def test_a_constant_order_is_one_point(tmp_path):
    assert "mean truth" in of_order(constant(tmp_path, [1, 2, 3, 4, 5, 6]))
