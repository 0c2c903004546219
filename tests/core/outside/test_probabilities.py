"""Probabilities, and what is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from core.outside.probabilities import probabilities_of
from core.outside.sheet import Sheet


def of(values, outputs=("a", "b", "c"), columns=None, one_class=True):
    values = np.asarray(values, dtype=float)
    columns = columns or outputs[: values.shape[1]]
    sheet = Sheet(Path("oof.csv"), pd.RangeIndex(len(values)).map(str), tuple(columns), values)
    return probabilities_of(sheet, outputs, one_class=one_class)


@given(st.lists(st.tuples(*[st.floats(0.001, 1)] * 3), min_size=2, max_size=9), st.floats(-1e-3, 1e-3))
def test_rows_near_one_are_rescaled(rows, off):
    values = np.array(rows) / np.array(rows).sum(axis=1, keepdims=True)
    found = of(values * (1 + off))
    assert found == pytest.approx(values, abs=1e-12)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-15)


def test_the_edge_of_what_is_rescaled_is_accepted():
    assert of(np.array([[0.9, 0.099, 0.0], [0.9, 0.101, 0.0]])).sum(axis=1) == pytest.approx(1)
    with pytest.raises(Refusal, match="sum to"):
        of(np.array([[0.9, 0.0989, 0.0]]))


@given(st.lists(st.tuples(*[st.floats(0.2, 1)] * 3), min_size=2, max_size=9), st.floats(1.01e-3, 0.3))
def test_rows_that_are_off_by_more_are_refused_on_either_side(rows, off):
    values = np.array(rows) / np.array(rows).sum(axis=1, keepdims=True)
    for total in (1 + off, 1 - off):
        with pytest.raises(Refusal, match="sum to"):
            of(values * total)


def test_rounding_of_single_precision_is_no_fault():
    found = of([[1.0000001, -1e-7, 0.0], [0.5, 0.25, 0.25]])
    assert ((found >= 0) & (found <= 1)).all()


def test_one_column_of_two_classes_is_the_second_unless_it_is_named_after_the_first():
    assert of([[0.2], [0.9]], ("no", "yes"), ["p"]).tolist() == [[1 - 0.2, 0.2], [1 - 0.9, 0.9]]
    assert of([[0.2], [0.9]], ("no", "yes"), ["no"])[:, 0].tolist() == [0.2, 0.9]


def test_labels_of_several_kinds_need_not_sum_to_one():
    values = [[0.9, 0.8, 0.7], [0.1, 0.1, 0.1]]
    assert of(values, one_class=False).tolist() == values


@pytest.mark.parametrize(
    ("values", "said", "way_out"),
    [
        ([[1, 0, 0], [0, 1, 0]], "row 2, column 'a': every value is 0 or 1: labels", "predict_proba"),
        ([[20, 30, 50], [1, 1, 98]], "row 2, column 'a': 20 is no probability .*percent", "divide by 100"),
        ([[0.2, 0.3, 0.5], [0.2, 1.4, 0.1]], "row 3, column 'b': 1.4 is no probability", "write probabilities"),
        ([[-1.0, 2.0, 0.3], [0.2, 1.4, 0.1]], "row 2, column 'a': -1 is no probability .*logits", "softmax"),
        (np.log([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]), "look like logarithms", "numpy.exp"),
        ([[1000, 1, 2], [3, 2, 1]], "look like class labels", "predict_proba"),
        ([[0.2, 0.3, 0.5], [0.2, 0.3, 0.2]], "row 3: the probabilities of 3 classes sum to 0.7 .1 such", "divide each"),
    ],
)
def test_what_is_no_probability_is_named(values, said, way_out):
    with pytest.raises(Refusal, match=said) as caught:
        of(values)
    assert way_out in caught.value.way_out


@pytest.mark.parametrize(
    ("values", "said"), [([[-2.0], [3.0]], "expit"), ([[20.0], [90.0]], "100"), ([[0.0], [1.0]], "predict_proba")]
)
def test_a_single_column_is_named_too(values, said):
    with pytest.raises(Refusal) as caught:
        of(values, ("no", "yes"), ["p"])
    assert said in caught.value.way_out


def test_one_row_of_ones_and_noughts_may_be_certain():
    assert of([[1, 0, 0]]).tolist() == [[1, 0, 0]]
