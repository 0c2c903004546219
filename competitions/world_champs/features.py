"""Features of starters, from what was known strictly before the first day of their event."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.world_champs.history import History, Starters
from competitions.world_champs.records import Records
from competitions.world_champs.timeline import Asked, Timeline

Array = npt.NDArray[np.float64]
Columns = dict[str, Array]

#: Days: a month, a quarter, a season, two of them.
MONTH, QUARTER, SEASON, SEASONS = 30, 90, 365, 730
#: A mean over n races is s / (n + SHRINK): few races say little.
SHRINK = 3.0
#: From here on, in km, a race is a long one.
LONG = 220.0
#: What a race of middling hilliness counts beside a rider's own races when hilliness is regressed on.
RIDGE = 20.0

#: Features that are compared within the field too.
COMPARED = (
    "points_90",
    "points_365",
    "points_730",
    "one_day_points_365",
    "points_faded_45",
    "points_faded_180",
    "one_day_points_faded_365",
    "posx_365",
    "one_day_posx",
    "long_posx",
    "same_race_posx",
    "strong_365",
    "strong_faded_90",
    "one_day_strong_faded_180",
    "climb_posx",
    "rating",
    "one_day_rating",
)


def features(records: Records, frame: pd.DataFrame) -> pd.DataFrame:
    """Features of starters, all events at once.

    Whoever is compared, is compared with the others of the frame in the same event: it holds whole start lists.

    Parameters
    ----------
    frame: event_id and rider_id.

    Returns
    -------
    A column for each feature, by the index of the frame. Points are those of ProCyclingStats, days are whole, weight
    is in kg, height in m, distance in km.
    """
    history, starters = History.of(records), Starters.of(frame, records)
    riders = Timeline(history.rider, history.day).asked(starters.rider, starters.start)
    columns: Columns = {}
    for group in GROUPS:
        columns |= group(history, starters, riders)
    columns |= compared(columns, starters)
    return pd.DataFrame(columns, index=frame.index)


def form(history: History, starters: Starters, riders: Asked) -> Columns:
    """Points in windows of time and faded."""
    month, quarter, season, seasons, career = riders.totals(history.points, MONTH, QUARTER, SEASON, SEASONS, None)
    one_day = history.points * history.one_day
    day_season, day_seasons = riders.totals(one_day, SEASON, SEASONS)
    long = one_day * (np.nan_to_num(history.distance) >= LONG)
    return {
        "points_30": month,
        "points_90": quarter,
        "points_365": season,
        "points_730": seasons,
        "points_career": career,
        "points_faded_45": riders.faded(history.points, 45),
        "points_faded_180": riders.faded(history.points, 180),
        "one_day_points_365": day_season,
        "one_day_points_730": day_seasons,
        "one_day_points_faded_90": riders.faded(one_day, 90),
        "one_day_points_faded_365": riders.faded(one_day, 365),
        "long_points_faded_365": riders.faded(long, 365),
        "stage_points_faded_90": riders.faded(history.points * history.stage, 90),
        "stage_points_365": riders.total(history.points * history.stage, SEASON),
        "general_points_365": riders.total(history.points * history.general, SEASON),
    }


def places(history: History, starters: Starters, riders: Asked) -> Columns:
    """Shrunk means of PosX, by time and by kind of race."""
    found: Columns = {}

    def add(name: str, rows: Array, *windows: tuple[str, float | None]) -> None:
        spans = [span for _, span in windows]
        counts = riders.totals(rows * history.placed, *spans)
        for (suffix, _), total, count in zip(windows, riders.totals(rows * history.posx, *spans), counts, strict=True):
            found[f"{name}{suffix}"] = total / (count + SHRINK)

    every = np.ones(len(history.posx))
    add("posx", every, ("", None), ("_365", SEASON), ("_90", QUARTER), ("_30", MONTH))
    add("one_day_posx", history.one_day.astype(float), ("", None), ("_365", SEASON))
    add("stage_posx", history.stage.astype(float), ("_365", SEASON))
    add("timed_posx", history.timed.astype(float), ("", None))
    add("general_posx", history.general.astype(float), ("_365", SEASON))
    add("long_posx", (history.one_day & (np.nan_to_num(history.distance) >= LONG)).astype(float), ("", None))
    found["best_posx"] = riders.faded(history.posx, 180, best=True)
    found["posx_last"] = riders.last(history.posx)
    return found


def strong(history: History, starters: Starters, riders: Asked) -> Columns:
    """PosX counted by how strong the field was: the mean of the ten best sums of points of a season in it."""
    rows = Starters(history.event, history.rider, history.records.events["start"].to_numpy(np.int64)[history.event])
    before = Timeline(history.rider, history.day).asked(rows.rider, rows.start)
    strength = rows.fields.mean_of_best(before.total(history.points, SEASON))[rows.number]
    worth = history.posx * np.maximum(np.nan_to_num(strength), 0.0) / 100
    one_day = worth * history.one_day
    return {
        "strong_365": riders.total(worth, SEASON),
        "strong_faded_90": riders.faded(worth, 90),
        "one_day_strong_730": riders.total(one_day, SEASONS),
        "one_day_strong_faded_180": riders.faded(one_day, 180),
    }


def same_race(history: History, starters: Starters, riders: Asked) -> Columns:
    """Results in earlier editions of the same race."""
    count = int(history.race_of_event.max(initial=-1)) + 1
    race = history.race_of_event[starters.event]
    known = history.race >= 0
    pairs = Timeline(history.rider[known] * max(count, 1) + history.race[known], history.day[known])
    who = np.where((race >= 0) & (starters.rider >= 0), starters.rider * max(count, 1) + race, -1)
    asked = pairs.asked(who, starters.start)
    placed, posx = history.placed[known], history.posx[known]
    starts = asked.total(placed)
    return {
        "same_race_posx": asked.total(posx) / (starts + 1),
        "same_race_last": asked.last(posx),
        "same_race_starts": starts,
    }


def load(history: History, starters: Starters, riders: Asked) -> Columns:
    """Race days, rest and riders who go home early."""
    raced = (~history.general).astype(float)
    month, quarter, season = riders.totals(raced, MONTH, QUARTER, SEASON)
    given_up = riders.total(history.out * raced, SEASON)
    return {
        "race_days_30": month,
        "race_days_90": quarter,
        "race_days_365": season,
        "days_since_race": riders.since(),
        "out_share_365": given_up / (season + SHRINK),
    }


def style(history: History, starters: Starters, riders: Asked) -> Columns:
    """How a rider does on hilly and on flat races, and on one as hilly as this has been so far."""
    held = history.race_of_event >= 0
    events = history.records.events["day"].to_numpy(dtype=np.int64)
    climb = history.climb_of_event
    usable = held & ~np.isnan(climb)
    races = Timeline(history.race_of_event[usable], events[usable])
    first = np.unique(starters.event, return_index=True)[1]
    past = races.asked(history.race_of_event[starters.event[first]], starters.start[first])
    editions = past.total(np.ones(usable.sum()))
    expected = np.where(editions > 0, past.total(climb[usable]) / np.maximum(editions, 1), np.nan)
    if "climb_index" in history.records.events.columns:  # said by hand
        said = history.records.events["climb_index"].to_numpy(dtype=float)[starters.event[first]]
        expected = np.where(np.isnan(said), expected, said)
    expected = expected[starters.number]
    known = (~np.isnan(history.climb) & (history.one_day | history.stage)).astype(float) * history.placed
    c = np.nan_to_num(history.climb)
    n, sum_c, sum_cc, sum_p, sum_pc = (
        riders.total(known * values, SEASONS) for values in (np.ones(len(c)), c, c * c, history.posx, history.posx * c)
    )
    mean_c, mean_p = sum_c / np.maximum(n, 1), sum_p / (n + SHRINK)
    slope = (sum_pc - mean_c * sum_p) / (sum_cc - mean_c * sum_c + RIDGE)
    light, heavy = (known * (c < -1), known * (c > 0))
    return {
        "climb_index": expected,
        "editions": editions[starters.number],
        "climb_slope": slope,
        "climb_posx": mean_p + slope * (np.nan_to_num(expected) - mean_c) * ~np.isnan(expected),
        "light_posx": riders.total(light * history.posx) / (riders.total(light) + SHRINK),
        "heavy_posx": riders.total(heavy * history.posx) / (riders.total(heavy) + SHRINK),
    }


def rated(history: History, starters: Starters, riders: Asked) -> Columns:
    """Ratings, of all races and of one-day races alone."""
    found: Columns = {}
    for name, rows, ratings in (
        ("rating", ~history.general, history.ratings),
        ("one_day_rating", history.one_day, history.one_day_ratings),
    ):
        asked = Timeline(history.rider[rows], history.day[rows]).asked(starters.rider, starters.start)
        found[name] = asked.last(ratings.mean[rows])
        found[f"{name}_deviation"] = asked.last(ratings.deviation[rows])
    return found


def rider(history: History, starters: Starters, riders: Asked) -> Columns:
    """Age, height, weight, and how strong the riders of the same nation are."""
    people = history.records.riders
    nations = pd.factorize(people["nationality"].where(people["nationality"] != ""))[0].astype(np.int64)
    nation = np.where(starters.rider >= 0, nations[np.maximum(starters.rider, 0)], -1)
    theirs = Timeline(nations[history.rider], history.day)
    of_nation = theirs.asked(nation, starters.start).total(history.points, SEASON)
    team = pd.factorize(starters.number * (nations.max(initial=0) + 2) + nation + 1)[0]
    mates = np.bincount(team)[team] - 1
    return {
        "age": (starters.start - body(history, starters, "born")) / 365.25,
        "height": body(history, starters, "height_m"),
        "weight": body(history, starters, "weight_kg"),
        "nation_points_365": np.where(nation >= 0, of_nation, np.nan),
        "compatriots": np.where(nation >= 0, mates, np.nan),
    }


def body(history: History, starters: Starters, name: str) -> Array:
    """A column of the riders; NaN for those who are not known."""
    values = history.records.riders[name].to_numpy(dtype=float)
    return np.where(starters.rider >= 0, values[np.maximum(starters.rider, 0)], np.nan)


def race(history: History, starters: Starters, riders: Asked) -> Columns:
    """The race itself and its field."""
    events = history.records.events
    points = np.nan_to_num(riders.total(history.points, SEASON))
    fields = starters.fields
    month = pd.to_datetime(events["day"].to_numpy(), unit="D").month.to_numpy()
    return {
        "distance": events["distance_km"].to_numpy(dtype=float)[starters.event],
        "month": month[starters.event].astype(float),
        "starters": fields.size[starters.number].astype(float),
        "field_strength": fields.mean_of_best(points)[starters.number],
        "field_weight": fields.mean(body(history, starters, "weight_kg"))[starters.number],
    }


def compared(columns: Columns, starters: Starters) -> Columns:
    """Rank in the field and share of the best one in it."""
    found: Columns = {}
    for name in COMPARED:
        values = columns[name]
        found[f"{name}_rank"] = starters.fields.rank(values)
        if "rating" not in name:
            found[f"{name}_share"] = starters.fields.share_of_best(values)
        else:
            found[f"{name}_ahead"] = values - starters.fields.best(values)[starters.number]
    return found


Group = Callable[[History, Starters, Asked], Columns]
GROUPS: tuple[Group, ...] = (form, places, strong, same_race, load, style, rated, rider, race)
