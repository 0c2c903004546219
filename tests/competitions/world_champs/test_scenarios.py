"""A race to come beside the same race with something else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.race_card import RaceCard
from competitions.world_champs.scenarios import Scenario, scenario_table
from competitions.world_champs.starter_table import table_of
from tests.competitions.world_champs.made import top_races


@pytest.fixture
def main(records):
    events = top_races(records)
    day = int(records.events["day"].max()) + 5
    riders = tuple(records.riders.index[:30])
    return Scenario("as given", RaceCard(str(events["race"].iloc[-1]), day, 200.0, "1.UWT", np.nan, ()), riders)


def of(table, name):
    rows = np.flatnonzero((table.keys["event_id"] == name).to_numpy())
    return table.take(rows).X.reset_index(drop=True)


def test_scenarios_do_not_know_of_each_other(records, main):
    """Each has the features that it would have alone, though several are held on one day."""
    others = [
        replace(main, name="longer", card=replace(main.card, distance_km=300.0)),
        replace(main, name="without", riders=main.riders[1:]),
        replace(main, name="hilly", climb_index=-5.0),
    ]
    together = scenario_table([main, *others], records)
    pd.testing.assert_frame_equal(of(together, "as given"), of(scenario_table([main], records), "as given"))
    assert set(of(together, "longer")["distance"]) == {300.0}
    assert set(of(together, "hilly")["climb_index"]) == {-5.0}
    assert set(of(together, "without")["starters"]) == {29.0}
    for name in ("longer", "without", "hilly"):  # of the same race as the first
        assert of(together, name)["editions"].iloc[0] == of(together, "as given")["editions"].iloc[0] > 0


def test_like_several_races_is_the_mean_over_them(records, main):
    one, two = top_races(records).index[[-2, -5]]
    alone = [
        of(scenario_table([replace(main, card=replace(main.card, like=(event,)))], records), "as given")
        for event in (one, two)
    ]
    both = of(scenario_table([replace(main, card=replace(main.card, like=(one, two)))], records), "as given")
    for name in ("same_race_posx", "editions", "climb_index"):
        np.testing.assert_allclose(both[name], (alone[0][name] + alone[1][name]) / 2)
    assert len(both) == 30


def test_riders_nobody_knows_take_part(records, main):
    found = of(scenario_table([replace(main, riders=(*main.riders, "A Debutant"))], records), "as given")
    assert found["points_365"].iloc[-1] == 0
    assert found["rider"].iloc[-1] == "A Debutant"


def test_the_card_of_a_race_that_was_held_has_the_features_of_that_race(records):
    """The run's own table and a question after the same race agree to the bit, though the data hold the race."""
    event = top_races(records).index[-1]
    known = records.events.loc[event]
    starters = records.results.loc[records.results["event_id"] == event, ["event_id", "rider_id"]]
    card = RaceCard(known["race"], int(known["day"]), float(known["distance_km"]), known["race_class"], np.nan, ())
    asked = scenario_table([Scenario("as given", card, tuple(starters["rider_id"]))], records)
    table = table_of(records, starters)
    assert table.X["editions"].iloc[0] > 0
    numbers = table.X.select_dtypes("number").columns
    pd.testing.assert_frame_equal(
        asked.X[numbers].reset_index(drop=True), table.X[numbers].reset_index(drop=True), check_exact=True
    )
