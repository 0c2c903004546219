"""A whole page, and that of a forecast."""

from __future__ import annotations

import re

import pandas as pd

from core.chart import Chart, Series
from core.exhibit import Exhibit
from core.forecast import Forecast
from core.report.forecast import write_forecast
from core.report.markup import Html, element
from core.report.page import page
from core.report.section import Section


def test_sections_are_in_the_contents_and_titles_are_escaped():
    found = page("a < b", element("h1", "top"), [Section("one", "First & last", Html("<p>x</p>"))])
    assert "<title>a &lt; b</title>" in found
    assert 'href="#one"' in found
    assert "First &amp; last" in found
    assert "Content-Security-Policy" in found


def test_a_forecast_is_a_page_with_its_tables_charts_and_notes(tmp_path):
    chart = Chart("bar", (Series("win", ("A", "B"), (0.6, 0.4)),), y_label="probability")
    exhibit = Exhibit("first two", ("rider", "win"), (("A <b>", 0.6), ("B", 0.4)), ("no more ride",), charts=(chart,))
    forecast = Forecast("a race", pd.DataFrame(), (exhibit,), ("the data are old",))
    write_forecast(forecast, "forecast of run 1", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    for part in (
        "a race",
        "forecast of run 1",
        "the data are old",
        "First two",
        "A &lt;b&gt;",
        "no more ride",
        "<figure",
    ):
        assert part in text
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)  # nothing is fetched
