"""The past, forecast from earlier races alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from competitions.world_champs.backtest import BASELINE, BLEND, _add_strengths, backtest, members_of
from competitions.world_champs.backtest import MEMBERS as ALL
from competitions.world_champs.backtest_exhibits import exhibits
from competitions.world_champs.scoring import is_scored, learnt
from core.errors import Refusal

MEMBERS = (BASELINE, "rating", "regression")


@pytest.fixture(scope="module")
def found(records):
    until = int(records.events["day"].quantile(0.6))
    return backtest(records, until, members=MEMBERS)


def test_every_scored_race_with_earlier_ones_enough_is_forecast_once(records, found):
    known = learnt(records)
    scored = set(known.loc[is_scored(known, records), "event_id"])
    races = found.rows.groupby("event_id")["label"].nunique()
    assert (races == 1).all()
    assert set(races.index) <= scored
    assert len(races) > 0.6 * len(scored)
    assert set(found.rows["label"]) == {"half 1", "half 2", "as given"}


def test_no_later_result_changes_a_forecast(records, found):
    """The leak test of the whole: features, fits and temperatures."""
    day = int(records.events["day"].quantile(0.8))
    cut = backtest(records.before(day), int(records.events["day"].quantile(0.6)), members=MEMBERS)
    late = found.rows[found.rows["day"] >= int(records.events["day"].quantile(0.6))]
    both = cut.rows.merge(late, on=["event_id", "rider_id"], suffixes=("", " later"))
    whole_years = both[both["year"] < both["year"].max()]
    rows = both if whole_years.empty else whole_years
    assert len(rows)
    np.testing.assert_array_equal(rows["regression"], rows["regression later"])
    np.testing.assert_array_equal(rows["rating"], rows["rating later"])


def _halves(found):
    rows = found.rows.sort_values(["event_id", "rider_id"])
    return rows[rows["label"] == "half 1"], rows[rows["label"] == "half 2"]


def test_races_withheld_from_history_are_learnt_from_nowhere(records, found):
    """Other results in one half change no forecast of it: neither features nor fits have read them."""
    until = int(records.events["day"].quantile(0.6))
    early = _halves(found)[0]
    late = early.loc[early["day"].idxmin(), "event_id"]
    results = records.results.copy()
    there = (results["event_id"] == late).to_numpy()
    results.loc[there, "points"] = results.loc[there, "points"].to_numpy()[::-1]
    finished = there & results["position"].notna().to_numpy()
    results.loc[finished, "position"] = results.loc[finished, "position"].to_numpy()[::-1]
    other = backtest(replace(records, results=results), until, members=MEMBERS)
    (rows, half_2), (changed, changed_2) = (_halves(part) for part in (found, other))
    np.testing.assert_array_equal(rows[list(MEMBERS)], changed[list(MEMBERS)])
    assert not np.array_equal(rows["posx"], changed["posx"])
    assert not np.array_equal(half_2[list(MEMBERS)], changed_2[list(MEMBERS)])


def test_tables_say_how_good_it_was(records, found):
    tables = {exhibit.title: exhibit for exhibit in exhibits(found, records)}
    assert set(tables) == {"all races", "year by year", "World Championships", "reliability of the first ten"}
    assert tables["all races"].columns == ("measure", BLEND, BASELINE)
    crowned = {str(row[0])[:4] for row in tables["World Championships"].rows}
    assert crowned >= {"2018", "2019"}
    assert sum(row[2] for row in tables["reliability of the first ten"].rows) == len(found.rows)
    assert found.races(BLEND)["ndcg@10"].mean() > found.races(BASELINE)["ndcg@10"].mean() - 0.05


def test_members_are_named_or_all(records):
    assert members_of(()) == ALL
    assert members_of(("regression",)) == (BASELINE, "regression")
    assert members_of(("catboost", "rating")) == (BASELINE, "catboost", "rating")
    for wrong in (("nobody",), ("source net",)):
        with pytest.raises(Refusal):
            members_of(wrong)


def test_a_year_is_told_under_what_earlier_years_say(found):
    """Other results of the last year move no log strength of it, and those of an earlier year do."""
    last = found.rows["year"].max()
    told = []
    for year in (last, last - 1):
        rows = found.rows.copy()
        there = (rows["year"] == year).to_numpy()
        rows.loc[there, "posx"] = rows.loc[there, "posx"].to_numpy()[::-1]
        _add_strengths(rows)
        told.append(rows.loc[rows["year"] == last, ["strength", "top strength"]].to_numpy())
    kept = found.rows.loc[found.rows["year"] == last, ["strength", "top strength"]].to_numpy()
    assert np.array_equal(told[0], kept)
    assert not np.allclose(told[1], kept)
