"""Packed trees answer as scikit-learn's own do, from a fifth of the space, whatever the threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier

from core.estimators.packed_trees import PackedTrees


def problem(rows: int = 300) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 4)).astype(np.float32)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, (np.nan_to_num(X[:, 0]) + rng.normal(size=rows) > 0) + (np.nan_to_num(X[:, 1]) > 1)


def packed(forest: Any) -> PackedTrees:
    return PackedTrees.of([tree.tree_ for tree in forest.estimators_])


def test_classes_get_the_probabilities_of_the_library():
    X, y = problem()
    forest = RandomForestClassifier(7, random_state=0).fit(X, y)
    np.testing.assert_allclose(packed(forest).mean(X), forest.predict_proba(X), rtol=1e-6, atol=1e-7)


def test_values_are_those_of_the_library():
    X, y = problem()
    forest = ExtraTreesRegressor(7, min_samples_leaf=3, random_state=0).fit(X, y)
    np.testing.assert_allclose(packed(forest).mean(X)[:, 0], forest.predict(X), rtol=1e-6)


def test_threads_change_no_byte():
    X, y = problem()
    trees = packed(RandomForestClassifier(21, random_state=0).fit(X, y))
    assert trees.mean(X, threads=1).tobytes() == trees.mean(X, threads=4).tobytes()


def test_a_saved_forest_answers_with_the_same_bytes(tmp_path: Path):
    X, y = problem()
    trees = packed(RandomForestClassifier(5, random_state=0).fit(X, y))
    trees.save(tmp_path / "trees.npz")
    assert PackedTrees.load(tmp_path / "trees.npz").mean(X).tobytes() == trees.mean(X).tobytes()


def test_it_is_less_than_a_third_of_the_trees_it_was_made_of(tmp_path: Path):
    X, y = problem(2000)
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    packed(forest).save(tmp_path / "trees.npz")
    states = [tree.tree_.__getstate__() for tree in forest.estimators_]
    own = sum(state["nodes"].nbytes + state["values"].nbytes for state in states)
    assert (tmp_path / "trees.npz").stat().st_size < own / 3


def test_a_single_leaf_is_a_tree_too():
    X, y = problem()
    forest = RandomForestClassifier(2, min_samples_leaf=len(X), random_state=0).fit(X, y)
    np.testing.assert_allclose(packed(forest).mean(X[:3]), forest.predict_proba(X[:3]), rtol=1e-6)


def test_trees_that_did_not_grow_depth_first_are_refused():
    X, y = problem()
    forest = RandomForestClassifier(2, max_leaf_nodes=9, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="depth first"):
        packed(forest)
