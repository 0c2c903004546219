from __future__ import annotations

import json

import pytest

from core.chart import Chart, Series
from core.exhibit import Exhibit

TABLE = Exhibit(
    "What each strategy costs",
    ("strategy", "log loss", "fits"),
    (("plain", 0.25, 5), ("bagged", None, 50)),
    notes=("lower is better",),
    brief=False,
)


DRAWN = Exhibit("Drawn", ("a",), (), charts=(Chart("bar", (Series("s", ("a", "b"), (1, None)),)),))


@pytest.mark.parametrize("exhibit", [TABLE, DRAWN, Exhibit("Nothing", ("a",), ())])
def test_json_keeps_an_exhibit(exhibit: Exhibit):
    again = Exhibit.from_json(json.loads(json.dumps(exhibit.to_json())))
    assert again == exhibit
    assert hash(again) == hash(exhibit)  # tuples all through


@pytest.mark.parametrize("row", [(), ("bagged",), ("bagged", 1.0, 2, 3)])
def test_a_row_of_another_length_is_an_error_that_names_the_table(row: tuple):
    with pytest.raises(ValueError, match=f"'Costs': 3 columns and a row of {len(row)}"):
        Exhibit("Costs", ("strategy", "log loss", "fits"), (("plain", 0.2, 1), row))


def test_a_table_is_brief_and_without_notes_unless_said_otherwise():
    plain = Exhibit("Costs", ("strategy",), (("plain",),))
    assert (plain.brief, plain.notes) == (True, ())


def test_a_record_of_an_earlier_version_has_no_charts():
    state = TABLE.to_json()
    del state["charts"]
    assert Exhibit.from_json(state) == TABLE
