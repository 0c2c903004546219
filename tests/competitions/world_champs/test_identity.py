"""Editions of a race under changing names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.identity import identities, likeness, race_numbers, words_of


def events(*rows, kind="one_day", race_class="1.UWT"):
    """From (date, name) in order of time."""
    dates = pd.to_datetime([date for date, *_ in rows])
    frame = pd.DataFrame({"race": [name for _, name, *_ in rows], "kind": kind, "race_class": race_class})
    return frame.assign(day=(dates - pd.Timestamp(0)).days, event_id=[f"e{k}" for k in range(len(rows))]).set_index(
        "event_id"
    )


SAME = [
    ("2018-03-21", "Driedaagse Brugge - De Panne ME (1.HC)"),
    ("2019-03-27", "Driedaagse Brugge-De Panne ME (1.UWT)"),
    ("2020-10-21", "AG Driedaagse Brugge-De Panne ME (1.UWT)"),
    ("2021-03-24", "Oxyclean Classic Brugge-De Panne ME (1.UWT)"),
    ("2022-03-23", "Minerva Classic Brugge-De Panne (1.UWT)"),
]


WALLONIA, WORLDS = "La Flèche Wallonne", "World Championships - Road Race (WC)"


@pytest.mark.parametrize(
    "rows",
    [
        SAME,
        [("2015-08-30", "GP Ouest France - Plouay (1.UWT)"), ("2016-08-28", "Bretagne Classic - Ouest-France (1.UWT)")],
        [("2018-03-23", "Record Bank E3 Harelbeke (1.UWT)"), ("2021-03-26", "E3 Saxo Bank Classic (1.UWT)")],
        [("2017-05-01", "Eschborn-Frankfurt 'Rund um den Finanzplatz'"), ("2018-05-01", "Eschborn-Frankfurt (1.UWT)")],
        [("2013-09-29", WORLDS), ("2020-09-27", WORLDS)],
        [("2013-04-17", f"{WALLONIA} (WT)"), ("2020-09-30", f"84th {WALLONIA} (1.UWT)")],
    ],
)
def test_sponsors_classes_and_spelling_change(rows):
    assert set(identities(events(*rows))) == {0}


@pytest.mark.parametrize(
    "rows",
    [
        [("2017-03-05", "Dwars door West-Vlaanderen Johan Museeuw Classic"), ("2018-03-28", "Dwars door Vlaanderen")],
        [("2019-09-13", "Grand Prix Cycliste de Québec"), ("2020-09-15", "Grand Prix Cycliste de Montréal")],
        [("2019-03-03", "Kuurne-Bruxelles-Kuurne (1.HC)"), ("2019-03-10", "Kuurne-Bruxelles-Kuurne (1.HC)")],
    ],
)
def test_other_races_stay_apart(rows):
    assert len(set(identities(events(*rows)))) == 2


def test_riders_under_23_have_a_race_of_their_own():
    frame = events(("2019-05-01", "Eschborn-Frankfurt (1.2U)"), ("2019-05-01", "Eschborn-Frankfurt (1.UWT)"))
    frame["race_class"] = ["1.2U", "1.UWT"]
    later = events(("2020-05-01", "Eschborn-Frankfurt (1.UWT)"))
    assert identities(pd.concat([frame, later])).tolist() == [0, 1, 1]


def test_stages_are_never_held_again():
    assert identities(events(*SAME, kind="stage")).tolist() == [-1] * len(SAME)


def test_later_events_change_nothing_of_earlier_ones(records):
    whole = identities(records.events)
    for cut in (50, 200, len(whole) - 1):
        assert np.array_equal(identities(records.events[:cut]), whole[:cut])


def test_an_event_may_be_said_to_be_of_another_ones_race():
    frame = events(*SAME, ("2022-09-25", "something else")).assign(same_as="")
    frame.iloc[-1, frame.columns.get_loc("same_as")] = "e2"
    assert race_numbers(frame).tolist() == [0] * 6


def test_words_and_likeness():
    assert words_of("57th La Flèche Wallonne (1.UWT)") == ("fleche", "wallonne")
    assert likeness([], []) == 0.0


@pytest.mark.parametrize(("other_class", "kind"), [("1.2U", "one_day"), ("1.Ncup", "one_day"), ("1.UWT", "itt")])
def test_a_race_of_the_young_and_a_time_trial_are_others_though_the_name_is_the_same(other_class, kind):
    rows = [(f"{year}-05-01", "Eschborn-Frankfurt") for year in (2017, 2018, 2019) for _ in range(2)]
    frame = events(*rows)
    second = np.arange(len(rows)) % 2 == 0  # that of the young is read first
    frame["race_class"] = np.where(second, other_class, "1.UWT")
    frame["kind"] = np.where(second, kind, "one_day")
    found = identities(frame)
    assert len(set(found[second])) == len(set(found[~second])) == 1
    assert found[0] != found[1]
