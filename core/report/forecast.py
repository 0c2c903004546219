"""The page of a forecast."""

from __future__ import annotations

from pathlib import Path

from core.forecast import Forecast
from core.report.exhibits import exhibit_html
from core.report.markup import callout, element, joined
from core.report.page import page
from core.report.section import Section
from core.writing import write_text


def write_forecast(forecast: Forecast, source: str, path: Path) -> None:
    """Write a page with every exhibit, whole or not at all.

    Parameters
    ----------
    source: what made it.

    Raises
    ------
    OSError: the folder cannot be written.
    """
    top = joined(
        [
            element("p", source, class_="where"),
            element("h1", forecast.title),
            *(callout("note", note) for note in forecast.notes),
        ]
    )
    sections = [
        Section(f"part-{number}", exhibit.title[:1].upper() + exhibit.title[1:], exhibit_html(exhibit, headed=False))
        for number, exhibit in enumerate(forecast.exhibits)
    ]
    write_text(path, page(forecast.title, top, sections))
