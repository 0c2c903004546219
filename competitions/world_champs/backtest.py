"""The past, forecast year by year from earlier races alone, on histories as thin as those of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from competitions.world_champs.measures import by_race
from competitions.world_champs.members import NAMES, roster
from competitions.world_champs.posx import SCORED, posx_of
from competitions.world_champs.race_temperature import RaceTemperature
from competitions.world_champs.records import EVENT, RIDER, Records
from competitions.world_champs.scoring import is_scored, learnt
from competitions.world_champs.starter_table import table_of
from competitions.world_champs.thinning import halves
from core.context import FitContext, PredictContext
from core.errors import Refusal
from core.table import Table

#: What a forecast is put beside, and is no part of it.
BASELINE, SOURCE = "season points", "source net"
#: What the forecast is called; it is the mean of all members but those two.
BLEND = "forecast"
#: Members that are fitted where none are named.
MEMBERS = (BASELINE, SOURCE, "lambdarank", "regression", "listwise net")
#: A year is scored where so many races come before it.
EARLIER = 30


@dataclass(frozen=True)
class Backtest:
    """Every scored race of the past.

    Parameters
    ----------
    rows: a row for each starter: event_id, rider_id, day, year, label (of the history), posx, a score by each model,
        strength and top strength (log strengths of the forecast for the win and for the first ten, under temperatures
        of earlier years; usual ones in the first year).
    embedding: what the source's network of the last year learnt of riders, riders × width; empty without one.
    riders: the last features of each rider: climb_slope and points_365, by rider id.
    """

    rows: pd.DataFrame
    embedding: pd.DataFrame = field(default_factory=pd.DataFrame)
    riders: pd.DataFrame = field(default_factory=pd.DataFrame)

    def races(self, model: str) -> pd.DataFrame:
        """Measures of a model, a row for each race."""
        strength = self.rows["strength"].to_numpy() if model == BLEND else None
        posx, score = self.rows["posx"].to_numpy(), self.rows[model].to_numpy()
        return by_race(posx, score, self.rows[EVENT], strength)


def backtest(
    records: Records,
    withheld_from: int,
    *,
    seed: int = 0,
    threads: int = 1,
    step: Callable[[str], None] = lambda said: None,
    members: Sequence[str] = MEMBERS,
) -> Backtest:
    """Fit and forecast every year.

    Parameters
    ----------
    withheld_from: the day of the first test race.
    step: told of each fit.
    """
    fitting = _Fitting(members, seed, threads, step)
    parts = [
        _scored(records, history, scored, label, fitting)
        for history, scored, label in _histories(records, withheld_from, seed)
    ]
    found = [part for part in parts if len(part)]
    if not found:
        raise Refusal(f"no race to score after {EARLIER} others of earlier years", "give results of more seasons")
    rows = pd.concat(found, ignore_index=True)
    rows[BLEND] = rows[[name for name in blended(members) if name in rows.columns]].mean(axis=1)
    rows = rows.sort_values(["day", EVENT], kind="stable").reset_index(drop=True)
    _add_strengths(rows)
    return Backtest(rows, fitting.embedding(), fitting.last_features)


def members_of(asked: Sequence[str]) -> tuple[str, ...]:
    """The members of a back-test that fits these: the baseline among them; the usual ones where none is named.

    Raises
    ------
    Refusal: a name that is none of theirs, or none that is blended.
    """
    known = [member.name for member in roster(())]
    unknown = [name for name in asked if name not in known]
    if unknown:
        said = f"--members: no member {unknown[0]!r} in the back-test"
        raise Refusal(said, "use these", expected=", ".join(known))
    chosen = tuple(dict.fromkeys((BASELINE, *(asked or MEMBERS))))
    if not blended(chosen):
        usable = ", ".join(name for name in known if name not in (BASELINE, SOURCE))
        raise Refusal("--members: none of them is blended", "name one at least", expected=usable)
    return chosen


def blended(members: Sequence[str]) -> list[str]:
    """Those of the members that make the forecast."""
    return [name for name in members if name not in (BASELINE, SOURCE)]


def _histories(records: Records, until: int, seed: int) -> Iterator[tuple[Records, frozenset[str], str]]:
    """Histories, the races that are scored on each, and what it is called."""
    for number, (history, scored) in enumerate(halves(records, until, seed), start=1):
        yield history, scored, f"half {number}"
    known = learnt(records)
    late = known.loc[is_scored(known, records), EVENT]
    late = late[late.map(records.events["day"]) >= until]
    yield records, frozenset(late), "as given"


def _scored(records: Records, history: Records, scored: frozenset[str], label: str, fitting: _Fitting) -> pd.DataFrame:
    """Scores of the starters of these races, each year by models of races before its first one."""
    known = learnt(records)
    visible = known[EVENT].isin(history.results[EVENT].unique()).to_numpy()
    asked = known[EVENT].isin(scored).to_numpy()
    used = known[visible | asked].reset_index(drop=True)
    visible, asked = visible[visible | asked], asked[visible | asked]
    table = table_of(history, used)
    fitted = Table(table.X, pd.Series(posx_of(used["position"]), index=table.ids, name="posx"), table.keys)
    day = table.keys["day"].to_numpy()
    year = pd.to_datetime(day, unit="D").year.to_numpy()
    found = []
    for number in np.unique(year[asked]):
        rows = np.flatnonzero(asked & (year == number))
        learn = np.flatnonzero(visible & (day < day[rows].min()))
        if table.keys[EVENT].iloc[learn].nunique() < EARLIER:
            continue
        frame = table.keys.iloc[rows].assign(year=number, label=label, posx=fitted.labels().iloc[rows])
        scores = fitting.scores(fitted.take(learn), table.take(rows), f"{number}, {label}")
        found.append(pd.concat([frame, scores], axis=1))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


@dataclass
class _Fitting:
    """How members are fitted, who is told of it, and what is kept of the last fits."""

    members: Sequence[str]
    seed: int
    threads: int
    step: Callable[[str], None]
    source: Any = None
    last_features: pd.DataFrame = field(default_factory=pd.DataFrame)

    def embedding(self) -> pd.DataFrame:
        """Of riders, by the source's network that was fitted last; empty without one."""
        return pd.DataFrame() if self.source is None else self.source.model.embedding("rider")

    def scores(self, learn: Table, test: Table, label: str) -> pd.DataFrame:
        """Predictions of every member, a column each."""
        numbers = tuple(column for column in learn.X.columns if column not in NAMES)
        asked = PredictContext(test.keys, ("posx",), threads=self.threads)
        context = FitContext(learn.keys, ("posx",), threads=self.threads, seed=self.seed, ordered="day")
        found = {}
        for member in (member for member in roster(numbers) if member.name in self.members):
            self.step(f"{label}: {member.name}")
            model = member.build(member.defaults, self.seed)
            model.fit(learn.X, learn.labels(), context=context)
            found[member.name] = np.asarray(model.predict(test.X, context=asked), dtype=float)
            if member.name == SOURCE:
                self.source = model
        kept = test.X[["climb_slope", "points_365"]].set_axis(test.keys[RIDER].to_numpy(), axis=0)
        self.last_features = kept[~kept.index.duplicated(keep="last")]
        return pd.DataFrame(found, index=test.ids)


def _add_strengths(rows: pd.DataFrame) -> None:
    """Add log strengths, each year's under the temperature of earlier years."""
    rows["strength"], rows["top strength"] = np.nan, np.nan
    current = RaceTemperature()
    for year in np.unique(rows["year"]):
        now, before = (rows["year"] == year).to_numpy(), (rows["year"] < year).to_numpy()
        if before.any():
            earlier = rows[before]
            truth, weight = earlier["posx"].to_numpy(), np.ones(len(earlier))
            current = RaceTemperature().fit(earlier[[BLEND]].to_numpy(), truth, weight, earlier[[EVENT]])
        score = rows.loc[now, BLEND].to_numpy()
        rows.loc[now, "strength"] = current.strength(score, 1)
        rows.loc[now, "top strength"] = current.strength(score, SCORED)
