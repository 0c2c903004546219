"""What a back-test came to, as tables and charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from competitions.world_champs.backtest import BASELINE, BLEND, SOURCE, Backtest
from competitions.world_champs.embedding_map import embedding_map
from competitions.world_champs.measures import calibrated_errors, calibration_error, interval, paired, told_races
from competitions.world_champs.plackett_luce import top_probabilities, win_probabilities
from competitions.world_champs.posx import SCORED, position_of
from competitions.world_champs.records import EVENT, RIDER, Records
from core.chart import Chart, Series
from core.exhibit import Cell, Exhibit

#: Those that are told of in every table, in this order.
TOLD = (BLEND, BASELINE, SOURCE)
BINS = 10


def exhibits(found: Backtest, records: Records) -> tuple[Exhibit, ...]:
    """Measures, years, World Championships and reliability."""
    races = {model: found.races(model) for model in TOLD if model in found.rows.columns}
    year = found.rows.drop_duplicates(EVENT).set_index(EVENT)["year"]
    tables = (_measures(races), _years(races, year), _championships(found, records), _reliability(found))
    if found.embedding.empty:
        return tables
    return (*tables, embedding_map(found.embedding, found.riders.assign(name=records.riders["name"])))


def _measures(races: dict[str, pd.DataFrame]) -> Exhibit:
    first = races[BLEND]
    rows = []
    for measure in first.columns:
        cells = []
        for frame in races.values():
            mean, low, high = interval(frame[measure].to_numpy()) if measure in frame else (np.nan,) * 3
            cells.append("–" if np.isnan(mean) else f"{mean:.3f} ({low:.3f}–{high:.3f})")
        rows.append((measure, *cells))
    notes = [f"means over {len(first)} races, with 95 % intervals by drawing races"]
    for rival in list(races)[1:]:
        gain, error = paired(first["ndcg@10"].to_numpy(), races[rival]["ndcg@10"].to_numpy())
        said = "" if abs(gain) > 2 * error else ", which is noise"
        notes.append(f"ndcg@10 is {gain:+.3f} ± {error:.3f} beside {rival}, paired by race{said}")
    return Exhibit("all races", ("measure", *races), tuple(rows), tuple(notes))


def _years(races: dict[str, pd.DataFrame], year: pd.Series) -> Exhibit:
    by_year = {model: frame["ndcg@10"].groupby(year).mean() for model, frame in races.items()}
    counts = races[BLEND]["ndcg@10"].groupby(year).count()
    rows: list[tuple[Cell, ...]] = [
        (str(number), int(counts[number]), *(float(values[number]) for values in by_year.values()))
        for number in counts.index
    ]
    series = tuple(
        Series(model, tuple(map(str, values.index)), tuple(float(value) for value in values))
        for model, values in by_year.items()
    )
    chart = Chart("line", series, y_label="ndcg@10")
    return Exhibit("year by year", ("year", "races", *by_year), tuple(rows), charts=(chart,))


def _championships(found: Backtest, records: Records) -> Exhibit:
    """Every World Championships: who was expected, and where the winner stood."""
    rows = []
    crowned = found.rows[found.rows[EVENT].map(records.events["race_class"]) == "WC"]
    names = records.riders["name"]
    for event, field in crowned.groupby(EVENT, sort=False):
        order = field.sort_values(BLEND, ascending=False, kind="stable")
        chance = win_probabilities(order["strength"].to_numpy())
        won = np.flatnonzero(position_of(order["posx"].to_numpy()) == 1)
        first = zip(order[RIDER][:3], chance[:3], strict=True)
        expected = ", ".join(f"{names[rider]} {share:.0%}" for rider, share in first)
        winner = order[RIDER].iloc[won[0]] if len(won) else None
        ranks = [int(field[model].rank(ascending=False, method="min")[order.index[won[0]]]) for model in TOLD
                 if len(won) and model in field]  # fmt: skip
        said = (str(names[winner]), f"{chance[won[0]]:.1%}") if winner is not None else ("unknown", "–")
        rows.append((str(records.events["date"][event]), expected, *said, *ranks, *([None] * (len(TOLD) - len(ranks)))))
    notes = ("few races: look at all of them for how good the forecast is, and at these for what it looks like",)
    columns = ("World Championships", "expected", "winner", "given", *(f"rank by {model}" for model in TOLD))
    return Exhibit("World Championships", columns, tuple(rows), notes)


def _reliability(found: Backtest) -> Exhibit:
    """Told probabilities of the first ten beside how often it came true, and what luck alone allows."""
    rows = found.rows
    return reliability(told_races(rows["top strength"].to_numpy(), rows["posx"].to_numpy(), rows[EVENT]))


def reliability(races: Sequence[tuple[np.ndarray, np.ndarray]]) -> Exhibit:
    """A reliability table of being among the first ten.

    Parameters
    ----------
    races: log strengths for the first ten, and whether each rider was among them, of each race.
    """
    chances = [top_probabilities(strength, SCORED) for strength, _ in races]
    chance, happened = np.concatenate(chances), np.concatenate([top for _, top in races]).astype(float)
    parts = np.array_split(np.argsort(chance, kind="stable"), BINS)
    rows = tuple((float(chance[p].mean()), float(happened[p].mean()), len(p)) for p in parts if len(p))
    error = calibration_error(chance, happened)
    lucky = calibrated_errors([(strength, told) for (strength, _), told in zip(races, chances, strict=True)], SCORED)
    bar = float(np.quantile(lucky, 0.95))
    series = (
        Series("came true", tuple(row[0] for row in rows), tuple(row[1] for row in rows)),
        Series("as told", tuple(row[0] for row in rows), tuple(row[0] for row in rows)),
    )
    chart = Chart("line", series, x_label="told", y_label="share of riders", title="first ten")
    verdict = "within what luck allows" if error <= bar else "more than luck allows"
    note = f"calibration error {error:.4f}; of true probabilities it is below {bar:.4f} in 95 of 100 cases: {verdict}"
    return Exhibit(
        "reliability of the first ten", ("told", "came true", "riders"), rows, (note,), brief=False, charts=(chart,)
    )
