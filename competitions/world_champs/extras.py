"""What a run says besides its scores: the next big race, measures of the past, reliability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.world_champs.backtest_exhibits import reliability
from competitions.world_champs.chances import chances
from competitions.world_champs.measures import by_race, interval, paired, told_races
from competitions.world_champs.posx import SCORED
from competitions.world_champs.race_temperature import RaceTemperature
from competitions.world_champs.records import EVENT, RIDER
from core.chart import Chart, Series
from core.decision import Decision
from core.exhibit import Cell, Exhibit
from core.outcome import Outcome

Array = npt.NDArray[np.float64]

#: The race that is shown: the last World Championships of the test, or else its last race.
CHAMPIONSHIP = "WC"
SHOWN = 10


def explain(outcome: Outcome) -> list[Exhibit]:
    """Forecast of one race of the test, and how the nested forecasts of past races did."""
    rows = outcome.rows
    keys, posx = outcome.dataset.score.keys.iloc[rows], outcome.dataset.score.labels().iloc[rows].to_numpy()
    strength = outcome.nested[rows, 0]
    known = ~np.isnan(strength)
    keys, posx, strength = keys[known], posx[known], strength[known]
    return [
        _first_ten(outcome),
        _measures(outcome, keys[EVENT], posx, strength, rows[known]),
        _reliability(outcome),
    ]


def _first_ten(outcome: Outcome) -> Exhibit:
    test = outcome.dataset.test
    crowned = (test.X["race_class"] == CHAMPIONSHIP).to_numpy()
    day = test.keys["day"].where(crowned if crowned.any() else np.ones(len(test), dtype=bool))
    events = test.keys[EVENT].to_numpy()
    field = np.flatnonzero(events == events[int(np.nanargmax(day.to_numpy(dtype=float)))])
    strength = outcome.test[field, 0]
    told = chances(strength, _temperature(outcome.decision)).rename(columns={"top_10": "first ten"})
    order = np.argsort(-strength, kind="stable")[:SHOWN]
    riders = test.keys[RIDER].iloc[field].to_numpy()[order]
    rows: list[tuple[Cell, ...]] = [
        (place, str(rider), *(f"{chance:.1%}" for chance in told.iloc[row]))
        for place, (row, rider) in enumerate(zip(order, riders, strict=True), start=1)
    ]
    series = tuple(
        Series(name, tuple(map(str, riders)), tuple(map(float, told[name].iloc[order]))) for name in told.columns
    )
    race, date = test.X["race"].iloc[field[0]], pd.Timestamp(int(test.keys["day"].iloc[field[0]]), unit="D")
    note = f"{len(field)} riders start; of a race of your own: podium predict world-champs --startlist FILE --race FILE"
    chart = Chart("bar", series, y_label="probability")
    title = f"predicted first ten: {race}, {date:%Y-%m-%d}"
    return Exhibit(title, ("place", "rider", *told.columns), tuple(rows), (note,), charts=(chart,))


def _measures(outcome: Outcome, event: pd.Series, posx: Array, strength: Array, rows: npt.NDArray[np.intp]) -> Exhibit:
    """Of the blend beside every member, with intervals over races."""
    blend = by_race(posx, strength, event, strength)
    members = {name: by_race(posx, values[rows, 0], event) for name, values in outcome.members.items()}
    table: list[tuple[Cell, ...]] = []
    for name, frame in {"blend, nested": blend, **members}.items():
        mean, low, high = interval(frame["ndcg@10"].to_numpy())
        others = ("precision@10", "winner's reciprocal rank", "top-10 AUC", "win@1", "win@3", "win@10")
        means = [interval(frame[measure].to_numpy())[0] for measure in others]
        table.append((name, f"{mean:.3f} ({low:.3f}–{high:.3f})", *means))
    lost, alike = (float(np.nanmean(blend[name])) for name in ("winner log loss", "uniform log loss"))
    notes = [f"{len(blend)} races, each forecast by models of earlier years, all races alike; 95 % intervals by race"]
    notes.append(f"the winner's log loss is {lost:.3f}; {alike:.3f} if all were alike")
    for name in sorted(outcome.baselines):
        gain, error = paired(blend["ndcg@10"].to_numpy(), members[name]["ndcg@10"].to_numpy())
        notes.append(f"ndcg@10 is {gain:+.3f} ± {error:.3f} beside {name}, paired by race")
    columns = ("forecast", "ndcg@10", "P@10", "winner's RR", "top-10 AUC", "win@1", "win@3", "win@10")
    return Exhibit("past races", columns, tuple(table), tuple(notes), brief=False)


def _reliability(outcome: Outcome) -> Exhibit:
    """Each fold under the temperature of earlier ones: none has seen the races it is held to.

    The first, before which there is none, is left out; it is shown where there is no other.
    """
    keys, posx = outcome.dataset.score.keys, outcome.dataset.score.labels().to_numpy()
    decided = [number for number in outcome.fitted if outcome.nested_decisions.get(number) is not None]
    races = []
    for number in decided or outcome.fitted:
        rows = outcome.folds.folds[number].score
        temperature = _temperature(outcome.nested_decisions.get(number))
        told = temperature.restated(outcome.nested[rows, 0], SCORED)
        races += told_races(told, posx[rows], keys[EVENT].iloc[rows])
    return reliability(races)


def _temperature(decision: Decision | None) -> RaceTemperature:
    """That of a run, or the usual one."""
    return decision if isinstance(decision, RaceTemperature) else RaceTemperature()
