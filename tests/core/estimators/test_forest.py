"""Forests: the library's own trees, smoothed, drawn from few rows where there are many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestRegressor

from core.context import FitContext
from core.estimators.encoding import TableEncoder
from core.estimators.forest import SLICE, ForestClassifier, ForestRegressor
from tests.core.estimators.tables import class_names, mixed_table, values


def test_values_are_those_of_the_library_fitted_in_one_go():
    X = mixed_table()
    matrix = TableEncoder().fit(X).transform(X)
    trees = 2 * SLICE + 3
    library = RandomForestRegressor(trees, max_features="sqrt", random_state=4).fit(matrix, values(X))
    model = ForestRegressor("random", n_estimators=trees, random_state=4).fit(X, values(X))
    np.testing.assert_allclose(model.predict(X), library.predict(matrix), rtol=1e-5, atol=1e-6)


def test_probabilities_are_those_of_the_library_and_one_tree_of_shares():
    X = mixed_table()
    y, matrix = class_names(X, 3), TableEncoder().fit(X).transform(X)
    library = ExtraTreesClassifier(20, max_features=0.5, random_state=4).fit(matrix, y)
    model = ForestClassifier("extra", n_estimators=20, max_features=0.5, random_state=4).fit(X, y)
    shares = y.value_counts(normalize=True).sort_index().to_numpy()
    expected = (20 * library.predict_proba(matrix) + shares) / 21
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["random", "extra"])
def test_few_rows_for_each_tree_make_small_trees(kind: Any):
    X = mixed_table(400)
    whole = ForestRegressor(kind, n_estimators=5).fit(X, values(X))
    drawn = ForestRegressor(kind, n_estimators=5, max_rows=40).fit(X, values(X))
    assert len(drawn.trees_.right) < len(whole.trees_.right) / 4


@pytest.mark.parametrize("kind", ["random", "extra"])
def test_more_rows_than_there_are_is_all_of_them(kind: Any):
    X = mixed_table(50)
    plain, bounded = (ForestRegressor(kind, 5, max_rows=rows).fit(X, values(X)).predict(X) for rows in (None, 1000))
    np.testing.assert_array_equal(plain, bounded)


def test_leaves_of_many_rows_are_smoother():
    X = mixed_table()
    fine, coarse = (ForestRegressor("extra", 10, min_samples_leaf=leaf).fit(X, values(X)) for leaf in (1, 60))
    assert coarse.predict(X).std() < fine.predict(X).std()


def test_threads_change_no_byte():
    X = mixed_table()
    y = class_names(X, 3)
    one, two = (
        ForestClassifier("random", 30).fit(X, y, context=FitContext(keys=X[[]], outputs=(), threads=threads))
        for threads in (1, 2)
    )
    assert one.predict_proba(X).tobytes() == two.predict_proba(X).tobytes()


def test_numbers_too_large_for_single_precision_keep_their_order():
    X = pd.DataFrame({"huge": [1e300, -1e300] * 30})
    y = pd.Series(np.tile([1.0, 0.0], 30))
    model = ForestRegressor("random", 10).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y, atol=0.01)
