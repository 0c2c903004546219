"""Race cards, whole and odd."""

from __future__ import annotations

import numpy as np
import pytest

from competitions.world_champs.race_card import read_race_card
from core.errors import Refusal

DAY = 18_530  # 2020-09-25


def written(tmp_path, text):
    path = tmp_path / "race.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_card_says_what_it_knows(records, tmp_path):
    card = read_race_card(written(tmp_path, "date = 2020-09-25\ndistance_km = 258\nclass = 'WC'"), records)
    assert (card.day, card.distance_km, card.race_class, card.like) == (DAY, 258.0, "WC", ())
    assert np.isnan(card.climbing_m)


@pytest.mark.parametrize("date", ["2020-09-25", "'2020-09-25'", "2020-09-25T10:00:00", "'25 September 2020'"])
def test_days_in_several_spellings(records, tmp_path, date):
    assert read_race_card(written(tmp_path, f"date = {date}"), records).day == DAY


def test_a_race_is_like_the_last_edition_of_another_before_it(records, tmp_path):
    events = records.events[(records.events["kind"] == "one_day") & (records.events["race_class"] == "1.UWT")]
    name = events["race"].iloc[0]
    card = read_race_card(written(tmp_path, f'date = 2020-09-25\nlike = ["{name}"]'), records)
    assert records.events["day"][card.like[0]] < DAY
    assert card.name == name
    with pytest.raises(Refusal, match="no race like 'Nowhere'"):
        read_race_card(written(tmp_path, 'date = 2020-09-25\nlike = "Nowhere"'), records)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "date = None"),
        ("date = 'soon'", "date = 'soon'"),
        ("date = 5", "date = 5"),
        ("date = 2020-09-25\nspeed = 44", "unknown key 'speed'"),
        ("date = 2020-09-25\ndistance_km = 'long'", "distance_km = 'long'"),
        ("date = 2020-09-25\ndistance_km = 2000", "distance_km = 2000"),
        ("date = 2020-09-25\nclimbing_m = true", "climbing_m = True"),
        ("date = 2020-09-25\nlike = 3", "like = 3"),
        ("date == 3", "no TOML"),
    ],
)
def test_odd_cards_are_refused_with_the_way_out(records, tmp_path, text, said):
    with pytest.raises(Refusal) as caught:
        read_race_card(written(tmp_path, text), records)
    assert said in str(caught.value)
    assert caught.value.way_out


def test_a_card_that_is_not_there_is_refused(records, tmp_path):
    with pytest.raises(Refusal, match="no such file"):
        read_race_card(tmp_path / "none.toml", records)
