"""Tables of tuning: what is counted, what is said of the best, and signs that agree with the metric."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from core.cli.tables import best_trials, nested_table, tuning_table
from core.objective import Score
from core.tuning import NestedScore


def trial(number, state="complete", value=None, **params):
    return {"number": number, "state": state, "value": value, "params": params}


TUNED = {
    "member": "lightgbm",
    "trials": [
        trial(0, value=0.5, rate=0.1),
        trial(1, "pruned", rate=0.3),
        trial(2, value=0.4, rate=0.01234, leaves=31, kind="a"),
        trial(3, "failed"),
        trial(4, "pruned", rate=0.2),
    ],
    "best": 2,
    "best_value": 0.4,
    "chosen_apart": 0.45678912,
    "importances": {"kind": 0.7, "gone": 0.2, "rate": 0.1},
}
NOTHING = {
    "member": "broken",
    "trials": [trial(0, "failed")],
    "best": None,
    "best_value": None,
    "chosen_apart": None,
    "importances": {},
}


def cells(table):
    """The cells of each row as they are printed."""
    screen = Console(file=io.StringIO(), width=120, highlight=False)
    screen.print(table)
    lines = screen.file.getvalue().splitlines()
    rows = [[cell.strip() for cell in line.strip("│┃").split("│")] for line in lines if line.startswith("│")]
    return screen.file.getvalue(), rows


def test_trials_are_counted_by_how_they_ended():
    said, rows = cells(tuning_table([TUNED, NOTHING], "RMSE", higher_is_better=False))
    assert rows == [
        ["lightgbm", "5", "2", "1", "0.5", "0.4", "0.45679"],
        ["broken", "1", "0", "1", "–", "–", "–"],
    ]
    assert "tuning · RMSE (lower is better)" in said
    assert "by others:" in said


def test_defaults_of_another_process_are_no_defaults_of_ours():
    _, rows = cells(tuning_table([{**TUNED, "trials": TUNED["trials"][1:]}], "RMSE", higher_is_better=False))
    assert rows[0][4] == "–"


def test_the_best_is_told_with_what_matters_first():
    assert best_trials([TUNED, NOTHING]) == [
        "lightgbm: best is trial 2: kind a, rate 0.0123",
        "broken: best is trial none",
    ]


def test_without_importances_all_parameters_are_told():
    (said,) = best_trials([{**TUNED, "importances": {}}])
    assert said == "lightgbm: best is trial 2: rate 0.0123, leaves 31, kind a"


def test_the_defaults_need_no_parameters():
    assert best_trials([{**TUNED, "best": 0}]) == ["lightgbm: best is trial 0 (defaults)"]


@pytest.mark.parametrize(("higher", "gain", "arrow"), [(False, "0.25", "lower"), (True, "-0.25", "higher")])
def test_a_gain_is_positive_where_tuning_is_better(higher, gain, arrow):
    found = NestedScore("line", tuned=Score((0.25, 0.5)), defaults=Score((0.5, 0.75)))
    said, rows = cells(nested_table([found], "score", higher))
    assert rows == [["line", "0.625", "0.375", gain, "0"]]
    assert f"{arrow} is better" in said


def test_what_is_not_known_is_a_dash():
    nan = float("nan")
    _, rows = cells(nested_table([NestedScore("line", Score((nan,)), Score((0.5,)))], "score", False))
    assert rows == [["line", "0.5", "–", "–", "–"]]
