"""The generator: official files, skills that show, hidden results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competitions.world_champs.competition import WorldChamps
from competitions.world_champs.sample import slug_of


def test_files_are_those_of_the_edition(sample):
    assert WorldChamps.recognise(sample) == "road-2013-2022"
    starters, wanted = (pd.read_csv(sample / f"{name}.csv") for name in ("startlists", "sample_submission"))
    assert starters.equals(wanted[["event_id", "rider_id"]])
    results = pd.read_parquet(sample / "results.parquet")
    assert not set(results["event_id"]) & set(starters["event_id"])
    assert set(results["status"]) == {"FIN", "DNF"}
    assert results["position"].isna().equals(results["status"] == "DNF")


def test_light_riders_win_where_it_climbs(records):
    from competitions.world_champs.history import History

    climb = History.of(records).climb_of_event
    assert np.nanstd(climb) > 0.5


def test_championships_of_the_last_year_are_withheld_and_earlier_ones_are_not(sample):
    races = pd.read_csv(sample / "races.csv")
    crowned = races[races["race_class"] == "WC"].set_index("date")["is_test"]
    assert crowned.iloc[-1] == 1
    assert crowned.iloc[:-1].sum() == 0


def test_ids_are_plain():
    assert slug_of("Iñaki O'Shea") == "inaki-o-shea"
