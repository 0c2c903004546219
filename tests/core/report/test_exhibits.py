from __future__ import annotations

import pytest

from core.chart import Chart, Series
from core.exhibit import Exhibit
from core.report.evidence import Evidence
from core.report.exhibits import chart, exhibits
from tests.core.report.runs import Page, a_run, tables

NAMED = Series("first", ("a", "b", "c"), (1.0, None, 3.0), (0.5, None, 2.5), (1.5, None, 3.5))
NUMBERED = Series("second", (0.0, 0.5, 1.0), (1, 2, 3))


@pytest.mark.parametrize("kind", ["line", "bar", "scatter"])
@pytest.mark.parametrize("series", [(NAMED,), (NUMBERED,), (NAMED, NUMBERED), ()])
def test_every_kind_is_drawn(kind, series):
    shown = chart(Chart(kind, series, "across", "up", "a title"), "the exhibit")
    text = Page(shown).text
    assert "a title" in text
    assert "across" in text
    assert ("Thin lines are intervals." in text) == (NAMED in series)
    if NAMED in series:
        assert all(f">{name}<" in shown for name in "abc")


def test_without_a_title_it_has_that_of_the_exhibit():
    assert "<b>the exhibit</b>" in chart(Chart("bar", (NAMED,)), "the exhibit")


def test_a_heatmap_is_a_table_with_a_row_for_each_series():
    shown = chart(Chart("heatmap", (Series("r", ("x", "y"), (1.0, None)), Series("s", ("x", "y"), (0.5, -1.0)))), "t")
    assert tables(shown) == [[["", "x", "y"], ["r", "1.00", "–"], ["s", "0.50", "−1.00"]]]
    assert tables(chart(Chart("heatmap", ()), "t")) == [[[""]]]


def test_exhibits_are_shown_with_tables_notes_and_charts(tmp_path):
    plain = Exhibit("what it costs", ("of", "value"), (("a", 0.123456789), ("b", None)), ("a note",), brief=False)
    drawn = Exhibit("drawn", ("of",), (), charts=(Chart("bar", (NAMED,)), Chart("heatmap", (NAMED,))))
    body = exhibits(Evidence(a_run(tmp_path, extras=[plain.to_json(), drawn.to_json()]))).body
    assert "What it costs" in body
    assert "<li>a note</li>" in body
    assert body.count("<figure") == 1
    assert tables(body)[0] == [["of", "value"], ["a", "0.12346"], ["b", "–"]]
    assert len(tables(body)) == 3


def test_exhibits_of_an_earlier_version_have_no_charts(tmp_path):
    state = Exhibit("old", ("of",), (("a",),)).to_json()
    del state["charts"]
    assert "<figure" not in exhibits(Evidence(a_run(tmp_path, extras=[state]))).body


def test_a_competition_that_says_nothing_has_no_such_section(tmp_path):
    assert exhibits(Evidence(a_run(tmp_path))) is None
