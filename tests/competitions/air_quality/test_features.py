"""Features beside a loop over rows, and what must not move them: order, other places, later days, targets."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.air_quality.features import features
from competitions.air_quality.observations import Observations
from core.errors import Refusal

GAS, AEROSOL, HEAT = "L3_CO_CO_column_number_density", "L3_AER_AI_absorbing_aerosol_index", "temperature_2m"
EAST, NORTH = "u_component_of_wind_10m", "v_component_of_wind_10m"
ANGLE = "L3_CO_sensor_zenith_angle"
#: Two cities have one name, in two countries; the city of the last place is not known.
PLACES = {"a": ("X", "P"), "b": ("X", "P"), "c": ("X", "Q"), "d": ("Y", "Q"), "e": ("Y", "Q"), "f": ("", "")}
FIRST = 18_260  # some days before a year ends
MODES = ("historical", "forecast")
#: As good as float32 is.
CLOSE = {"rel": 1e-5, "abs": 1e-5, "nan_ok": True}


def observed(place, day, gas, seed=0):
    """Rows with this gas, and other inputs drawn."""
    rng = np.random.default_rng(seed)
    count = len(place)
    ids = pd.Index([f"row {number}" for number in rng.permutation(10 * count)[:count]], dtype=object)
    drawn = rng.normal(size=(5, count)) * np.where(rng.random((5, count)) < 0.2, np.nan, 1.0)
    inputs = pd.DataFrame(dict(zip((AEROSOL, HEAT, EAST, NORTH, ANGLE), drawn, strict=True)), ids)
    inputs.insert(0, GAS, np.asarray(gas, dtype=float))
    city, country = (pd.Series([PLACES[name][k] for name in place], ids, dtype=object) for k in (0, 1))
    where = pd.Series(np.nan, ids)
    name, days = pd.Series(list(place), ids, dtype=object), pd.Series(np.asarray(day, dtype=np.int64), ids)
    return Observations(ids, name, city, country, where, where, days, inputs, pd.Series(rng.normal(size=count), ids))


def drawn(seed, rows=120, days=30):
    """Gaps, several rows of a day, missing values."""
    rng = np.random.default_rng(seed)
    gas = np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(size=rows))
    return observed(rng.choice(list(PLACES), rows), FIRST + rng.integers(0, days, rows), gas, seed)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(list(PLACES)),
        st.integers(FIRST, FIRST + 12),
        st.one_of(st.just(np.nan), st.floats(-1e4, 1e4), st.floats(0, 1e-3)),
    ),
    min_size=1,
    max_size=40,
)


def of(rows):
    return observed(*zip(*rows, strict=True))


def same(one, other):
    """Equal to the bit."""
    pd.testing.assert_index_equal(one.index, other.index)
    pd.testing.assert_index_equal(one.columns, other.columns)
    assert one.to_numpy().tobytes() == other.to_numpy().tobytes()


def by_hand(seen, name, at, mode):
    """Features of one input in one row."""
    rows = pd.DataFrame({"place": seen.place, "day": seen.day, "value": seen.inputs[name]})
    place, day, value = rows.iloc[at]
    city = (seen.city.iloc[at], seen.country.iloc[at])
    daily = rows[rows["place"] == place].groupby("day")["value"].mean()
    if mode == "forecast":
        daily = daily[daily.index <= day]

    def window(first, last):
        return daily[(daily.index >= day + first) & (daily.index <= day + last)].mean()

    found = {f"lag_{lag}": daily.get(day - lag, np.nan) for lag in (1, 2, 3)}
    found["change"] = value - daily.get(day - 1, np.nan)
    if mode == "historical":
        found |= {f"lead_{lead}": daily.get(day + lead, np.nan) for lead in (1, 2)}
        found |= {f"mean_{length}_days": window(-(length // 2), length // 2) for length in (3, 7, 15)}
    else:
        found |= {f"mean_{length}_days": window(1 - length, 0) for length in (3, 7)}
    found |= {f"place_{measure}": getattr(daily, measure)() for measure in ("mean", "std", "min", "max")}
    found["less_place_mean"] = value - daily.mean()
    beside = rows[(seen.city == city[0]) & (seen.country == city[1]) & (rows["day"] == day)]
    places = beside.groupby("place")["value"].mean().dropna()
    found["city_day_mean_less_row"] = places.mean() - value if city[0] and len(places) > 1 else np.nan
    area = (seen.city == city[0]) & (seen.country == city[1]) if city[0] else rows["place"] == place
    for span in (3, 15):
        last = day + span if mode == "historical" else day
        found[f"city_{span}_days"] = rows[area & rows["day"].between(day - span, last)]["value"].mean()
    return {f"{name}_{suffix}": told for suffix, told in found.items()}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", [0, 1])
def test_what_follows_an_input_is_what_a_loop_over_rows_finds(mode, seed):
    seen = drawn(seed, rows=100, days=25)
    found = features(seen, mode=mode)
    for name in (GAS, HEAT):
        told = pd.DataFrame([by_hand(seen, name, at, mode) for at in range(len(seen))], seen.ids)
        assert set(told) == {column for column in found if column.startswith(f"{name}_")}
        for column in told:
            assert told[column].notna().any()
            assert found[column].to_numpy() == pytest.approx(told[column].to_numpy(), **CLOSE), column


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, mode=st.sampled_from(MODES))
def test_a_loop_finds_the_same_whatever_the_rows(rows, mode):
    seen = of(rows)
    found = features(seen, mode=mode)
    scale = max(1.0, np.nanmax(np.abs(seen.inputs[GAS].fillna(0.0))))
    for at in {0, len(seen) - 1}:
        for column, told in by_hand(seen, GAS, at, mode).items():
            assert found[column].iloc[at] == pytest.approx(told, rel=1e-5, abs=1e-6 * scale, nan_ok=True), column


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, mode=st.sampled_from(MODES), seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter_to_the_bit(rows, mode, seed):
    seen = of(rows)
    mixed = seen.take(np.random.default_rng(seed).permutation(len(seen)))
    same(features(mixed, mode=mode).loc[seen.ids], features(seen, mode=mode))


@pytest.mark.parametrize("mode", MODES)
def test_the_order_of_many_rows_does_not_matter_to_the_bit(mode):
    seen = drawn(3, rows=5000, days=300)
    mixed = seen.take(np.random.default_rng(0).permutation(len(seen)))
    same(features(mixed, mode=mode).loc[seen.ids], features(seen, mode=mode))


def test_the_order_within_a_day_does_not_matter_even_where_sums_lose_digits():
    seen = observed(["a"] * 4, [FIRST, FIRST, FIRST, FIRST + 1], [1e16, 1.0, -1e16, 1.0])
    whole = features(seen)
    for order in permutations(range(4)):
        same(features(seen.take(order)).loc[seen.ids], whole)


def assert_forecasts_hold(seen, cut, seed):
    """Without the rows after the cut, and with other ones, those before have the same features."""
    early = seen.day.to_numpy() <= cut
    whole = features(seen, mode="forecast")[early]
    same(features(seen.take(early), mode="forecast"), whole)
    inputs = seen.inputs.copy()
    inputs.loc[~early] = np.random.default_rng(seed).normal(0, 1e6, (int((~early).sum()), inputs.shape[1]))
    moved = seen.day + np.where(early, 0, 3)
    same(features(replace(seen, inputs=inputs, day=moved), mode="forecast")[early], whole)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, cut=st.integers(FIRST, FIRST + 12), seed=st.integers(0, 1000))
def test_later_rows_change_nothing_in_forecasts(rows, cut, seed):
    assert_forecasts_hold(of(rows), cut, seed)


@pytest.mark.parametrize("cut", [FIRST + 1, FIRST + 100, FIRST + 298])
def test_later_rows_change_nothing_in_forecasts_of_many_rows(cut):
    assert_forecasts_hold(drawn(4, rows=4000, days=300), cut, 0)


def test_history_does_read_later_rows_and_forecasts_have_no_leads():
    seen = drawn(5)
    early = seen.day.to_numpy() <= FIRST + 15
    past, whole = features(seen.take(early)), features(seen)[early]
    assert not past.equals(whole)
    assert not [name for name in features(seen, mode="forecast") if "lead" in name or "mean_15" in name]


@pytest.mark.parametrize("mode", MODES)
def test_another_place_changes_nothing_outside_its_city(mode):
    seen = drawn(6, rows=600)
    inputs = seen.inputs.copy()
    inputs[(seen.place == "c").to_numpy()] *= -1e9
    others = (seen.place != "c").to_numpy()
    same(features(replace(seen, inputs=inputs), mode=mode)[others], features(seen, mode=mode)[others])
    same(features(seen.take(others), mode=mode), features(seen, mode=mode)[others])


@pytest.mark.parametrize("mode", MODES)
def test_nothing_bleeds_over_the_border_of_a_place(mode):
    """The last day of a place is the day before the first day of the next one."""
    seen = observed(["a", "a", "d", "d"], [FIRST, FIRST + 1, FIRST + 2, FIRST + 3], [1.0, 2.0, 30.0, 40.0])
    found = features(seen, mode=mode)
    assert found[f"{GAS}_lag_1"].tolist() == pytest.approx([np.nan, 1.0, np.nan, 30.0], nan_ok=True)
    assert found[f"{GAS}_change"].tolist() == pytest.approx([np.nan, 1.0, np.nan, 10.0], nan_ok=True)
    last = {"historical": [1.5, 1.5, 35.0, 35.0], "forecast": [1.0, 1.5, 30.0, 35.0]}[mode]
    assert found[f"{GAS}_mean_7_days"].tolist() == last
    assert found[f"{GAS}_place_mean"].tolist() == last
    if mode == "historical":
        assert found[f"{GAS}_lead_1"].tolist() == pytest.approx([2.0, np.nan, 40.0, np.nan], nan_ok=True)


def test_yesterday_is_a_calendar_day_not_the_row_before():
    found = features(observed(["a", "a", "a"], [FIRST, FIRST + 2, FIRST + 3], [1.0, 2.0, 4.0]))
    assert found[f"{GAS}_lag_1"].tolist() == pytest.approx([np.nan, np.nan, 2.0], nan_ok=True)
    assert found[f"{GAS}_lag_2"].tolist() == pytest.approx([np.nan, 1.0, np.nan], nan_ok=True)
    assert found[f"{GAS}_lag_3"].tolist() == pytest.approx([np.nan, np.nan, 1.0], nan_ok=True)
    assert found["place_days_share"].tolist() == [0.75] * 3


def test_rows_of_one_day_are_averaged_first():
    days = [FIRST, FIRST, FIRST, FIRST + 1]
    found = features(observed(["a"] * 4, days, [1.0, np.nan, 3.0, 8.0]))
    assert found[f"{GAS}_lag_1"].iloc[3] == 2.0
    assert found[f"{GAS}_place_mean"].tolist() == [5.0] * 4
    assert found[f"{GAS}_less_place_mean"].tolist() == pytest.approx([-4.0, np.nan, -2.0, 3.0], nan_ok=True)
    assert found["place_rows"].tolist() == [4.0] * 4
    assert found["place_days_share"].tolist() == [1.0] * 4


def test_presence_counts_rows_so_far_in_forecasts():
    seen = observed(["a"] * 4, [FIRST + 4, FIRST, FIRST, FIRST + 1], [1.0] * 4)
    found = features(seen, mode="forecast")
    assert found["place_rows"].tolist() == [4.0, 2.0, 2.0, 3.0]
    assert found["place_days_share"].tolist() == pytest.approx([0.6, 1.0, 1.0, 1.0])


@pytest.mark.parametrize("mode", MODES)
def test_what_is_never_known_stays_unknown(mode):
    found = features(observed(["a", "a", "b"], [FIRST, FIRST + 1, FIRST], [np.nan] * 3), mode=mode)
    assert found[[name for name in found if name.startswith(GAS)]].isna().all(axis=None)


def test_other_targets_change_nothing():
    seen = drawn(7)
    whole = features(seen)
    same(features(replace(seen, target=None)), whole)
    same(features(replace(seen, target=seen.target * 1e6)), whole)


def test_inputs_come_first_as_float32_by_the_ids():
    seen = drawn(8)
    found = features(seen)
    assert list(found.columns[:6]) == [GAS, AEROSOL, HEAT, EAST, NORTH, ANGLE]
    assert set(found.dtypes) == {np.dtype(np.float32)}
    assert found.index.equals(seen.ids)
    assert found.columns.is_unique
    np.testing.assert_array_equal(found[GAS], seen.inputs[GAS].astype(np.float32))


@pytest.mark.parametrize("mode", MODES)
def test_without_geometry_only_its_columns_go(mode):
    seen = drawn(9)
    whole = features(seen, mode=mode)
    same(features(seen, mode=mode, geometry=False), whole.drop(columns=ANGLE))
    assert not [name for name in whole if name.startswith(f"{ANGLE}_")]


def test_the_calendar():
    dates = pd.to_datetime(["2019-12-31", "2020-01-01", "2020-02-29", "2020-03-01", "2020-12-31", "1969-07-20"])
    days = (dates - pd.Timestamp("1970-01-01")).days
    found = features(observed(["a"] * len(days), days, [1.0] * len(days)))
    assert found["weekday"].tolist() == list(dates.weekday)
    assert found["weekend"].tolist() == [float(day >= 5) for day in dates.weekday]
    for waves in (1, 2):
        angle = 2 * np.pi * waves * (dates.dayofyear - 1) / 365.25
        assert found[f"season_sin_{waves}"].to_numpy() == pytest.approx(np.sin(angle), abs=1e-6)
        assert found[f"season_cos_{waves}"].to_numpy() == pytest.approx(np.cos(angle), abs=1e-6)


def test_wind_has_speed_and_direction():
    seen = observed(["a"] * 4, range(FIRST, FIRST + 4), [1.0] * 4)
    seen.inputs[EAST], seen.inputs[NORTH] = [3.0, 0.0, np.nan, -2.0], [4.0, 0.0, 1.0, 0.0]
    found = features(seen)
    for suffix, told in {
        "speed": [5.0, 0.0, np.nan, 2.0],
        "direction_sin": [0.8, 0.0, np.nan, 0.0],
        "direction_cos": [0.6, 0.0, np.nan, -1.0],
    }.items():
        assert found[f"wind_10m_{suffix}"].tolist() == pytest.approx(told, nan_ok=True)


def test_a_product_is_missing_when_all_of_it_is():
    seen = observed(["a"] * 3, range(FIRST, FIRST + 3), [np.nan, np.nan, 1.0])
    seen.inputs[ANGLE], seen.inputs[AEROSOL] = [np.nan, 1.0, np.nan], [1.0, np.nan, 1.0]
    found = features(seen, geometry=False)
    assert found["missing_CO"].tolist() == [1.0, 0.0, 0.0]
    assert found["missing_AER_AI"].tolist() == [0.0, 1.0, 0.0]
    assert found["products_present"].tolist() == [1.0, 1.0, 2.0]


def test_far_away_days_and_no_rows_at_all():
    found = features(observed(["a", "a", "b"], [-400_000, FIRST, 2_000_000], [1.0, 2.0, 3.0]))
    assert found[f"{GAS}_place_mean"].tolist() == [1.5, 1.5, 3.0]
    for mode in MODES:
        none = features(drawn(0).take([]), mode=mode)
        assert none.shape == (0, features(drawn(0), mode=mode).shape[1])


def test_unknown_modes_and_names_of_features_are_refused():
    with pytest.raises(ValueError, match="not 'future'"):
        features(drawn(0), mode="future")
    seen = drawn(0)
    seen.inputs["weekday"] = 1.0
    with pytest.raises(Refusal, match="as a feature that is made of inputs is"):
        features(seen)
