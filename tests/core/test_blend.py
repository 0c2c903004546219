from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blend import Blend, scaled, weighted_sum

Array = npt.NDArray[np.float64]
KEYS = pd.DataFrame({"event": ["b", "a", "b", "a", "a"]})
#: Few distinct values, so that ties are common.
numbers = st.sampled_from([0.0, 0.25, 0.5, 1.0, -3.0])


def plain_ranks(column: list[float], groups: list[str]) -> list[float]:
    """By definition: the share of the group that lies below, and half of what is tied, itself included."""
    ranks = []
    for value, group in zip(column, groups, strict=True):
        rivals = [other for other, name in zip(column, groups, strict=True) if name == group]
        below = sum(other < value for other in rivals)
        tied = sum(other == value for other in rivals)
        ranks.append((below + tied / 2) / len(rivals))
    return ranks


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.tuples(numbers, numbers, st.sampled_from("abc")), min_size=1, max_size=12), grouped=st.booleans()
)
def test_ranks_equal_their_definition(rows: list[tuple[float, float, str]], grouped: bool):
    predictions = np.array([row[:2] for row in rows])
    names = [row[2] if grouped else "all" for row in rows]
    ranks = scaled(predictions, "ranks", pd.Series(names) if grouped else None)
    for column in range(2):
        np.testing.assert_allclose(ranks[:, column], plain_ranks(list(predictions[:, column]), names))


def test_values_stay_as_they_are():
    predictions = np.array([[0.3], [np.nan]])
    np.testing.assert_array_equal(scaled(predictions, "values"), predictions)


def test_ranks_do_not_read_the_scale_of_the_predictions():
    predictions = np.random.default_rng(0).random((20, 2))
    np.testing.assert_array_equal(scaled(predictions, "ranks"), scaled(np.exp(9 * predictions), "ranks"))


def test_missing_predictions_have_no_rank_and_do_not_disturb_the_others():
    predictions = np.array([[0.5, np.nan], [np.nan, np.nan], [0.1, 2.0], [0.5, np.nan]])
    ranks = scaled(predictions, "ranks")
    np.testing.assert_array_equal(np.isnan(ranks), np.isnan(predictions))
    np.testing.assert_allclose(ranks[[0, 2, 3], 0], [4 / 6, 1 / 6, 4 / 6])
    assert ranks[2, 1] == 1 / 2


#: Of which 1 - p is exact, so that ties stay ties; some are missing.
shares = st.integers(0, 16).map(lambda number: number / 16) | st.just(np.nan)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(shares, st.sampled_from("abc")), min_size=1, max_size=12), grouped=st.booleans())
def test_ranks_of_p_and_of_its_complement_sum_to_one(rows: list[tuple[float, str]], grouped: bool):
    p = np.array([[row[0]] for row in rows])
    groups = pd.Series([row[1] for row in rows]) if grouped else None
    ranks, others = scaled(p, "ranks", groups), scaled(1 - p, "ranks", groups)
    known = np.isfinite(p)
    np.testing.assert_array_equal(np.isfinite(ranks), known)
    np.testing.assert_allclose((ranks + others)[known], 1.0, rtol=0, atol=1e-12)
    assert ((ranks[known] > 0) & (ranks[known] < 1)).all()


def test_blended_ranks_of_two_classes_sum_to_one():
    rng = np.random.default_rng(4)
    first, second = rng.random((2, 5))
    predictions = {"a": np.column_stack([first, 1 - first]), "b": np.column_stack([second, 1 - second])}
    for per in (None, "event"):
        blended = Blend("rank mean", {"a": 0.3, "b": 0.7}, "ranks", per).apply(predictions, KEYS)
        np.testing.assert_allclose(blended.sum(axis=1), 1.0)


@pytest.mark.parametrize("groups", [None, pd.Series([], dtype=object)])
def test_no_rows_have_no_ranks(groups: pd.Series | None):
    assert scaled(np.empty((0, 2)), "ranks", groups).shape == (0, 2)


@pytest.mark.parametrize("per", [None, "event"])
@pytest.mark.parametrize("scale", ["values", "ranks"])
def test_apply_is_the_weighted_mean(scale: str, per: str | None):
    rng = np.random.default_rng(1)
    predictions = {name: rng.random((5, 2)) for name in ("first", "second", "unused")}
    blend = Blend("greedy", {"second": 0.25, "first": 0.75}, scale, per if scale == "ranks" else None)
    blended = blend.apply(predictions, KEYS)
    groups = list(KEYS["event"]) if per else ["all"] * 5
    for column in range(2):
        parts = {name: list(values[:, column]) for name, values in predictions.items()}
        if scale == "ranks":
            parts = {name: plain_ranks(values, groups) for name, values in parts.items()}
        expected = 0.75 * np.array(parts["first"]) + 0.25 * np.array(parts["second"])
        np.testing.assert_allclose(blended[:, column], expected)


def test_ranks_inside_groups_do_not_see_other_groups():
    predictions = np.array([[1.0], [5.0], [2.0], [7.0], [6.0]])
    blend = Blend("rank mean", {"only": 1.0}, "ranks", "event")
    raised = predictions + np.where(KEYS["event"] == "b", 100.0, 0.0)[:, None]
    np.testing.assert_array_equal(blend.apply({"only": predictions}, KEYS), blend.apply({"only": raised}, KEYS))
    np.testing.assert_allclose(blend.apply({"only": predictions}, KEYS)[:, 0], [1 / 4, 1 / 6, 3 / 4, 5 / 6, 1 / 2])


def test_the_order_in_which_weights_are_listed_changes_no_byte():
    rng = np.random.default_rng(2)
    names = [f"member {number}" for number in range(6)]
    members = {name: rng.normal(size=(50, 3)) for name in names}
    weights = dict(zip(names, rng.dirichlet(np.ones(6)), strict=True))
    turned = {name: weights[name] for name in reversed(names)}
    assert weighted_sum(members, weights).tobytes() == weighted_sum(members, turned).tobytes()


def test_apply_leaves_the_predictions_alone():
    predictions = {"only": np.array([[0.2], [0.1]])}
    Blend("single", {"only": 1.0}).apply(predictions, KEYS.iloc[:2])[:] = 9
    np.testing.assert_array_equal(predictions["only"], [[0.2], [0.1]])


@pytest.mark.parametrize(
    "blend",
    [Blend("single", {"a": 1.0}), Blend("rank greedy", {"a": 1 / 3, "b": 2 / 3}, "ranks", "event")],
)
def test_json_keeps_a_blend(blend: Blend):
    again = Blend.from_json(json.loads(json.dumps(blend.to_json())))
    assert again == blend
    predictions = {name: np.random.default_rng(3).random((5, 1)) for name in ("a", "b")}
    assert again.apply(predictions, KEYS).tobytes() == blend.apply(predictions, KEYS).tobytes()


# On the scale of logarithms


def three_classes(rows: int = 5) -> dict[str, Array]:
    rng = np.random.default_rng(5)
    return {name: rng.dirichlet(np.ones(3), rows) for name in ("a", "b")}


POOL = Blend("log-linear", {"b": 1.4, "a": 0.3}, "logs", bias=(0.0, 0.5, -1.0))


def test_logarithms_add_up_and_become_probabilities_again():
    members = three_classes()
    blended = POOL.apply(members, KEYS)
    by_hand = members["a"] ** 0.3 * members["b"] ** 1.4 * np.exp([0.0, 0.5, -1.0])
    np.testing.assert_allclose(blended, by_hand / by_hand.sum(axis=1, keepdims=True), rtol=1e-9)


def test_a_member_of_weight_one_without_bias_stays_as_it_is():
    members = three_classes()
    blended = Blend("log-linear", {"a": 1.0}, "logs", bias=(0.0, 0.0, 0.0)).apply(members, KEYS)
    np.testing.assert_allclose(blended, members["a"], rtol=1e-12)


def test_no_weight_at_all_leaves_the_bias():
    blended = Blend("log-linear", {"a": 0.0}, "logs", bias=(0.0, float(np.log(3)), 0.0)).apply(three_classes(), KEYS)
    np.testing.assert_allclose(blended, np.tile([0.2, 0.6, 0.2], (5, 1)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=6),
    weight=st.floats(0, 2),
    bias=st.floats(-5, 5),
)
def test_pools_are_probabilities_whatever_is_certain(rows: list[list[float]], weight: float, bias: float):
    members = {"a": np.array(rows), "b": np.eye(3)[np.arange(len(rows)) % 3]}
    blend = Blend("log-linear", {"a": weight, "b": 2 - weight}, "logs", bias=(0.0, bias, 0.0))
    blended = blend.apply(members, KEYS)
    np.testing.assert_allclose(blended.sum(axis=1), 1)
    assert (blended > 0).all()


def test_what_is_missing_stays_missing_in_a_pool():
    members = three_classes()
    members["a"][2] = np.nan
    assert np.isnan(POOL.apply(members, KEYS)).all(axis=1).tolist() == [False, False, True, False, False]


def test_a_pool_is_applied_to_each_row_alone():
    members = three_classes(40)
    whole = POOL.apply(members, KEYS)
    part = POOL.apply({name: values[7:9] for name, values in members.items()}, KEYS)
    assert part.tobytes() == whole[7:9].tobytes()


def test_the_order_in_which_members_are_listed_changes_no_byte_of_a_pool():
    members = three_classes(50)
    turned = Blend(POOL.method, dict(reversed(POOL.weights.items())), "logs", bias=POOL.bias)
    assert turned.apply(members, KEYS).tobytes() == POOL.apply(members, KEYS).tobytes()


def test_json_keeps_a_pool():
    again = Blend.from_json(json.loads(json.dumps(POOL.to_json())))
    assert again == POOL
    assert again.apply(three_classes(), KEYS).tobytes() == POOL.apply(three_classes(), KEYS).tobytes()


def test_a_blend_of_a_run_before_there_were_biases_is_read():
    state = {"method": "mean", "weights": {"a": 0.5, "b": 0.5}, "scale": "values", "per": None}
    assert Blend.from_json(state) == Blend("mean", {"a": 0.5, "b": 0.5})


# With a bias, by regime, and less a member


def test_a_bias_is_added_to_values():
    members = {name: np.random.default_rng(6).normal(size=(5, 2)) for name in "ab"}
    blend = Blend("stacking", {"a": 0.3, "b": 0.4}, bias=(1.0, -2.0))
    np.testing.assert_allclose(blend.apply(members, KEYS), 0.3 * members["a"] + 0.4 * members["b"] + [1.0, -2.0])
    assert Blend.from_json(json.loads(json.dumps(blend.to_json()))) == blend


BY_EVENT = Blend(
    "by regime",
    {"a": 1.0, "b": 0.0},
    regime="event",
    regimes={"a": Blend("stacking", {"b": 2.0}, bias=(1.0,)), "z": Blend("stacking", {"a": 9.0})},
)


def test_rows_of_a_regime_have_its_blend_and_others_that_of_all():
    members = {"a": np.arange(5.0)[:, None], "b": np.arange(5.0)[:, None] * 10}
    assert BY_EVENT.apply(members, KEYS)[:, 0].tolist() == [0.0, 21.0, 2.0, 61.0, 81.0]
    assert members["a"][:, 0].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("values", [[1, 2, 1], [True, False, True], ["1", "2", "1"]])
def test_regimes_are_named_as_text(values: list):
    names = [str(value) for value in values]
    blend = Blend("by regime", {"a": 1.0}, regime="k", regimes={names[1]: Blend("stacking", {"a": 5.0})})
    found = blend.apply({"a": np.ones((3, 1))}, pd.DataFrame({"k": values}))
    assert found[:, 0].tolist() == [1.0, 5.0, 1.0]


def test_a_missing_regime_is_none_of_them():
    blend = Blend(
        "by regime", {"a": 1.0}, regime="k", regimes={"None": Blend("x", {"a": 5.0}), "nan": Blend("x", {"a": 5.0})}
    )
    found = blend.apply({"a": np.ones((2, 1))}, pd.DataFrame({"k": pd.Series([None, np.nan], dtype=object)}))
    assert found[:, 0].tolist() == [1.0, 1.0]


def test_json_keeps_regimes_and_is_as_before_without_them():
    again = Blend.from_json(json.loads(json.dumps(BY_EVENT.to_json())))
    assert again == BY_EVENT
    assert set(Blend("mean", {"a": 1.0}).to_json()) == {"method", "weights", "scale", "per", "bias"}


def test_a_regime_is_applied_to_each_row_alone():
    members = {name: np.random.default_rng(7).normal(size=(5, 1)) for name in "ab"}
    whole = BY_EVENT.apply(members, KEYS)
    part = BY_EVENT.apply({name: values[1:3] for name, values in members.items()}, KEYS.iloc[1:3])
    assert part.tobytes() == whole[1:3].tobytes()


@pytest.mark.parametrize("weights", [{"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 1.4, "b": 0.3, "c": 0.1}])
def test_without_a_member_the_others_have_its_weight(weights: dict[str, float]):
    blend = Blend("log-linear", weights, "logs", bias=(0.0, 0.1))
    rest = blend.without("a")
    assert sum(rest.weights.values()) == pytest.approx(sum(weights.values()))
    assert rest.weights["b"] / rest.weights["c"] == pytest.approx(weights["b"] / weights["c"])
    assert (rest.method, rest.scale, rest.bias) == (blend.method, blend.scale, blend.bias)
    assert blend.without("d") is blend


@pytest.mark.parametrize("weights", [{"a": 1.0}, {"a": 1.0, "b": 0.0}, {"a": 0.0}])
def test_without_the_only_member_nothing_is_left(weights: dict[str, float]):
    assert Blend("mean", weights).without("a") is None


def test_regimes_go_without_the_member_too_and_one_of_it_alone_has_the_blend_of_all():
    blend = Blend(
        "by regime",
        {"a": 0.5, "b": 0.5},
        regime="event",
        regimes={"a": Blend("stacking", {"b": 1.0}), "b": Blend("stacking", {"a": 0.2, "b": 0.6})},
    )
    rest = blend.without("b")
    assert rest.weights == {"a": 1.0}
    assert {value: inside.weights for value, inside in rest.regimes.items()} == {"b": pytest.approx({"a": 0.8})}
