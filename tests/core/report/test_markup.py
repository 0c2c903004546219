from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.report.markup import (
    SEEN,
    Html,
    callout,
    element,
    escaped,
    heat,
    joined,
    number,
    percent,
    plus_minus,
    printable,
    short,
    table,
)
from tests.core.report.runs import Page, tables


@given(st.text(st.characters()))
def test_text_comes_back_as_it_was_and_opens_nothing(text):
    said = escaped(text)
    assert not set(said) & set("<>\"'")
    assert html.unescape(said) == printable(text)
    said.encode()  # halves of surrogate pairs are gone


@given(st.text(st.characters()), st.text(st.characters()))
def test_an_attribute_holds_whatever_it_is_given(content, value):
    page = Page(element("p", content, title=value))
    assert len(page.tags) == 1
    assert page.tags[0][0] == "p"
    assert (page.tags[0][1]["title"] or "").replace("\r", "") == printable(value).replace("\r", "")


def test_markup_is_not_escaped_again_and_text_beside_it_is():
    assert element("p", Html("<b>a</b>"), "<", 3) == "<p><b>a</b>&lt;3</p>"
    assert joined(["<", Html("<br>")], " ") == "&lt; <br>"


def test_attributes_are_named_as_html_names_them():
    assert element("a", class_="x", aria_label="y", href=None) == '<a class="x" aria-label="y"></a>'


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (float("nan"), "–"), (float("inf"), "–"), (0.0, "0"), (-0.5, "−0.5"), (1e-7, "1e−07"), (3, "3")],
)
def test_numbers_in_words(value, said):
    assert number(value) == said


def test_a_value_without_a_known_error_stands_alone():
    assert plus_minus(0.5, None) == plus_minus(0.5, float("nan")) == "0.5"
    assert percent(None) == "–"


def test_a_long_table_unfolds_and_loses_no_row():
    rows = [[f"row {k}", k] for k in range(SEEN + 5)]
    markup = table(["name", "value"], rows, "many")
    assert "<summary>5 more rows</summary>" in markup
    first, rest = tables(markup)
    assert [row[0] for row in first[1:] + rest[1:]] == [row[0] for row in rows]


def test_numbers_stand_to_the_right_and_texts_to_the_left():
    markup = table(["name", "value", "share"], [["a", 0.123456, "12.3 %"], ["b", None, "–"]], "t")
    assert tables(markup) == [[["name", "value", "share"], ["a", "0.12346", "12.3 %"], ["b", "–", "–"]]]
    assert markup.count('class="number"') == 2 * 3
    assert markup.count('scope="row"') == 2


def test_the_darkest_cell_is_the_largest_and_the_sign_has_a_hue_of_its_own():
    markup = heat(["a"], ["x", "y", "z", "w"], [[1.0, -2.0, None, -0.001]], "c")
    assert re.findall(r"--share:(\d+)%", markup) == ["50", "100", "0"]
    assert markup.count('class="below"') == 2
    assert tables(markup)[0][1] == ["a", "1.00", "−2.00", "–", "0.00"]


def test_a_map_of_nothing_is_one():
    assert tables(heat(["a"], ["x"], [[0.0]], "c"))[0][1] == ["a", "0.00"]
    assert tables(heat([], [], [], "c")) == [[[""]]]


def test_long_names_are_cut_for_pictures_alone():
    assert short("a" * 40, 10) == "a" * 9 + "…"
    assert short("two\nlines") == "two lines"


def test_a_box_says_in_words_what_its_colour_says():
    assert "Leak: " in callout("leak", "x")
