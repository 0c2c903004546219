"""Race cards, whole and odd."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.race_card import latest_edition, read_race_card
from competitions.world_champs.records import Records
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


@pytest.mark.parametrize(
    "date", ["2020-09-25", "'2020-09-25'", "2020-09-25T10:00:00", "'25 September 2020'", "'25.9.2020'"]
)
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
        ("date = '10/09/2020'", "date = '10/09/2020'"),
        ("date = 2020-09-25\nclass = 'WorldTour'", "class = 'WorldTour'"),
        ("date = 2020-09-25\ndistance_km = nan", "distance_km = nan"),
        ("date = 2020-09-25\nclimbing_m = 3.945", "metres"),
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


def held(*rows):
    """From (name, class), each a day later than the one before."""
    frame = pd.DataFrame({"race": [name for name, _ in rows], "race_class": [rank for _, rank in rows]})
    frame = frame.assign(kind="one_day", day=range(100, 100 + len(rows)), event_id=[f"e{k}" for k in range(len(rows))])
    return Records(frame.set_index("event_id"), pd.DataFrame(), pd.DataFrame())


@pytest.mark.parametrize(
    ("name", "rows", "meant"),
    [
        ("Gent-Wevelgem", [("Gent-Wevelgem", "1.UWT"), ("Gent-Wevelgem Kattekoers Ieper", "1.Ncup")], "e0"),
        ("Strade Bianche", [("Strade Bianche", "1.UWT"), ("Strade Bianche di Romagna", "1.2U")], "e0"),
        ("Amstel", [("Amstel Gold Race", "1.UWT"), ("Amstel Curacao Race Island", "1.1")], "e0"),
        ("Lombardia", [("Il Lombardia", "1.UWT"), ("Il Lombardia", "1.UWT")], "e1"),
        ("Kattekoers", [("Gent-Wevelgem", "1.UWT"), ("Kattekoers", "1.Ncup")], "e1"),
    ],
)
def test_the_race_that_most_would_mean_is_taken(name, rows, meant):
    assert latest_edition(name, held(*rows), 200, "card") == meant
