"""From a start list and a race card to probabilities, reasons and what-ifs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.forecast import AWAY, EXPLAINED, forecast
from competitions.world_champs.race_temperature import RaceTemperature
from competitions.world_champs.what_ifs import unlike_races
from core.errors import Refusal
from tests.competitions.world_champs.made import by_points


@pytest.fixture
def asked(records, tmp_path):
    start, card = tmp_path / "start.csv", tmp_path / "race.toml"
    pd.DataFrame({"name": records.riders.index[:40]}).to_csv(start, index=False)
    card.write_text("date = 2021-03-01\ndistance_km = 200\n")
    return start, card


def test_probabilities_rise_with_strength_and_sum_to_the_places(records, sample, asked):
    found = forecast(records, *asked, sample, by_points, RaceTemperature())
    table = found.table
    assert len(table) == 40
    assert table["score"].is_monotonic_decreasing
    assert table["win"].sum() == pytest.approx(1)
    assert table["podium"].sum() == pytest.approx(3, abs=0.05)
    assert table["top_10"].sum() == pytest.approx(10, abs=0.1)
    assert (table["win"] <= table["podium"]).all()
    assert (table["podium"] <= table["top_10"]).all()
    again = forecast(records, *asked, sample, by_points, RaceTemperature())
    pd.testing.assert_frame_equal(again.table, table)


def test_what_ifs_name_those_who_stay_away_and_other_races(records, sample, asked):
    found = forecast(records, *asked, sample, by_points, RaceTemperature())
    (rows,) = (exhibit.rows for exhibit in found.exhibits if exhibit.title == "what if")
    said = [str(row[0]) for row in rows]
    assert said[0] == "as given"
    assert sum(name.startswith("without ") for name in said) == AWAY
    assert sum(name.startswith("like ") for name in said) == len(unlike_races(records, 30_000))
    favourite = str(found.table["name"][0])
    without = next(row for row in rows if row[0] == f"without {favourite}")
    assert favourite not in str(without[1])


def test_old_results_later_results_and_strangers_are_told(records, sample, asked):
    start, card = asked
    frame = pd.read_csv(start)
    pd.concat([frame, pd.DataFrame({"name": ["A Debutant"]})]).to_csv(start, index=False)
    late = forecast(records, start, card, sample, by_points, RaceTemperature())
    assert any("A Debutant" in note for note in late.notes)
    assert any("days older than the race" in note for note in late.notes)
    card.write_text("date = 2019-05-01\n")
    early = forecast(records, start, card, sample, by_points, RaceTemperature())
    assert any("this is no test of it" in note for note in early.notes)


def test_a_day_before_all_results_is_refused(records, sample, asked):
    start, card = asked
    card.write_text("date = 1999-05-01\n")
    with pytest.raises(Refusal, match="no rider of the start list has a result before that day"):
        forecast(records, start, card, sample, by_points, RaceTemperature())


def test_the_table_holds_reasons_and_what_would_be_otherwise(records, sample, asked):
    table = forecast(records, *asked, sample, by_points, RaceTemperature()).table
    assert table["place"].tolist() == list(range(1, 41))
    assert table["reasons"].iloc[0].startswith("season +")
    assert (table["reasons"][EXPLAINED:] == "").all()
    away = table[f"win, without {table['name'][0]}"]
    assert np.isnan(away[0])
    np.testing.assert_allclose(away[1:], table["win"][1:] / (1 - table["win"][0]))
    others = [column for column in table.columns if column.startswith("win, ")]
    np.testing.assert_allclose(table[others].sum(), 1)
