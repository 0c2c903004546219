"""Folds that imitate what is known of the test rows' places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.air_quality.keys import CITY_KNOWN, CITY_UNSEEN, PLACE_KNOWN, regime_of
from competitions.air_quality.regimes import PURGE, by_city, by_time, diagnostic, headline, row_weights, scored_table
from core.dataset import Dataset
from core.errors import Refusal
from core.table import Table
from tests.competitions.air_quality.made import keys_of_places


def dataset_of(fit_keys, test_keys):
    """A data set of these places; values do not matter."""

    def table(keys, y=None):
        return Table(pd.DataFrame({"x": np.arange(len(keys), dtype=float)}, index=keys.index), y, keys)

    test_keys = test_keys.set_axis([f"t{k}" for k in range(len(test_keys))], axis=0)
    test_keys = test_keys.assign(regime=regime_of(test_keys, fit_keys))
    fit = table(fit_keys, pd.Series(1.0, index=fit_keys.index, name="pm"))
    regimes = [name for name in (PLACE_KNOWN, CITY_KNOWN, CITY_UNSEEN) if (test_keys["regime"] == name).any()]
    sample = pd.DataFrame({"id": test_keys.index, "pm": 0.0})
    score = scored_table(fit, regimes)
    return Dataset(fit=fit, score=score, test=table(test_keys), outputs=("pm",), sample_submission=sample,
                   id_columns=("id",))  # fmt: skip


def split(seed=0, **more):
    """Some places held out in known cities, and one city held out."""
    keys = keys_of_places(rows=300, places=16, cities=4, days=60, seed=seed, **more)
    test = (keys["city"] == "c3") | keys["place"].isin(["p0", "p5"])
    return dataset_of(keys[~test], keys[test])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_each_row_is_scored_once_in_each_regime_by_models_that_know_as_much_as_the_test(seed):
    dataset = split(seed)
    folds = headline(dataset)
    scored = np.concatenate([fold.score for fold in folds.folds])
    assert sorted(scored) == list(range(len(dataset.score)))
    for fold in folds.folds:
        fitted, held = dataset.fit.keys.iloc[fold.fit], dataset.score.keys.iloc[fold.score]
        assert held["regime"].nunique() == 1
        assert not set(fitted["place"]) & set(held["place"])
        if held["regime"].iloc[0] == CITY_UNSEEN:
            assert not set(fitted["city"]) & set(held["city"])
            assert len(fitted) + len(held) == len(dataset.fit)


def test_regimes_count_as_they_do_in_the_test():
    dataset = split()
    weight, regime = row_weights(dataset), dataset.score.keys["regime"]
    share = dataset.test.keys["regime"].value_counts(normalize=True)
    found = weight.groupby(regime).sum() / weight.sum()
    assert found.to_dict() == pytest.approx(share.to_dict())
    assert weight.mean() == pytest.approx(1)
    assert set(share.index) == {CITY_KNOWN, CITY_UNSEEN}


def test_rows_of_known_places_are_scored_on_days_apart():
    keys = keys_of_places(rows=300, days=100)
    dataset = dataset_of(keys.iloc[:250], keys.iloc[250:])
    folds = headline(dataset)
    assert folds.disjoint == ()
    for fold in folds.folds:
        days, held = dataset.fit.keys["day"].iloc[fold.fit], dataset.score.keys["day"].iloc[fold.score]
        assert ((days < held.min() - PURGE) | (days > held.max() + PURGE)).all()


def test_where_cities_have_no_names_blocks_of_places_near_each_other_are_held_out():
    keys = keys_of_places(rows=300, places=24, cities=6).assign(city="")
    truth = keys_of_places(rows=300, places=24, cities=6)["city"]
    for split in by_city(keys):
        assert not set(truth[split.held(keys)]) & set(truth[~split.near(keys)])  # the blocks are the cities again
    for split in by_city(keys.assign(latitude=np.nan)):
        assert not set(keys["place"][split.held(keys)]) & set(keys["place"][~split.near(keys)])


def test_a_share_of_the_rows_has_the_same_promises():
    """Fitted and scored rows are drawn apart then: no place may stand on both sides."""
    dataset = split().fraction(0.4, seed=3)
    folds = headline(dataset)
    assert sorted(np.concatenate([fold.score for fold in folds.folds])) == list(range(len(dataset.score)))
    for fold in folds.folds:
        fitted, held = dataset.fit.keys.iloc[fold.fit], dataset.score.keys.iloc[fold.score]
        assert not set(fitted["place"]) & set(held["place"])
    ids = set()
    for fold in diagnostic(dataset)[0].folds:
        scored = {id_.split(" under ")[0] for id_ in dataset.score.ids[fold.score]}
        assert not scored & set(dataset.fit.ids[fold.fit])
        ids |= scored
    assert len(ids) > 50


def test_schemes_to_compare_with_are_there_where_they_can_be():
    dataset = split()
    found = {scheme.name: scheme for scheme in diagnostic(dataset)}
    assert set(found) == {"random", "place", "city", "time"}
    one_day = dataset_of(keys_of_places(days=1), keys_of_places(days=1).assign(place="q", city="z"))
    assert {scheme.name for scheme in diagnostic(one_day)} == {"random", "place", "city"}
    for scheme in found.values():  # rows of one regime alone, each once
        scored = np.concatenate([fold.score for fold in scheme.folds])
        assert len(set(scored)) == len(scored) == len(dataset.fit)


def test_folds_do_not_depend_on_the_order_of_rows():
    keys = keys_of_places(rows=200, places=16)
    mixed = keys.sample(frac=1, random_state=0)
    for split_by in (by_city, by_time):
        whole = [set(keys.index[split.held(keys)]) for split in split_by(keys)]
        assert whole == [set(mixed.index[split.held(mixed)]) for split in split_by(mixed)]


def test_one_place_alone_cannot_be_validated():
    keys = keys_of_places().assign(place="p", city="c")
    with pytest.raises(Refusal, match="one place alone"):
        headline(dataset_of(keys, keys.assign(place="q", city="z")))


def test_ids_may_hold_the_words_between_an_id_and_a_regime():
    keys = keys_of_places(rows=200, places=12)
    keys = keys.set_axis([f"under {k} under the bridge under city known" for k in range(200)], axis=0)
    dataset = dataset_of(keys.iloc[:150], keys.iloc[150:].assign(place="q", city="z"))
    random = next(scheme for scheme in diagnostic(dataset) if scheme.name == "random")
    assert len(np.concatenate([fold.score for fold in random.folds])) == 150
    assert all(len(fold.fit) == 120 for fold in random.folds)
