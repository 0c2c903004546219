"""Tables as they are read, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from competitions.air_quality.reading import read_observations, read_sample, read_train_and_test
from competitions.air_quality.sample import write_zindi_sample
from competitions.air_quality.schema import AIRQO_2024, ZINDI_2020, Schema
from core.errors import Refusal
from core.reading import MISSING

OWN = Schema("custom", place="station", date="day", target="pm", unit="ug/m3", sample=None, latitude="lat",
             longitude="lon", city="town")  # fmt: skip


def table(rows=4):
    return pd.DataFrame(
        {
            "station": ["a", "a", "b", "b"][:rows],
            "day": ["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-02T13:00"][:rows],
            "town": ["X", "X", None, None][:rows],
            "lat": [1.0, 1.0, 2.0, 2.0][:rows],
            "lon": [3.0, 3.0, 4.0, 4.0][:rows],
            "gas": [0.5, None, 1.5, 2.5][:rows],
            "remark": ["fine", "dusty", "", "x"][:rows],
            "pm": [10.0, 20.0, 30.0, 40.0][:rows],
        }
    )


def write(folder, train=None, test=None):
    train = table() if train is None else train
    later = table().drop(columns="pm").assign(day=["2024-02-01", "2024-02-02"] * 2)
    train.to_csv(folder / "Train.csv", index=False)
    (later if test is None else test).to_csv(folder / "Test.csv", index=False)


def refused(folder, what="train", schema=OWN):
    """What is said of one table, or of both."""
    with pytest.raises(Refusal) as caught:
        read_train_and_test(folder, schema) if what == "both" else read_observations(folder, schema, what)
    assert caught.value.way_out
    return caught.value.problem


def test_ids_are_made_of_place_and_day_and_words_are_no_inputs(tmp_path):
    write(tmp_path)
    train, test, notes = read_train_and_test(tmp_path, OWN)
    assert list(train.ids) == ["a X 2024-01-01", "a X 2024-01-02", "b X 2024-01-01", "b X 2024-01-02T13:00"]
    assert list(train.inputs.columns) == ["gas"]
    assert train.day.tolist() == [19723, 19724, 19723, 19724]
    assert train.city.tolist() == ["X", "X", "", ""]
    assert test.target is None
    assert notes == ("columns of text, or without a name, are no inputs: remark",)
    sample = read_sample(tmp_path, OWN, test)
    assert list(sample.columns) == ["id", "pm"]


def test_what_only_train_has_never_becomes_an_input(tmp_path):
    write(tmp_path, table().assign(max_of_day=99.0))
    train, test, notes = read_train_and_test(tmp_path, OWN)
    assert "max_of_day" not in train.inputs
    assert "only Train.csv has max_of_day: left out" in notes
    write_zindi_sample(tmp_path)
    train, test, notes = read_train_and_test(tmp_path, ZINDI_2020)
    assert not [name for name in train.inputs if name.startswith("target")]
    assert train.ids[0].count(" X ") == 1
    assert np.isnan(train.latitude).all()
    assert list(train.inputs) == list(test.inputs)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"day": ["2024-01-01", "02/01/2024", "2024-01-01", "2024-01-02"]}, "row 3, column 'day': '02/01/2024'"),
        ({"day": ["2024-01-01", "2024-02-31", "2024-01-01", "2024-01-02"]}, "row 3, column 'day': '2024-02-31'"),
        ({"day": ["2024-01-01"] * 4}, "row 3, column station and day: 'a X 2024-01-01' occurs more than once (2 such"),
        (
            {"day": ["2024-01-01", "2024-01-02 soon", "2024-01-01", "2024-01-02"]},
            "row 3, column 'day': '2024-01-02 soon'",
        ),
        ({"day": ["2024-01-01", "1/2", "3/4", "2024-01-02"]}, "row 3, column 'day': '1/2' (2 such rows)"),
        ({"day": ["2024-01-01", None, "2024-01-01", "2024-01-02"]}, "row 3, column 'day': empty"),
        ({"station": ["a", "a", " ", "b"]}, "row 4, column 'station': ' ' (1 such"),
        ({"station": ["a", "a", "b", None]}, "row 5, column 'station': empty"),
        ({"lat": [1.0, 1.0, 2.0, 95.0]}, "row 5, column 'lat': 95.0 (1 such"),
        ({"lat": [1.0, 1.0, 2.0, None]}, "row 5, column 'lat': no position (1 such rows, of place b)"),
        ({"lat": [1.0, 1.5, 2.0, 2.0]}, "row 3: place 'a' is at latitude 1.5, and elsewhere at 1"),
        ({"lon": [3.0, 3.0, None, None]}, "row 4, column 'lon': no position (2 such rows, of place b)"),
        ({"lon": [None] * 4}, "row 2, column 'lon': no position (4 such rows, of place a, b)"),
        ({"lon": [3.0, 3.0, 4.0, 4.001]}, "row 5: place 'b' is at longitude 4.001, and elsewhere at 4 (1 such"),
        ({"lon": [3.0, 3.0, -180.5, 4.0]}, "row 4, column 'lon': -180.5 (1 such"),
        ({"lon": ["east", "1", "2", "3"]}, "row 2, column 'lon': 'east' is no number"),
        ({"pm": [10.0, -1.0, 2.0, 2.0]}, "row 3, column 'pm': -1.0 (1 such"),
        ({"pm": [10.0, None, 2.0, 2.0]}, "row 3, column 'pm': empty (1 such"),
        ({"pm": [10.0, 1.0, np.inf, 2.0]}, "row 4, column 'pm': inf (1 such"),
        ({"pm": ["10", "many", "2", "2"]}, "row 3, column 'pm': 'many' is no number"),
        ({"gas": ["1", "2", "high", "3"]}, "row 4, column 'gas': 'high' is no number (1 such"),
        ({"gas": ["1", "2", "inf", "3"]}, "row 4, column 'gas': inf is no finite number"),
    ],
)
def test_a_refusal_says_where(tmp_path, changed, told):
    write(tmp_path, table().assign(**changed))
    said = refused(tmp_path)
    assert told in said
    assert str(tmp_path / "Train.csv") in said


def test_tables_that_do_not_belong_together_are_refused(tmp_path):
    write(tmp_path, table().drop(columns="town"))
    assert "no column 'town'" in refused(tmp_path)
    write(tmp_path, test=table().drop(columns="pm"))
    assert "'a X 2024-01-01' stands in Train.csv too (4 such rows)" in refused(tmp_path, "both")
    write(tmp_path, test=table().drop(columns=["pm", "gas"]).assign(other=1.0, day=["2025-01-01", "2025-01-02"] * 2))
    assert "no input in common" in refused(tmp_path, "both")
    (tmp_path / "Train.csv").unlink()
    assert "Train.csv" in refused(tmp_path)


def test_the_sample_submission_has_the_ids_of_the_test(sample, tmp_path):
    test = read_observations(sample, AIRQO_2024, "test")
    assert list(read_sample(sample, AIRQO_2024, test).columns) == ["id", "pm2_5"]
    given = pd.read_csv(sample / "SampleSubmission.csv")
    for wrong, told in ((given[1:], "1 ids are unknown"), (given.assign(x=1), "the columns are id, pm2_5, x")):
        wrong.to_csv(tmp_path / "SampleSubmission.csv", index=False)
        with pytest.raises(Refusal, match=told):
            read_sample(tmp_path, AIRQO_2024, test)


def test_a_sample_submission_of_a_custom_edition_is_held_against_the_test(tmp_path):
    write(tmp_path)
    test = read_observations(tmp_path, OWN, "test")
    pd.DataFrame({"id": test.ids, "pm": 0.0}).to_csv(tmp_path / "asked.csv", index=False)
    asked = replace(OWN, sample="asked.csv")
    assert read_sample(tmp_path, asked, test)["id"].tolist() == list(test.ids)
    pd.DataFrame({"id": [*test.ids, test.ids[0]], "pm": 0.0}).to_csv(tmp_path / "asked.csv", index=False)
    with pytest.raises(Refusal, match="row 6: id 'a X 2024-02-01' occurs again"):
        read_sample(tmp_path, asked, test)


def test_positions_are_in_both_tables_and_the_same(tmp_path):
    later = table().drop(columns="pm").assign(day=["2024-02-01", "2024-02-02"] * 2)
    write(tmp_path, test=later.assign(lat=None, lon=None))
    assert "Test.csv, row 2, column 'lat': no position, here or in any row; Train.csv has" in refused(tmp_path, "both")
    write(tmp_path, table().assign(lat=None, lon=None))
    assert "Train.csv, row 2, column 'lat': no position" in refused(tmp_path, "both")
    write(tmp_path, table().assign(lat=None, lon=None), later.assign(lat=None, lon=None))
    assert read_train_and_test(tmp_path, OWN)[0].latitude.isna().all()
    write(tmp_path, test=later.assign(lon=[3.0, 3.0, 4.5, 4.5]))
    told = "Test.csv, row 4: place 'b' is at longitude 4.5, and in Train.csv at 4 (2 such rows)"
    assert told in refused(tmp_path, "both")


def test_names_stay_the_text_they_are(tmp_path):
    schema = replace(OWN, country="land")
    write(tmp_path, table().assign(town=["1", "1", None, "07"], land=["NA", "NA", "null", " Chad "]))
    read = read_observations(tmp_path, schema, "train")
    assert read.city.tolist() == ["1", "1", "07", "07"]
    assert read.country.tolist() == ["NA", "NA", "Chad", "Chad"]
    write(tmp_path, table().assign(station=[7, 7, 8, 8]))
    read = read_observations(tmp_path, replace(OWN, city="station"), "train")
    assert read.city.tolist() == read.place.tolist() == ["7", "7", "8", "8"]


def test_row_numbers_are_no_inputs(tmp_path):
    table().to_csv(tmp_path / "Train.csv")
    assert list(read_observations(tmp_path, OWN, "train").inputs) == ["gas"]


def test_a_column_without_any_value_and_flags_are_numbers(tmp_path):
    write(tmp_path, table().assign(height=None, rain=[True, None, False, True], dry=[True, False, True, True]))
    inputs = read_observations(tmp_path, OWN, "train").inputs
    assert list(inputs) == ["gas", "height", "rain", "dry"]
    assert inputs["height"].isna().all()
    np.testing.assert_array_equal(inputs["rain"], [1.0, np.nan, 0.0, 1.0])
    assert set(inputs.dtypes) == {np.dtype(float)}


def test_words_in_one_table_are_told_once(tmp_path):
    later = table().drop(columns="pm").assign(day=["2024-02-01", "2024-02-02"] * 2, gas=["low"] * 4)
    write(tmp_path, table().assign(dust=1.0), later.assign(dust=2.0))
    train, test, notes = read_train_and_test(tmp_path, OWN)
    assert list(train.inputs) == list(test.inputs) == ["dust"]
    assert notes == ("columns of text, or without a name, are no inputs: remark, gas",)


def test_places_and_days_may_be_all_that_is_known(tmp_path):
    write(tmp_path, table().drop(columns="gas"))
    train, test, notes = read_train_and_test(tmp_path, OWN)
    assert train.inputs.shape == test.inputs.shape == (4, 0)
    assert "only Test.csv has gas: left out" in notes


def test_columns_to_drop_are_there(tmp_path):
    write(tmp_path)
    assert list(read_observations(tmp_path, replace(OWN, drop=("gas",)), "train").inputs) == []
    assert "no column 'gass', which is to be dropped" in refused(tmp_path, schema=replace(OWN, drop=("gass",)))
    write(tmp_path, table().assign(gas=["1", "2", "high", "3"]))
    with pytest.raises(Refusal) as caught:
        read_observations(tmp_path, OWN, "train")
    assert 'drop = ["gas"]' in caught.value.way_out


def test_a_target_in_the_test_is_not_read(tmp_path):
    write(tmp_path, test=table().assign(day=["2024-02-01", "2024-02-02"] * 2))
    _, test, _ = read_train_and_test(tmp_path, OWN)
    assert test.target is None
    assert "pm" not in test.inputs


NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=8).map(str.strip)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.integers(-10_000, 20_000), NUMBERS, st.floats(0, 1e6)),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
    cities=st.lists(NAMES.filter(lambda name: name not in MISSING), min_size=5, max_size=5),
    where=st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=5, max_size=5),
)
def test_what_was_written_is_read(tmp_path, rows, cities, where):
    place, day, gas, target = zip(*rows, strict=True)
    dates = np.array(day).astype("datetime64[D]").astype(str)
    frame = pd.DataFrame({"station": [f"p{k}" for k in place], "day": dates, "town": [cities[k] for k in place]})
    frame = frame.assign(lat=[where[k][0] for k in place], lon=[where[k][1] for k in place])
    frame["gas"], frame["pm"] = np.array(gas, dtype=float), target
    frame.to_csv(tmp_path / "Train.csv", index=False)
    read = read_observations(tmp_path, OWN, "train")
    assert list(read.ids) == [f"p{k} X {date}" for k, date in zip(place, dates, strict=True)]
    assert read.place.tolist() == frame["station"].tolist()
    assert read.city.tolist() == frame["town"].tolist()
    assert read.day.tolist() == list(day)
    for found, wanted in (
        (read.inputs["gas"], "gas"),
        (read.target, "pm"),
        (read.latitude, "lat"),
        (read.longitude, "lon"),
    ):
        np.testing.assert_array_equal(found, frame[wanted])
