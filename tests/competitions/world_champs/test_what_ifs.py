"""What would be otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.what_ifs import AS_GIVEN, told_what_ifs, unlike_races, wins_by_scenario

NAMES = {"a": "Anna", "b": "Ben", "c": "Carl"}


def strengths(scenario: str, **values: float) -> pd.Series:
    return pd.Series(list(values.values()), index=[f"{scenario}|{rider}" for rider in values])


def test_who_stays_away_leaves_the_others_in_proportion():
    given = strengths(AS_GIVEN, a=1.0, b=0.5, c=0.0)
    found = wins_by_scenario({AS_GIVEN: given, "without a": given[1:]}, NAMES)
    assert list(found.columns) == [AS_GIVEN, "without Anna"]
    assert np.isnan(found.loc["a", "without Anna"])
    assert found["without Anna"].sum() == pytest.approx(1)
    rest = found[AS_GIVEN][["b", "c"]]
    np.testing.assert_allclose(found["without Anna"][["b", "c"]], rest / rest.sum())


def test_what_changes_is_told_and_what_does_not_is_told_too():
    given = strengths(AS_GIVEN, a=1.0, b=0.5, c=0.0)
    wins = wins_by_scenario(
        {AS_GIVEN: given, "20% longer": given.set_axis([id_.replace(AS_GIVEN, "20% longer") for id_ in given.index]),
         "like a hill": strengths("like a hill", a=0.0, b=0.5, c=1.0)}, NAMES)  # fmt: skip
    rows = {row[0]: row for row in told_what_ifs(wins, NAMES).rows}
    assert rows["as given"] == ("as given", "Anna 51%, Ben 31%, Carl 19%", "")
    assert rows["20% longer"][1:] == ("Anna 51%, Ben 31%, Carl 19%", "as before")
    assert rows["like a hill"][1:] == ("Carl 51%, Ben 31%, Anna 19%", "Anna -32.0, Carl +32.0")


def test_the_races_that_a_race_is_put_beside_are_known_before_it(records):
    day = int(records.events["day"].quantile(0.7))
    before = unlike_races(records.before(day), day)
    assert unlike_races(records, day) == before
    assert unlike_races(records, int(records.events["day"].max()) + 1) != before  # there is something to see


def test_two_favourites_of_one_name_are_told_apart():
    given = strengths(AS_GIVEN, a=1.0, b=0.5, c=0.0)
    found = wins_by_scenario(
        {"without a": given[1:], "without b": given.iloc[[0, 2]]}, {"a": "Li Wei", "b": "Li Wei", "c": "C"}
    )
    assert list(found.columns) == ["without Li Wei", "without Li Wei (b)"]
    assert np.isnan(found.loc["a", "without Li Wei"])
