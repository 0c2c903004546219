from __future__ import annotations

import numpy as np

from benchmarks.peers_parts.report import number, report
from tests.benchmarks.peers_parts.made import cell

TOOLS = ["podium", "autogluon", "flaml"]
ROWS = 200
TRUTH = (np.arange(ROWS) % 2).astype(float).tolist()


def predicted(sharpness: float) -> list[float]:
    rng = np.random.default_rng(3)
    return np.clip(0.5 + sharpness * (np.array(TRUTH) - 0.5) + rng.normal(0, 0.05, ROWS), 0.01, 0.99).tolist()


def cells(ours: float | None, rival: float | None, kind: str = "plain", **more):
    made = []
    for tool, sharpness in zip(TOOLS, (ours, rival, 0.1), strict=True):
        p = None if sharpness is None else predicted(sharpness)
        one = cell(tool, p, truth=TRUTH, kind=kind, **more)
        if p is not None:
            held = one.judged.score
            one = cell(tool, p, truth=TRUTH, kind=kind, estimate=held, standard_error=0.01, **more)
        made.append(one)
    return made


def bars(made) -> list[bool]:
    said, met = report(made, TOOLS)
    lines = [line for line in said.splitlines() if line.endswith((": met", ": MISSED"))]
    assert len(lines) == 3
    found = [line.endswith(": met") for line in lines]
    assert met == all(found)
    return found


def test_all_bars_are_met_where_we_are_first_and_honest():
    assert bars([*cells(0.8, 0.4), *cells(0.8, 0.4, "grouped", name="g")]) == [True, True, True]


def test_being_behind_on_one_set_misses_the_second_bar_alone():
    made = [*cells(0.8, 0.4, name="a"), *cells(0.8, 0.4, "grouped", name="b"), *cells(0.4, 0.8, name="c")]
    assert bars(made) == [True, False, True]
    assert "behind on c" in report(made, TOOLS)[0]


def test_a_failure_of_ours_is_being_behind():
    made = [*cells(0.8, 0.4, "shifted", name="a"), *cells(0.8, 0.4, name="b"), *cells(None, 0.4, name="c")]
    assert bars(made)[1] is False


def test_a_failure_of_both_is_no_being_behind():
    assert bars([*cells(0.8, 0.4, "shifted", name="a"), *cells(None, None, name="b")])[1] is True


def test_a_tie_is_not_first():
    assert bars(cells(0.8, 0.8, "shifted"))[0] is False


def test_an_estimate_that_was_far_too_good_misses_the_third_bar():
    held = cell("podium", predicted(0.8), truth=TRUTH).judged.score
    dishonest = [
        cell(tool, predicted(s), truth=TRUTH, kind="grouped", estimate=held - 0.2, standard_error=0.01)
        for tool, s in zip(TOOLS, (0.8, 0.4, 0.1), strict=True)
    ]
    assert bars(dishonest)[2] is False
    assert bars(cells(0.8, 0.4, "grouped"))[2] is True


def test_without_a_grouped_or_shifted_set_the_third_bar_is_not_met():
    assert bars(cells(0.8, 0.4))[2] is False


def test_nothing_yet_meets_no_bar():
    said, met = report(cells(0.8, 0.4)[:2], TOOLS)
    assert not met
    assert "no set" in said


def test_failures_and_overruns_are_told():
    made = [*cells(0.8, None, seconds=90.0), *cells(0.8, 0.4, "grouped", name="g")]
    said, _ = report(made, TOOLS)
    assert "autogluon on small, seed 0, try 2 (failed): last line" in said
    assert "1 of 2" in said
    assert "failed" in next(line for line in said.splitlines() if line.startswith("small"))


def test_numbers_keep_their_digits():
    assert [number(value) for value in (1234.56, 0.5, -0.000123456, 0.0)] == ["1235", "0.500", "-0.0001235", "0.000"]
