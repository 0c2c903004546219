from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from core.priors import class_shares
from core.resampling import SmoteToPrior, thinned_to, undersample
from tests.core.estimators.tables import mixed_table

QUICK = settings(max_examples=20, deadline=None, derandomize=True)
EVEN = {"rare": 0.5, "many": 0.5}


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[str], dict[str, float]]:
    """Labels of 2 to 4 classes and a prior in an order of its own, from even to very rare."""
    counts = draw(st.lists(st.integers(1, 60), min_size=2, max_size=4))
    names = draw(st.permutations([f"class {number}" for number in range(len(counts))]))
    labels = np.random.default_rng(len(counts)).permutation(np.repeat(names, counts)).tolist()
    shares = draw(st.lists(st.floats(1e-3, 1), min_size=len(counts), max_size=len(counts)))
    return labels, dict(zip(sorted(names), shares, strict=True))


def numbers(counts: dict[str, int], columns: int = 3, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Complete columns on very different scales, and labels in no order."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(list(counts), list(counts.values())))
    values = rng.normal(size=(len(labels), columns)) * 10.0 ** np.arange(columns)
    return pd.DataFrame(values, columns=list("abcdefgh"[:columns])), pd.Series(labels, dtype=object)


def standardised(X: pd.DataFrame) -> pd.DataFrame:
    return (X - X.mean()) / X.std(ddof=0)


# Thinning


@QUICK
@given(problems())
def test_thinned_classes_have_the_target_prior_and_the_scarcest_is_whole(problem: tuple[list[str], dict[str, float]]):
    labels, prior = problem
    counts, kept = Counter(labels), thinned_to(prior)(labels)
    assert kept.keys() == counts.keys()
    assert all(1 <= kept[name] <= counts[name] for name in counts)
    size, scarcest = min((counts[name] / prior[name], name) for name in counts)
    assert kept[scarcest] == counts[scarcest]
    for name, share in prior.items():
        assert abs(kept[name] - max(1, size * share)) <= 0.5 + 1e-9


@QUICK
@given(problems(), st.floats(0.01, 100))
def test_the_prior_is_read_by_name_whatever_its_order_and_scale(
    problem: tuple[list[str], dict[str, float]], scale: float
):
    labels, prior = problem
    turned = pd.Series({name: share * 2.0 ** round(np.log2(scale)) for name, share in reversed(prior.items())})
    assert thinned_to(turned)(labels[::-1]) == thinned_to(prior)(labels)


@QUICK
@given(problems(), st.integers(0, 5))
def test_undersampling_draws_as_many_rows_as_are_to_be_kept(problem: tuple[list[str], dict[str, float]], seed: int):
    labels, prior = problem
    rows = undersample(pd.Series(labels), prior, seed)
    assert (np.diff(rows) > 0).all()
    assert Counter(np.array(labels)[rows].tolist()) == Counter(thinned_to(prior)(labels))
    assert rows.tolist() == undersample(pd.Series(labels, index=[7] * len(labels)), prior, seed).tolist()


def test_undersampling_chooses_at_random_within_a_class():
    labels = pd.Series(["a"] * 100 + ["b"] * 20)
    drawn = [undersample(labels, {"b": 0.5, "a": 0.5}, seed) for seed in range(3)]
    assert len({rows.tobytes() for rows in drawn}) == 3
    chosen = drawn[0][drawn[0] < 100]
    assert len(chosen) == 20
    assert chosen.min() < 30
    assert chosen.max() > 70


@pytest.mark.parametrize("name", ["RandomUnderSampler", "NearMiss", "ClusterCentroids"])
def test_any_under_sampler_takes_the_strategy(name: str):
    from imblearn import under_sampling

    X, y = numbers({"many": 60, "some": 20, "rare": 10})
    sampler = clone(getattr(under_sampling, name)(sampling_strategy=thinned_to({"rare": 1, "some": 1, "many": 3})))
    assert Counter(sampler.fit_resample(X, y)[1]) == {"many": 30, "some": 10, "rare": 10}


@pytest.mark.parametrize("dtype", ["int64", "Int64", "category", "str", "string", "object"])
def test_labels_of_any_dtype_follow_their_names(dtype: str):
    y = pd.Series([10] * 8 + [2] * 3).astype(dtype)
    kept = thinned_to({"2": 0.6, "10": 0.4})(y)
    assert {str(name): rows for name, rows in kept.items()} == {"10": 2, "2": 3}
    assert Counter(y.astype(str).iloc[undersample(y, {"2": 0.6, "10": 0.4}, 0)]) == {"10": 2, "2": 3}


@pytest.mark.parametrize("dtype", ["int64", "category", "str", "string"])
def test_an_under_sampler_finds_the_classes_of_its_labels(dtype: str):
    from imblearn.under_sampling import RandomUnderSampler

    y = pd.Series([10] * 8 + [2] * 3).astype(dtype)
    sampler = RandomUnderSampler(sampling_strategy=thinned_to({"2": 0.6, "10": 0.4}))
    assert Counter(sampler.fit_resample(y.to_frame(), y)[1].astype(str)) == {"10": 2, "2": 3}


def test_true_and_false_are_names_too():
    assert thinned_to({"True": 0.5, "False": 0.5})([False, True, False, False]) == {False: 1, True: 1}


def test_the_strategy_travels_to_another_process():
    there = pickle.loads(pickle.dumps(thinned_to(EVEN)))
    assert there(["many", "many", "rare"]) == {"many": 1, "rare": 1}


def test_a_class_of_the_prior_without_rows_is_left_out():
    assert thinned_to({"a": 0.3, "b": 0.1, "c": 0.6})(["a"] * 9 + ["b"] * 2) == {"a": 6, "b": 2}


@pytest.mark.parametrize("share", [0.0, -0.1, np.nan, np.inf])
def test_a_share_that_is_not_positive_is_an_error_at_once(share: float):
    with pytest.raises(ValueError, match="positive"):
        thinned_to({"a": 0.5, "b": share})


@pytest.mark.parametrize("wrong", ["c", None, np.nan])
def test_a_label_without_a_share_is_an_error(wrong: Any):
    with pytest.raises(ValueError, match="without a share"):
        thinned_to({"a": 0.5, "b": 0.5})(["a", "b", wrong])
    with pytest.raises(ValueError, match="without a share"):
        SmoteToPrior({"a": 0.5, "b": 0.5}).fit_resample(pd.DataFrame({"x": [1.0, 2, 3]}), pd.Series(["a", "b", wrong]))


# SMOTE against libraries and against its definition


@pytest.mark.parametrize("columns", [2, 8])
def test_complete_numbers_give_the_rows_of_imbalanced_learn(columns: int):
    from imblearn.over_sampling import SMOTE

    X, y = numbers({"many": 90, "rare": 25}, columns)
    X = standardised(X)
    sampler = SmoteToPrior(EVEN, factor=1.6, random_state=3)
    mine, labels = sampler.fit_resample(X, y)
    oracle, _ = SMOTE(sampling_strategy={"rare": 40}, random_state=3).fit_resample(X, y)
    assert Counter(labels) == {"many": 40, "rare": 40}
    np.testing.assert_allclose(mine[sampler.synthetic_], oracle[len(X) :], rtol=1e-10)


def test_numbers_and_names_give_the_rows_of_smote_nc():
    from imblearn.over_sampling import SMOTENC

    X, y = numbers({"many": 200, "rare": 60})
    X = standardised(X)
    rng = np.random.default_rng(1)
    X["colour"], X["shape"] = rng.choice(["red", "green"], len(X)), rng.choice(["disc", "ball"], len(X), p=[0.8, 0.2])
    sampler = SmoteToPrior(EVEN, factor=2, random_state=3)  # 5 neighbours and two names each: no ties
    mine, _ = sampler.fit_resample(X, y)
    oracle, _ = SMOTENC(["colour", "shape"], sampling_strategy={"rare": 120}, random_state=3).fit_resample(X, y)
    synthetic, oracle = mine[sampler.synthetic_], oracle[len(X) :]
    np.testing.assert_allclose(synthetic[["a", "b", "c"]], oracle[["a", "b", "c"]].astype(float), rtol=1e-10)
    assert synthetic["colour"].tolist() == oracle["colour"].tolist()
    assert synthetic["shape"].tolist() == oracle["shape"].tolist()


@QUICK
@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 20))
def test_synthetic_rows_lie_between_a_row_and_a_near_neighbour_of_its_class(rare: int, k: int, seed: int):
    X, y = numbers({"many": 60, "rare": rare}, seed=seed)
    sampler = SmoteToPrior(EVEN, factor=3, k_neighbors=k, random_state=seed)
    new, labels = sampler.fit_resample(X, y)
    own = np.flatnonzero(y == "rare")
    scaled = standardised(X).to_numpy()
    made = sampler.synthetic_
    assert labels[made].tolist() == ["rare"] * 2 * rare
    bases, neighbors = sampler.base_indices_[made], sampler.neighbor_indices_[made]
    for base, neighbor in zip(bases, neighbors, strict=True):
        others = own[own != base]
        distance = ((scaled[others] - scaled[base]) ** 2).sum(axis=1)
        assert neighbor in others[np.argsort(distance)[:k]]
    values = X.to_numpy()
    steps = (new[made].to_numpy() - values[bases]) / (values[neighbors] - values[bases])
    assert np.ptp(steps, axis=1).max() < 1e-6
    assert steps.min() >= 0
    assert steps.max() <= 1


def mixed_rows(n: int = 90) -> tuple[pd.DataFrame, pd.Series]:
    X = mixed_table(n)
    X["level"], X["single"] = np.arange(n, dtype="int8") % 7, np.float32(0.1) * np.arange(n, dtype="float32")
    X["known"] = pd.array(np.resize([True, None, False], n), dtype="boolean")
    X.loc[X.index[:5], "amount"] = np.inf
    return X, pd.Series(np.where(np.arange(n) % 5, "many", "rare"), index=X.index, name="bird")


def test_names_are_the_most_frequent_among_the_neighbours():
    X, y = mixed_rows()
    sampler = SmoteToPrior(EVEN, factor=4)
    new, _ = sampler.fit_resample(X, y)
    scaled = X[["amount", "counts", "level", "single"]].astype(float).replace(np.inf, np.nan)
    scaled = standardised(scaled.fillna(scaled.median()))
    names = X[["colour", "flag", "shape", "city", "known"]].astype(object)
    names = names.where(names.notna(), "missing").to_numpy()
    own = np.flatnonzero(y == "rare")
    apart = np.median(scaled.iloc[own].std(ddof=0))
    for row in np.flatnonzero(sampler.synthetic_):
        base = sampler.base_indices_[row]
        others = own[own != base]
        different = (names[others] != names[base]).sum(axis=1)
        distance = ((scaled.to_numpy()[others] - scaled.to_numpy()[base]) ** 2).sum(axis=1) + different * apart**2
        near = others[np.argsort(distance)[:5]]
        for column, name in enumerate(["colour", "flag", "shape", "city", "known"]):
            votes = Counter(names[near, column])
            own_first = [names[base, column], *names[near, column]]
            got = new[name].iloc[row]
            assert ("missing" if pd.isna(got) else got) == max(own_first, key=lambda value: votes[value])


@pytest.mark.parametrize("numbers_too", [False, True])
def test_names_alone_or_beside_constant_numbers_decide_who_is_near(numbers_too: bool):
    X = pd.DataFrame(np.random.default_rng(2).choice(list("abc"), size=(80, 6)))
    if numbers_too:
        X = X.assign(same=1.0, also=2)
    sampler = SmoteToPrior(EVEN, factor=4, k_neighbors=3)
    sampler.fit_resample(X, pd.Series(["rare"] * 15 + ["many"] * 65))
    different = (X.to_numpy()[:15, None, :] != X.to_numpy()[None, :15, :]).sum(axis=2) + 9 * np.eye(15, dtype=int)
    bases, neighbors = (rows[sampler.synthetic_] for rows in (sampler.base_indices_, sampler.neighbor_indices_))
    assert len(bases) == 45
    assert (different[bases, neighbors] <= np.sort(different, axis=1)[bases, 2]).all()


def test_real_rows_stay_as_they_are_and_dtypes_too():
    X, y = mixed_rows()
    before = X.copy(deep=True)
    sampler = SmoteToPrior(EVEN)
    new, labels = sampler.fit_resample(X, y)
    pd.testing.assert_frame_equal(X, before)
    real = ~sampler.synthetic_
    pd.testing.assert_frame_equal(new[real], X.iloc[sampler.base_indices_[real]].astype(new.dtypes.to_dict()))
    changed = {name: str(new[name].dtype) for name in X if new[name].dtype != X[name].dtype}
    assert changed == {"counts": "Float64", "level": "float64"}
    assert list(new["shape"].cat.categories) == list(X["shape"].cat.categories)
    assert new.index.tolist() == labels.index.tolist() == X.index[sampler.base_indices_].tolist()
    assert (labels.name, labels.dtype) == (y.name, y.dtype)


def test_where_a_base_row_has_no_number_its_synthetic_rows_have_none():
    X, y = mixed_rows()
    sampler = SmoteToPrior(EVEN, factor=4)
    new, _ = sampler.fit_resample(X, y)
    base = X.iloc[sampler.base_indices_]
    assert new["amount"].isna().tolist() == base["amount"].isna().tolist()
    assert new["counts"].isna().tolist() == base["counts"].isna().tolist()
    assert (new["amount"] == np.inf).tolist() == (base["amount"] == np.inf).tolist()
    assert base["amount"][sampler.synthetic_].isna().any()
    assert (base["amount"][sampler.synthetic_] == np.inf).any()


def test_a_missing_number_of_a_neighbour_stands_at_the_median_of_the_fitted_rows():
    X = pd.DataFrame({"a": [0.0, np.nan, 1, 2, 30, 40, 50, 60], "b": [0.0, 0.1, 1, 2, 3, 4, 5, 6]})
    y = pd.Series(["rare", "rare", *["many"] * 6])
    sampler = SmoteToPrior(EVEN, factor=3)
    new, _ = sampler.fit_resample(X, y)
    moved = np.flatnonzero(sampler.synthetic_ & (sampler.base_indices_ == 0))
    assert len(moved)
    np.testing.assert_allclose(new["a"].iloc[moved] / 30, new["b"].iloc[moved] / 0.1)
    assert new["a"].iloc[np.flatnonzero(sampler.base_indices_ == 1)].isna().all()


# Sizes


@QUICK
@given(problems(), st.floats(1, 5), st.integers(0, 3))
def test_the_rows_have_the_target_prior_and_classes_grow_no_further_than_needed(
    problem: tuple[list[str], dict[str, float]], factor: float, seed: int
):
    labels, prior = problem
    counts, y = Counter(labels), pd.Series(labels)
    X = pd.DataFrame(np.random.default_rng(seed).normal(size=(len(y), 2)))
    sampler = SmoteToPrior(prior, factor, random_state=seed)
    after = Counter(sampler.fit_resample(X, y)[1])
    support = {name: counts[name] / prior[name] for name in counts}
    largest = max(support[name] for name in counts if counts[name] == max(counts.values()))
    size = min(largest, factor * min(support.values()))
    real = Counter(y.iloc[sampler.base_indices_[~sampler.synthetic_]])
    for name in counts:
        assert abs(after[name] - max(1, size * prior[name])) < 1 + 1e-6  # below the factor, not merely near it
        assert after[name] <= factor * counts[name]
        assert real[name] == min(after[name], counts[name])
    rows = sampler.base_indices_[~sampler.synthetic_]
    assert len(set(rows)) == len(rows)


def test_a_target_further_from_balance_than_train_makes_nothing():
    X, y = mixed_rows()
    sampler = SmoteToPrior({"rare": 0.1, "many": 0.9}, random_state=5)
    new, labels = sampler.fit_resample(X, y)
    assert not sampler.synthetic_.any()
    pd.testing.assert_frame_equal(new, X.iloc[sampler.base_indices_])
    assert Counter(labels) == {"many": 72, "rare": 8}


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_of_classes_equally_large_the_one_with_most_to_spare_is_thinned(names: str):
    scarce, ample = names
    X, y = numbers({"a": 20, "b": 20})
    after = Counter(SmoteToPrior({scarce: 0.8, ample: 0.2}).fit_resample(X, y)[1])
    assert after == {scarce: 40, ample: 10}


def test_the_rows_left_out_and_those_made_follow_the_seed():
    X, y = mixed_rows()

    def drawn(seed: Any) -> tuple[pd.DataFrame, SmoteToPrior]:
        sampler = SmoteToPrior(EVEN, random_state=seed)
        return sampler.fit_resample(X, y)[0], sampler

    state = np.random.get_state()[1].tolist()
    (first, one), (again, _), (_, other) = drawn(1), drawn(1), drawn(2)
    pd.testing.assert_frame_equal(first, again)
    for made in (True, False):
        kept = [sampler.base_indices_[sampler.synthetic_ == made].tolist() for sampler in (one, other)]
        assert kept[0] != kept[1]
    assert np.random.get_state()[1].tolist() == state
    pd.testing.assert_frame_equal(drawn(np.random.RandomState(1))[0], first)


def test_the_prior_of_smote_is_read_by_name():
    X, y = mixed_rows()
    prior = {"many": 0.7, "rare": 0.3}
    expected = SmoteToPrior(prior).fit_resample(X, y)[0]
    pd.testing.assert_frame_equal(SmoteToPrior(dict(reversed(prior.items()))).fit_resample(X, y)[0], expected)
    pd.testing.assert_frame_equal(SmoteToPrior(pd.Series(prior)).fit_resample(X, y)[0], expected)
    swapped = y.map({"many": "a", "rare": "z"})  # another order of the names
    after = SmoteToPrior({"z": 0.3, "a": 0.7}).fit_resample(X, swapped)[1]
    np.testing.assert_allclose(class_shares(after, ["z", "a"]), [0.3, 0.7], atol=0.01)


# Small and odd tables


@pytest.mark.parametrize("rare", [1, 2, 3, 5, 6])
def test_a_small_class_has_fewer_neighbours_and_a_single_row_is_copied(rare: int):
    X, y = numbers({"many": 40, "rare": rare})
    sampler = SmoteToPrior(EVEN, factor=4)
    new, labels = sampler.fit_resample(X, y)
    assert Counter(labels) == {"many": 4 * rare, "rare": 4 * rare}
    made = sampler.synthetic_
    if rare == 1:
        np.testing.assert_array_equal(new[made], X.iloc[sampler.base_indices_[made]])
    else:
        assert (sampler.base_indices_[made] != sampler.neighbor_indices_[made]).all()


def test_a_row_is_no_neighbour_of_its_own_though_it_has_a_double():
    X = pd.DataFrame({"x": [1.0, 1, 1, 1, 5, 6, 7, 8, 9, 9, 9, 9]})
    y = pd.Series(["rare"] * 4 + ["many"] * 8)
    sampler = SmoteToPrior(EVEN, k_neighbors=1)
    sampler.fit_resample(X, y)
    assert (sampler.base_indices_ != sampler.neighbor_indices_)[sampler.synthetic_].all()


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["red", "blue", None] * 20, dtype=object),
        pd.Series([True, False, False] * 20),
        pd.Series([3.0] * 60),
        pd.Series([np.nan] * 60),
        pd.Series([np.inf, -np.inf, 0.5] * 20),
        pd.Series([1e200, -1e200, 3e199] * 20),
        pd.Series([None] * 60, dtype=object),
        pd.Series(pd.array([None] * 60, dtype="Int64")),
    ],
    ids=["names", "truth values", "constant", "missing", "infinite", "huge", "missing names", "missing numbers"],
)
@pytest.mark.parametrize("alone", [True, False])
def test_odd_columns_work_alone_and_beside_others(column: pd.Series, alone: bool):
    X, y = numbers({"many": 45, "rare": 15})
    X = column.to_frame("odd") if alone else X.assign(odd=column)
    sampler = SmoteToPrior(EVEN)
    new, labels = sampler.fit_resample(X, y)
    assert Counter(labels) == {"many": 30, "rare": 30}
    assert list(new.columns) == list(X.columns)
    if pd.api.types.is_bool_dtype(column) or column.dtype == object:
        assert new["odd"].dtype == column.dtype
        assert set(new["odd"].dropna()) <= set(column.dropna())
    else:
        base, odd = (values.astype(float).to_numpy() for values in (column.iloc[sampler.base_indices_], new["odd"]))
        np.testing.assert_array_equal(np.where(np.isfinite(odd), 0, odd), np.where(np.isfinite(base), 0, base))
        known = base[np.isfinite(base)]
        assert all(known.min() <= value <= known.max() for value in odd[np.isfinite(odd)])


def test_columns_may_share_a_name_and_rows_a_label():
    X = pd.DataFrame([[1.0, "a", 5.0], [2.0, "b", 6.0]] * 10, columns=["x", "x", 3], index=[4] * 20)
    y = pd.Series(["rare"] * 5 + ["many"] * 15, index=X.index)
    new, labels = SmoteToPrior(EVEN).fit_resample(X, y)
    assert list(new.columns) == ["x", "x", 3]
    assert Counter(labels) == {"many": 10, "rare": 10}


def test_arrays_are_taken_and_labels_stay_what_they_are():
    X, _ = numbers({"many": 40, "rare": 10})
    codes = np.repeat([0, 1], [40, 10])
    new, labels = SmoteToPrior({"0": 0.5, "1": 0.5}).fit_resample(X.to_numpy(), codes)
    assert (new.shape, labels.dtype) == ((40, 3), codes.dtype)
    assert np.bincount(labels).tolist() == [20, 20]


@pytest.mark.parametrize(
    ("parameters", "match"),
    [({"factor": 0.9}, "factor"), ({"factor": np.nan}, "factor"), ({"k_neighbors": 0}, "k_neighbors")],
)
def test_parameters_out_of_range_are_an_error(parameters: dict[str, Any], match: str):
    X, y = mixed_rows()
    with pytest.raises(ValueError, match=match):
        SmoteToPrior(EVEN, **parameters).fit_resample(X, y)


def test_dates_and_lengths_that_differ_are_an_error():
    X, y = mixed_rows()
    with pytest.raises(ValueError, match="'day' holds dates"):
        SmoteToPrior(EVEN).fit_resample(X.assign(day=pd.Timestamp("2024-01-01")), y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        SmoteToPrior(EVEN).fit_resample(X, y.iloc[:-1])


# In a pipeline


class Seen(BaseEstimator):
    """Keeps the rows of `fit` and of the last prediction."""

    def fit(self, X: pd.DataFrame, y: pd.Series) -> Seen:
        self.fitted_, self.classes_ = X.index.tolist(), np.unique(y)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        self.predicted_ = X.index.tolist()
        return np.array([name in self.fitted_ for name in X.index])


def test_a_pipeline_resamples_what_it_fits_and_nothing_that_it_predicts():
    from imblearn.pipeline import make_pipeline

    X, y = mixed_rows()
    pipeline = clone(make_pipeline(SmoteToPrior(EVEN, factor=2), Seen()))
    assert pipeline.fit(X, y).predict(X).shape == (len(X),)
    assert pipeline[-1].predicted_ == X.index.tolist()
    assert len(pipeline[-1].fitted_) == 72
    known = cross_val_predict(pipeline, X, y, cv=StratifiedKFold(3))
    assert known.shape == (len(X),)
    assert not known.any()  # no row that is predicted was fitted, nor is one its copy


def test_it_clones_with_all_its_parameters():
    sampler = SmoteToPrior(pd.Series(EVEN), 3.0, 4, 9)
    copy = clone(sampler)
    assert copy.get_params().keys() == {"prior", "factor", "k_neighbors", "random_state"}
    assert (copy.factor, copy.k_neighbors, copy.random_state) == (3.0, 4, 9)
    assert "SmoteToPrior" in repr(copy)
