"""Packed trees answer as scikit-learn's own do, from a fifth of the space, whatever the threads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


SOUND = packed(RandomForestClassifier(3, max_depth=4, random_state=0).fit(*problem(80)))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["starts", "right", "feature"]), st.data())
def test_no_damaged_index_is_followed(tmp_path_factory, name: str, data: st.DataObject):
    """What is read either leads from each node to a leaf, in so many steps as there are nodes, or is refused."""
    values = getattr(SOUND, name).copy()
    values[data.draw(st.integers(0, len(values) - 1))] = data.draw(st.integers(-9, len(SOUND.right) + 9))
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    replace(SOUND, **{name: values}).save(path)
    try:
        found = PackedTrees.load(path)
    except ValueError:
        return
    for start, end in zip(found.starts[:-1], found.starts[1:], strict=True):
        right = found.right[start:end]
        for place, child in enumerate(right):
            assert child < 0 or place < place + 1 < child < len(right)
    assert found.mean(problem(20)[0]).shape == (20, SOUND.leaves.shape[1])


@pytest.mark.parametrize("name", ["right", "feature", "threshold", "missing_left", "leaves", "starts"])
def test_arrays_that_were_cut_off_are_refused(tmp_path: Path, name: str):
    replace(SOUND, **{name: getattr(SOUND, name)[:-1]}).save(tmp_path / "cut.npz")
    with pytest.raises(ValueError, match="forest"):
        PackedTrees.load(tmp_path / "cut.npz")
