"""A place is in one city."""

from __future__ import annotations

import pandas as pd
import pytest

from competitions.air_quality.observations import Observations
from competitions.air_quality.one_city import with_one_city
from core.errors import Refusal


def rows(city, country=("U", "U", "", "U")):
    ids = pd.Index(list("wxyz"), dtype=object)
    text = [pd.Series(list(values), ids, dtype=object) for values in ("aabb", city, country)]
    number = pd.Series(0.0, ids)
    return Observations(ids, *text, number, number, pd.Series(0, ids), pd.DataFrame(index=ids))


def test_what_some_rows_leave_empty_is_what_the_others_say(tmp_path):
    found = with_one_city(rows(["", "X", "", ""]), tmp_path / "Train.csv")
    assert found.city.tolist() == ["X", "X", "", ""]
    assert found.country.tolist() == ["U"] * 4


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"city": ["X", "x", "Y", "Y"]}, "row 3: place 'a' is in city 'x', and elsewhere in 'X' (1 such rows)"),
        (
            {"city": [""] * 4, "country": ["U", "U", "U", "V"]},
            "row 5: place 'b' is in country 'V'",
        ),
    ],
)
def test_two_names_are_refused(tmp_path, more, told):
    with pytest.raises(Refusal) as caught:
        with_one_city(rows(**more), tmp_path / "Train.csv")
    assert f"{tmp_path / 'Train.csv'}, {told}" in caught.value.problem
