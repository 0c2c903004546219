"""Tables of errors and intervals beside plain arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.coverage import covered
from competitions.air_quality.extras import by_city, intervals, smoothed


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"regime": "city unseen", "city": np.repeat(["A", "B"], [400, 50])})
    rows["place"] = [f"{city}{k % 8}" for k, city in enumerate(rows["city"])]
    rows["day"] = 19_000 + np.arange(450) // 8
    rows["truth"] = rng.lognormal(3, 0.5, 450)
    rows.loc[0, "truth"] = 350.0
    rows["told"] = rows["truth"] * np.exp(rng.normal(0, 0.3, 450))
    return rows.assign(**{"train mean": 25.0, "train median": 20.0})


def test_errors_are_beside_those_of_mean_and_median(table):
    first, second = by_city(table, "ug/m3").rows
    part = table[table["city"] == "A"]
    error, by_mean = part["told"] - part["truth"], part["train mean"] - part["truth"]
    rmse = np.sqrt((error**2).mean())
    assert first[:4] == ("city unseen", "A", 400, pytest.approx(rmse, abs=1e-3))
    assert first[4] == f"{rmse / np.sqrt((by_mean**2).mean()):.2f} ×"
    assert first[5] < first[3]  # without the extreme
    assert second[1] == "B (few rows)"


def test_a_city_of_few_rows_makes_no_claim(table):
    notes = by_city(table, "ug/m3").notes
    ratio = by_city(table, "ug/m3").rows[0][4].removesuffix(" ×")
    assert any(f"{ratio} × by RMSE" in note for note in notes)


def test_coverage_is_told_by_city_and_of_all(table):
    rows = intervals(covered(table), "ug/m3").rows
    assert [row[1] for row in rows] == ["A", "B (few rows)", ""]
    assert float(rows[-1][3].rstrip("%")) == pytest.approx(90, abs=5)


def test_means_over_days_err_less_and_classes_are_counted(table):
    (row,) = smoothed(table, "ug/m3").rows
    assert row[3] < row[1]
    assert row[4] < row[2]
    met, within = (float(cell.rstrip("%")) for cell in row[5:])
    assert 40 < met < within <= 100


def test_a_city_whose_median_is_a_perfect_answer_ends_nothing(table):
    alone = table.assign(truth=20.0)
    assert by_city(alone, "ug/m3").rows[0][7] == "nan ×"
