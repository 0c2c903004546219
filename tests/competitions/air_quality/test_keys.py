"""What is known of the place of a row."""

from __future__ import annotations

import pandas as pd

from competitions.air_quality.keys import regime_of


def test_a_city_without_a_name_is_known_of_nobody():
    fitted = pd.DataFrame({"place": ["a", "b"], "city": ["", "X"]})
    rows = pd.DataFrame({"place": ["c", "c", "a"], "city": ["", "X", ""]}, index=["r", "s", "t"])
    found = regime_of(rows, fitted)
    assert found.to_dict() == {"r": "city unseen", "s": "city known", "t": "place known"}
