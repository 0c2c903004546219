import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.dashboard import dashboard
from competitions.air_quality.dashboard.classes import aqi_class
from competitions.air_quality.dashboard.dashboard import Card, write_dashboard
from competitions.air_quality.dashboard.places import labels
from competitions.air_quality.dashboard.series import BASE, LIMITS, packed
from core.errors import Refusal
from tests.competitions.air_quality.dashboard.made import CARD, payload, predictions, series


@pytest.fixture
def page(tmp_path):
    return tmp_path / "dashboard.html"


def a_row(**other):
    row = {"city": "Nairobi", "country": "Kenya", "lat": -1.29, "lon": 36.82, "date": "2023-01-01", "prediction": 20.0,
           "low": 10.0, "high": 40.0, "aqi_class": "Moderate", "unit": "ug/m3", "model_id": "run-7"}  # fmt: skip
    return row | other


@pytest.mark.parametrize("unit", ["ug/m3", "AQI points"])
@pytest.mark.parametrize(("places", "most"), [(72, 1_000_000), (1466, 6_000_000)])
def test_the_page_is_small(unit, places, most, page):
    write_dashboard(predictions(places, 579, unit=unit), dataclasses.replace(CARD, unit=unit), page)
    assert 100_000 < page.stat().st_size < most


@pytest.mark.parametrize("unit", ["ug/m3", "AQI points"])
def test_every_value_is_in_the_page_to_a_tenth(unit, page):
    frame = predictions(7, 90, unit=unit, gaps=0.3)
    frame["observed"] = frame["prediction"].where(frame.index % 3 == 0) * 1.1
    frame.loc[::17, ["low", "high"]] = np.nan
    frame.loc[3, "prediction"], frame.loc[3, "high"] = 4321.0, 7999.0
    write_dashboard(frame.sample(frac=1, random_state=1), dataclasses.replace(CARD, unit=unit), page)
    data = payload(page)
    assert data["first"] == frame["date"].min().date().isoformat()
    assert len(data["places"]) == 7
    for place in data["places"]:
        expected = frame[frame["city"] == place["city"]].sort_values("date")
        found = series(data, place)
        dates = pd.Timestamp(data["first"]) + pd.to_timedelta(found.index, "D")
        assert list(dates) == list(expected["date"])
        assert (place["lat"], place["lon"]) == (expected["lat"].iloc[0], expected["lon"].iloc[0])
        for name in ("prediction", "low", "high", "observed"):
            # To the nearest tenth; a value that this would carry into the next class, to the one below.
            np.testing.assert_allclose(found[name] / 10, expected[name], atol=0.1 + 1e-9)
            off = (found[name].to_numpy() / 10 - expected[name].to_numpy())[~expected[name].isna()]
            assert (off <= 0.05 + 1e-9).all()
            assert np.mean(np.abs(off) > 0.05 + 1e-9) < 0.05
        assert aqi_class(found["prediction"] / 10, unit) == aqi_class(expected["prediction"], unit)


def test_a_value_just_below_a_breakpoint_stays_in_its_class(page):
    write_dashboard(pd.DataFrame([a_row(prediction=35.47)]), CARD, page)
    data = payload(page)
    assert list(series(data, data["places"][0])["prediction"]) == [354]


def test_whole_numbers_are_packed_and_read_again_at_every_length():
    numbers = sorted(
        {max(0, limit + step) for limit in (0, *LIMITS) for step in (-2, -1, 0, 1)}
        - {*range(LIMITS[-1], LIMITS[-1] + 9)}
    )
    texts = packed(np.array(numbers), np.arange(1, len(numbers) + 1))
    assert [len(text) for text in texts] == [1 + sum(number >= limit for limit in LIMITS[:3]) for number in numbers]
    assert len(set(texts)) == len(numbers)
    assert not set("".join(texts)) & set("\"\\<>&'")
    assert BASE == 88
    with pytest.raises(ValueError, match="cannot be packed"):
        packed(np.array([-1]), np.array([1]))


NASTY = '</script><script>alert(1)</script><!-- "O\'Brien" & Söhne 東京 \u2028 {{data}} \\u003c'


def test_names_with_markup_quotes_and_other_letters_come_back_as_they_are(page):
    frame = pd.DataFrame([a_row(city=NASTY, country="<b>", place="=1+1")])
    card = Card(NASTY, "ug/m3", NASTY, (NASTY,), ((NASTY,),), (NASTY,))
    write_dashboard(frame, card, page)
    text = page.read_text(encoding="utf-8")
    assert payload(page)["places"][0]["city"] == NASTY
    assert payload(page)["places"][0]["country"] == "<b>"
    assert "<script>alert" not in text
    assert len(re.findall("<script", text)) == 3
    assert text.count("</script>") == 3
    assert text.count("&lt;/script&gt;") >= 6


def test_halves_of_letters_and_control_characters_are_marked(page):
    frame = pd.DataFrame([a_row()]).assign(city=pd.Series(["a\ud800b\x00c"], dtype=object))
    write_dashboard(frame, dataclasses.replace(CARD, title="t\ud800"), page)
    assert payload(page)["places"][0]["city"] == "a\ufffdb\ufffdc"


def test_nothing_in_the_page_leads_out_of_it(page):
    write_dashboard(predictions(3, 20), CARD, page)
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:" in text
    assert set(re.findall(r"https?://[^\s\"'`]+", text)) == {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert not re.findall(r"\b(?:src=|srcset|@import|fetch\(|XMLHttpRequest|WebSocket|innerHTML|eval\()", text)
    assert "{{" not in text


def test_two_places_of_one_name_are_two_places(page):
    here, there = {"lat": -25.77, "lon": 29.46}, {"lat": -31.49, "lon": 25.01}
    rows = [
        a_row(city="Middelburg", country="South Africa", **at, prediction=value)
        for at, value in ((here, 20.0), (there, 30.0))
    ]
    write_dashboard(pd.DataFrame(rows), CARD, page)
    data = payload(page)
    assert [place["name"] for place in data["places"]] == ["Middelburg (-31.49, 25.01)", "Middelburg (-25.77, 29.46)"]
    assert [series(data, place)["prediction"].iloc[0] for place in data["places"]] == [300, 200]


def test_sites_of_a_city_are_places_of_their_own(page):
    rows = [a_row(place=site, prediction=value) for site, value in (("a1", 20.0), ("b2", 30.0), ("b2", 40.0))]
    rows[2]["date"] = "2023-01-02"
    write_dashboard(pd.DataFrame(rows), CARD, page)
    data = payload(page)
    assert [place["name"] for place in data["places"]] == ["Nairobi · a1", "Nairobi · b2"]
    assert list(series(data, data["places"][1])["prediction"]) == [300, 400]


def test_labels_say_only_as_much_as_tells_places_apart():
    def of(*rows):
        return list(labels(pd.DataFrame(rows, columns=["place", "city", "country", "lat", "lon"])))

    assert of(("", "Lagos", "NG", 6.5, 3.4), ("", "Accra", "GH", 5.6, -0.2)) == ["Lagos", "Accra"]
    assert of(("", "Tripoli", "Libya", 32.9, 13.2), ("", "Tripoli", "Lebanon", 34.4, 35.8)) == [
        "Tripoli, Libya",
        "Tripoli, Lebanon",
    ]
    near = [("x" * 24, "Kampala", "UG", 0.31712, 32.58), ("y" * 24, "Kampala", "UG", 0.31718, 32.58)]
    assert of(*near) == ["Kampala (0.31712, 32.58)", "Kampala (0.31718, 32.58)"]
    same = [("x" * 24, "Kampala", "UG", 0.3, 32.5), ("y" * 24, "Kampala", "UG", 0.3, 32.5)]
    assert of(*same) == ["Kampala · " + "x" * 24, "Kampala · " + "y" * 24]
    assert of(("", "", "", np.nan, np.nan), ("", "A", "", 1, 1), ("", "A", "", 1, 1)) == [
        "unnamed",
        "A",
        "A #2",
    ]


def test_days_without_a_row_are_gaps(page):
    dates = ["2023-01-02", "2023-01-03", "2023-02-28", "2023-03-01", "2023-12-31"]
    rows = [a_row(date=date) for date in dates] + [a_row(city="Other", date="2023-01-01")]
    write_dashboard(pd.DataFrame(rows), CARD, page)
    data = payload(page)
    assert (data["first"], data["days"]) == ("2023-01-01", 365)
    assert list(series(data, data["places"][0]).index) == [1, 2, 58, 59, 364]


def test_rows_of_one_place_and_day_are_averaged_and_the_page_says_so(page):
    write_dashboard(pd.DataFrame([a_row(prediction=20.0), a_row(prediction=31.0)]), CARD, page)
    data = payload(page)
    assert list(series(data, data["places"][0])["prediction"]) == [255]
    assert "1 rows stood for a place and day that had a row already" in page.read_text(encoding="utf-8")


def test_without_positions_there_is_no_map_and_the_page_says_so(page):
    write_dashboard(pd.DataFrame([a_row(lat=np.nan, lon=np.nan)]), CARD, page)
    assert payload(page)["places"][0]["lat"] is None
    assert "there is no map" in page.read_text(encoding="utf-8")
    write_dashboard(pd.DataFrame([a_row(), a_row(city="Lost", lat=np.nan)]), CARD, page)
    assert "1 of 2 places have no position" in page.read_text(encoding="utf-8")


def test_an_interval_without_end_claims_nothing(page):
    rows = [a_row(high=np.inf), a_row(date="2023-01-02"), a_row(date="2023-01-03", low=np.nan)]
    write_dashboard(pd.DataFrame(rows), CARD, page)
    data = payload(page)
    found = series(data, data["places"][0])
    assert list(found["low"].isna()) == list(found["high"].isna()) == [True, False, True]


def test_rows_of_several_models_keep_theirs(page):
    rows = [a_row(model_id="known"), a_row(date="2023-01-02", model_id="unseen")]
    write_dashboard(pd.DataFrame(rows), CARD, page)
    data = payload(page)
    assert data["models"] == ["known", "unseen"]
    assert list(series(data, data["places"][0])["model"]) == [0, 1]


def test_the_validation_and_the_notes_are_in_the_page(page):
    write_dashboard(pd.DataFrame([a_row()]), CARD, page)
    text = page.read_text(encoding="utf-8")
    assert '<th scope="row">unseen site</th><td class=number>1448</td><td class=number>12.35</td>' in text
    assert "<td class=number>–</td>" in text
    assert "<li>The model has seen 45 sites.</li>" in text
    with pytest.raises(ValueError, match="a row of 2"):
        dataclasses.replace(CARD, rows=(("a", 1),))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"prediction": np.nan}, "row 2: prediction = nan"),
        ({"prediction": np.inf}, "row 2: prediction = inf"),
        ({"prediction": "many"}, "row 2: prediction = many"),
        ({"prediction": 1e6, "high": 2e6}, "row 2: prediction = 1000000.0"),
        ({"low": 50.0}, "row 2: low = 50.0"),
        ({"date": "yesterday"}, "row 2: date = yesterday"),
        ({"date": None}, "row 2: date"),
        ({"unit": "AQI points"}, "several units: AQI points, ug/m3"),
    ],
)
def test_a_row_that_cannot_be_shown_is_refused(other, words, page):
    with pytest.raises(Refusal, match=re.escape(words)):
        write_dashboard(pd.DataFrame([a_row(), a_row(**other)]), CARD, page)
    assert not page.exists()


def test_a_table_that_cannot_be_shown_is_refused(page):
    with pytest.raises(Refusal, match="no predictions"):
        write_dashboard(pd.DataFrame([a_row()]).iloc[:0], CARD, page)
    with pytest.raises(Refusal, match="no column 'low'"):
        write_dashboard(pd.DataFrame([a_row()]).drop(columns="low"), CARD, page)
    with pytest.raises(Refusal, match="a card for 'AQI points'"):
        write_dashboard(pd.DataFrame([a_row()]), dataclasses.replace(CARD, unit="AQI points"), page)
    with pytest.raises(Refusal, match="no AQI classes for the unit 'ppm'"):
        write_dashboard(pd.DataFrame([a_row(unit="ppm")]), dataclasses.replace(CARD, unit="ppm"), page)


def test_dates_may_be_text_moments_or_of_a_time_zone(page):
    for dates in (
        ["2023-01-01", "2023-01-03"],
        pd.to_datetime(["2023-01-01 23:30", "2023-01-03 00:10"]).tz_localize("Africa/Nairobi"),
    ):
        write_dashboard(pd.DataFrame([a_row(), a_row()]).assign(date=dates), CARD, page)
        data = payload(page)
        assert list(series(data, data["places"][0]).index) == [0, 2]


def test_the_rows_handed_over_are_left_as_they_were(page):
    frame = predictions(2, 5).set_index(pd.Index([7] * 10))
    before = frame.copy()
    write_dashboard(frame, CARD, page)
    pd.testing.assert_frame_equal(frame, before)


def test_coastlines_are_small_and_lie_on_the_earth():
    text = (dashboard.FOLDER / "coastlines.json").read_text(encoding="utf-8")
    assert len(text) <= 40_000
    for ring in json.loads(text):
        points = np.cumsum(np.reshape(ring, (-1, 2)), axis=0)
        assert len(points) >= 3
        assert (np.abs(points) <= (1800, 900)).all()
