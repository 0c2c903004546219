"""Mixed tables become matrices in which a rare, missing or unseen name is nothing."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from core.estimators.dense_encoder import MOST, DenseEncoder
from tests.core.estimators.tables import mixed_table


def test_every_cell_is_finite_and_json_keeps_all_of_it():
    X, new = mixed_table(), mixed_table(seed=1)
    encoder = DenseEncoder().fit(X)
    matrix = encoder.transform(new)
    assert np.isfinite(matrix).all()
    again = DenseEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again.transform(new).tobytes() == matrix.tobytes()


def test_names_that_differ_are_one_apart():
    X = pd.DataFrame({"colour": ["red", "blue"] * 5})
    red, blue = DenseEncoder().fit(X).transform(X[:2])
    np.testing.assert_allclose(np.linalg.norm(red - blue), 1)


def test_rare_missing_and_unseen_names_are_all_zero():
    X = pd.DataFrame({"colour": ["red"] * 9 + ["blue"] * 9 + ["grey"]})
    new = pd.DataFrame({"colour": ["grey", None, "violet", "red"]})
    matrix = DenseEncoder().fit(X).transform(new)
    assert matrix.shape == (4, 2)
    assert not matrix[:3].any()
    assert matrix[3].any()


def test_only_the_commonest_names_get_a_column():
    names = [f"name {number}" for number in range(3 * MOST) for _ in range(5 + (number < MOST))]
    encoder = DenseEncoder().fit(pd.DataFrame({"name": names}))
    matrix = encoder.transform(pd.DataFrame({"name": sorted(set(names))}))
    assert matrix.shape == (3 * MOST, MOST)
    assert (matrix > 0).sum() == MOST


def test_a_table_of_names_alone_and_one_of_numbers_alone():
    X = mixed_table()
    assert DenseEncoder().fit(X[["colour"]]).transform(X[["colour"]]).shape == (len(X), 3)
    assert DenseEncoder().fit(X[["flag"]]).transform(X[["flag"]]).shape == (len(X), 1)


def test_a_column_without_any_name_adds_nothing():
    X = pd.DataFrame({"a": [1.0, 2.0], "empty": pd.Series([None, None], dtype=object)})
    assert DenseEncoder().fit(X).transform(X).shape == (2, 1)
