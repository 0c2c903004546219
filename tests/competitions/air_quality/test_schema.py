"""Which columns say what, of one's own tables."""

from __future__ import annotations

import pytest

from competitions.air_quality.schema import AIRQO_2024, ZINDI_2020, read_schema
from core.errors import Refusal

GOOD = 'place = "station"\ndate = "day"\ntarget = "pm"\nunit = "µg/m³"\n'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "air-quality.toml"


def test_names_of_columns_and_the_unit_are_read(path):
    path.write_text(GOOD + 'city = "town"\ndrop = ["remark"]\ntrain = "a.csv"\n', encoding="utf-8")
    schema = read_schema(path)
    assert (schema.place, schema.city, schema.unit, schema.train, schema.test) == (
        "station", "town", "ug/m3", "a.csv", "Test.csv"
    )  # fmt: skip
    assert schema.sample is None
    assert schema.no_inputs == {"station", "day", "pm", "town", "remark"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("place = ", "no TOML"),
        (GOOD + 'colour = "red"', "unknown key 'colour'"),
        (GOOD.replace("target", "#"), "no key 'target'"),
        (GOOD.replace('"station"', "7"), "place = 7"),
        (GOOD.replace("µg/m³", "ppm"), "unit = 'ppm'"),
        (GOOD + 'latitude = "lat"', "latitude without longitude"),
        (GOOD + 'drop = "remark"', "drop = 'remark'"),
        (GOOD + "drop = [1]", "drop = [1]"),
        (GOOD + "city = true", "city = True"),
        (GOOD + 'city = " "', "city = ' '"),
        (GOOD + 'longitude = "lon"', "longitude without latitude"),
        (GOOD + 'latitude = "x"\nlongitude = "x"', "latitude and longitude are both the column 'x'"),
        (GOOD + 'city = "pm"', "target and city are both the column 'pm'"),
        (GOOD.replace("station", "day"), "date and place are both the column 'day'"),
        (GOOD + GOOD, "no TOML"),
        ("", "no key 'place'"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(path, said, told):
    path.write_text(said, encoding="utf-8")
    with pytest.raises(Refusal) as caught:
        read_schema(path)
    assert told in caught.value.problem
    assert str(path) in caught.value.problem
    assert caught.value.way_out


def test_a_place_may_be_a_city(path):
    path.write_text(GOOD + 'city = "station"', encoding="utf-8")
    assert read_schema(path).city == "station"


@pytest.mark.parametrize(
    ("said", "unit"),
    [(said, "ug/m3") for said in ("ug/m3", "UG/M3", "µg/m3", "μg/m³", "µg/m³")]
    + [(said, "AQI points") for said in ("AQI points", "aqi", "AQI", " aqi points ")],
)
def test_spellings_of_units(path, said, unit):
    path.write_text(GOOD.replace("µg/m³", said), encoding="utf-8")
    assert read_schema(path).unit == unit


def test_a_file_that_is_not_there_is_refused(path):
    with pytest.raises(Refusal, match="no such file"):
        read_schema(path)
    path.write_bytes(b'place = "\xff"')
    with pytest.raises(Refusal, match="no TOML"):
        read_schema(path)


def test_official_editions_have_units_of_their_own():
    assert (ZINDI_2020.unit, AIRQO_2024.unit) == ("AQI points", "ug/m3")
    assert "target_variance" in ZINDI_2020.no_inputs
