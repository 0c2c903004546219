from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from core.report.markup import printable
from core.report.pictures import (
    MARK,
    SERIES,
    VARIABLES,
    axes,
    interval,
    legend,
    names_on_y,
    picture,
    svg,
    with_unique_ids,
)

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str = "a") -> str:
    with axes() as (figure, ax):
        ax.plot([0, 1], [1, 2], "o-", label=name)
        ax.bar([0], [1], color=SERIES[2])
        interval(ax, [0], [1], [0.5], [1.5], SERIES[3])
        names_on_y(ax, [name, "b"])
        ax.set_xlabel(name)
        legend(figure, [name])
        return svg(figure, name)


@given(st.text(st.characters(), min_size=1, max_size=20))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_whatever_it_is_called_it_is_well_formed_and_says_its_name(name):
    found = ElementTree.fromstring(drawn(name))
    # A parser makes one line of attribute values.
    assert found.get("aria-label", "").split() == printable(name).split()
    texts = ["".join(text.itertext()) for text in found.iter(f"{SVG}text")]
    said = printable(name).strip()
    assert not said or any(said.split()[0] in text for text in texts)


def test_colours_fonts_and_background_are_those_of_the_page():
    found = drawn()
    assert "#0a0b" not in found
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", found)) <= {*VARIABLES.values(), "sans"}
    assert "DejaVu" not in found
    assert "#ffffff" not in found


def test_equal_drawings_give_equal_bytes_and_no_date():
    assert drawn() == drawn()
    assert not re.search(r"20\d\d-\d\d", drawn())


def test_ids_are_made_unique_and_references_follow():
    page = with_unique_ids(f"<p>id=&quot;{MARK}</p>" + drawn() + drawn())
    ids = re.findall(r' id="([^"]+)"', page)
    assert ids
    assert len(ids) == len(set(ids))
    targets = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page)
    assert {one or other for one, other in targets} == set(ids)
    assert page.startswith(f"<p>id=&quot;{MARK}</p>")


def test_a_caption_says_what_the_picture_is_for_those_who_do_not_see_it():
    with axes(100, 80) as (figure, _):
        shown = picture(figure, "Title", "What it shows.")
    assert 'aria-label="Title. What it shows."' in shown
    assert "<b>Title</b> What it shows." in shown
    assert "max-width:100px" in shown


def test_letters_that_the_measuring_font_lacks_make_no_noise(recwarn):
    drawn("线性 🏆")
    assert not [warning for warning in recwarn if "lyph" in str(warning.message)]


def test_formulas_are_no_formulas():
    assert "$x_1$" in drawn("$x_1$")
