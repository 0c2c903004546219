"""Predictions as one page that needs no network: a map, series, a comparison, a table and the validation."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from competitions.air_quality.dashboard.classes import CLASSES
from competitions.air_quality.dashboard.prepared import Prepared, clean, prepared
from competitions.air_quality.dashboard.series import ALPHABET, ONE, TWO, series_of
from core.errors import Refusal
from core.exhibit import Cell, is_words
from core.writing import write_text

FOLDER = Path(__file__).parent
#: The parts of the page's script, in the order in which they are joined.
SCRIPTS = ("data", "elements", "csv", "map", "picture", "chart", "table", "search", "dashboard")


@dataclass(frozen=True)
class Card:
    """What a reader must know of the model.

    Parameters
    ----------
    title: the heading of the page.
    unit: of the predictions.
    model_id: names the run.
    columns: headings of the validation table.
    rows: as many cells as columns each; None shows as a dash.
    notes: sentences about the model and its validation.
    """

    title: str
    unit: str
    model_id: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"{len(self.columns)} columns and a row of {len(wrong[0])}: {wrong[0]}")


def write_dashboard(predictions: pd.DataFrame, card: Card, path: Path) -> None:
    """Write the page, whole or not at all.

    Parameters
    ----------
    predictions: a row per place and day: city, country, lat, lon, date, prediction, low, high (the 90 % interval),
        aqi_class, unit, model_id; optionally observed, and place (the id of a site). A place is its id, or else its
        city, with its position. Rows of one place and day are averaged.
    card: shown above and below.

    Raises
    ------
    Refusal: no rows, a column missing, a prediction or date that is none, ends of an interval in the wrong order,
        several units, another one than the card's, or one without AQI classes.
    """
    found = prepared(predictions, card.unit)
    parts = {
        "title": _escaped(card.title),
        "model": _escaped(card.model_id),
        "unit": _escaped(found.scale.shown),
        "style": _read("dashboard.css"),
        "validation": _table(card.columns, card.rows),
        "notes": "".join(f"<li>{_escaped(note)}</li>" for note in (*card.notes, *_own_notes(found))),
        "coastlines": _read("coastlines.json").replace("\n", ""),
        "data": _json(_payload(found)),
        "script": "\n".join(_read(f"script/{name}.js") for name in SCRIPTS),
    }
    # In one pass: what is put in may itself hold such a mark.
    page = re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], _read("template.html"))
    write_text(path, page)


def _own_notes(found: Prepared) -> list[str]:
    """What a reader must know of these predictions, whatever the model."""
    notes = []
    if found.without_position == len(found.places):
        notes.append("The predictions have no positions, so there is no map.")
    elif found.without_position:
        notes.append(f"{found.without_position} of {len(found.places)} places have no position and are not on the map.")
    if found.averaged:
        notes.append(f"{found.averaged} rows stood for a place and day that had a row already: they are averaged.")
    return notes


def _payload(found: Prepared) -> dict[str, Any]:
    columns = [*found.values, *(["model"] if len(found.models) > 1 else [])]
    places: list[dict[str, Any]] = [
        {
            "name": label,
            "city": city,
            "country": country,
            "place": place,
            "lat": None if np.isnan(lat) else round(lat, 5),
            "lon": None if np.isnan(lon) else round(lon, 5),
        }
        for label, city, country, place, lat, lon in zip(
            *(found.places[name].tolist() for name in ("label", "city", "country", "place", "lat", "lon")), strict=True
        )
    ]
    return {
        "first": found.first.date().isoformat(),
        "days": int(found.rows["day"].max()) + 1,
        "unit": asdict(found.scale),
        "classes": [asdict(each) for each in CLASSES],
        "models": found.models,
        "alphabet": ALPHABET,
        "one": ONE,
        "two": TWO,
        "places": [place | series for place, series in zip(places, series_of(found.rows, columns), strict=True)],
    }


def _json(value: object) -> str:
    """JSON that nothing in HTML can end early."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _escaped(text: object) -> str:
    return html.escape(clean(text))


def _read(name: str) -> str:
    try:
        return (FOLDER / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refusal(f"{FOLDER / name}: no such file", "install from a whole checkout: `make`") from None


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The validation as HTML; numbers stand to the right."""
    if not rows:
        return "<p>No validation was given.</p>"
    words = [any(is_words(row[k]) for row in rows) for k in range(len(columns))]
    head = "".join(
        f'<th scope="col"{"" if text else " class=number"}>{_escaped(name)}</th>'
        for name, text in zip(columns, words, strict=True)
    )
    body = "".join(f"<tr>{''.join(_cell(cell, k, words[k]) for k, cell in enumerate(row))}</tr>" for row in rows)
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Validation"><table>'
        f"<caption>Validation</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: Cell, place: int, words: bool) -> str:
    if cell is None or (isinstance(cell, float) and not np.isfinite(cell)):
        shown = "–"
    else:
        shown = f"{cell:.4g}".replace("-", "−") if isinstance(cell, float) else _escaped(cell)
    name, scope = ("td", "") if place else ("th", ' scope="row"')
    return f"<{name}{scope}{'' if words else ' class=number'}>{shown}</{name}>"
