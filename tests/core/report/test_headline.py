from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t

from core.exhibit import EXPECTED
from core.report.evidence import Evidence
from core.report.headline import MOST_BOXES, better_than_baseline, headline, paired, spread_on_test
from tests.core.report.runs import Page, a_run, shown


def with_folds(tmp_path, nested, baseline, **more):
    run = a_run(tmp_path, **more)
    run.record["result"]["nested"] = shown(nested)
    run.record["result"]["members"]["constant"] |= shown(baseline)
    return run


def test_the_score_stands_first_with_its_error_and_what_it_is_beside(tmp_path):
    run = with_folds(tmp_path, (0.4, 0.5, 0.6), (0.7, 0.8, 0.8))
    text = Page(headline(Evidence(run))).text
    assert "made-up" in text
    assert "log_loss, lower is better" in text
    assert text.index("nested score0.5± 0.058 standard error over 3 folds") < text.index("baseline")
    assert "selection score0.35" in text


def test_the_gain_on_the_baseline_is_paired_and_positive_where_it_is_better(tmp_path):
    run = with_folds(tmp_path, (0.4, 0.5, 0.6), (0.7, 0.8, 0.8))
    gained = better_than_baseline(Evidence(run))
    assert gained.folds == pytest.approx((0.3, 0.3, 0.2))
    run.record["result"]["higher_is_better"] = True
    assert better_than_baseline(Evidence(run)).value == pytest.approx(-0.8 / 3)
    assert "8.0 s.e." in headline(Evidence(with_folds(tmp_path / "b", (0.4, 0.5, 0.6), (0.7, 0.8, 0.8))))


def test_differences_of_other_folds_are_not_taken():
    assert paired([0.1, 0.2], [0.1]).folds == ()
    assert math.isnan(paired([0.1, None], [0.1, 0.2]).folds[1])


@pytest.mark.parametrize("weighted", [False, True])
def test_the_interval_is_wider_than_the_error_over_folds(weighted, tmp_path):
    run = with_folds(tmp_path, (0.4, 0.5, 0.6), (0.7, 0.8, 0.8), weighted=weighted)
    weight = np.load(tmp_path / "folds.npz")["weight"]
    worth = weight.sum() ** 2 / (weight**2).sum()
    expected = t.ppf(0.975, 2) * 0.1 / math.sqrt(3) * math.sqrt(1 + worth / 40)
    assert spread_on_test(Evidence(run)) == pytest.approx(expected)
    assert (worth < 90) == weighted


def test_the_interval_holds_the_score_of_a_new_file_as_often_as_it_says(tmp_path):
    """Rows with noise, 5 folds of 200, and files of 100 rows of the same kind."""
    rng = np.random.default_rng(0)
    losses = rng.gamma(0.5, 1, (2000, 5, 200)).mean(axis=2)
    files = rng.gamma(0.5, 1, (2000, 100)).mean(axis=1)
    run = a_run(tmp_path, parts=5, rows=1000, tests=100)
    inside = 0
    for folds, file in zip(losses, files, strict=True):
        run.record["result"]["nested"] = shown(folds)
        found = Evidence(run)
        found.__dict__["judged"] = np.empty(0)  # not read anew 2000 times
        inside += abs(file - folds.mean()) < spread_on_test(found)
    assert 0.93 < inside / 2000 < 0.98


@pytest.mark.parametrize("nested", [(0.5,), (0.5, None, None)])
def test_one_fold_says_nothing_of_what_to_expect_but_a_number(nested, tmp_path):
    run = with_folds(tmp_path, nested, (0.7, 0.8, 0.8))
    text = headline(Evidence(run))
    assert "expect about 0.5000, if the test rows" in text
    assert "19 of 20" not in text


def test_what_is_worst_stands_first_and_the_rest_unfolds(tmp_path):
    findings = [
        {"severity": "note", "message": "unimportant", "advice": "none", "check": "c"},
        {"severity": "warning", "message": "a drift", "advice": "look", "check": "c"},
        {"severity": "leak", "message": "a leak", "advice": "drop it", "check": "c"},
    ]
    run = with_folds(tmp_path, (0.4, 0.5, 0.6), (0.7, 0.8, 0.8), findings=findings, notes=["n"] * MOST_BOXES)
    said = headline(Evidence(run))
    assert said.index("a leak → drop it") < said.index("a drift → look") < said.index("Note: ")
    assert "unimportant" not in said
    assert "<summary>2 more</summary>" in said


def test_a_blend_that_is_hardly_better_than_nothing_is_told(tmp_path):
    hardly, clearly = ((0.69, 0.81, 0.79), (0.4, 0.5, 0.5))
    for nested, told in ((hardly, True), (clearly, False)):
        run = with_folds(tmp_path / str(told), nested, (0.7, 0.8, 0.8))
        assert ("that may be chance" in headline(Evidence(run))) == told


def test_what_nothing_validates_stands_above_the_scores_and_promises_nothing(tmp_path):
    run = with_folds(tmp_path, (0.4, 0.5, 0.6), (0.7, 0.8, 0.8))
    assert "expect about" in Page(headline(Evidence(run))).text
    note = "unvalidated: notebook has weight 0.3 in the answer"
    run.record |= {"mixed": {"name": "notebook", "weight": 0.3, "note": note}}
    run.record["notes"] = [*(f"note {number}" for number in range(MOST_BOXES + 3)), note]
    text = Page(headline(Evidence(run))).text
    assert text.count(note) == 1
    assert text.index(note) < text.index("nested score")
    assert "expect about" not in text


def test_what_was_taken_though_suspicious_stands_above_the_scores_once(tmp_path):
    run = with_folds(tmp_path, (0.4, 0.5, 0.6), (0.7, 0.8, 0.8))
    said = ["mate: taken with --yes, though oof.csv is suspicious: too good", "book: taken with --yes, though odd"]
    run.record |= {
        "outside": {"mate": {"suspicious": said[:1]}, "old": {"files": {}}},
        "mixed": {"name": "book", "weight": 0.3, "note": "unvalidated: book", "suspicious": said[1:]},
    }
    notes = ["20260101-000000-aa: " + said[0], said[1], "unvalidated: book"]
    run.record["notes"] = [*(f"note {number}" for number in range(MOST_BOXES + 3)), *notes]
    text = Page(headline(Evidence(run))).text
    for note in ("unvalidated: book", *said):
        assert text.count(note) == 1
        assert text.index(note) < text.index("nested score")


def test_where_the_competition_says_what_to_expect_the_page_has_no_interval_of_its_own(tmp_path):
    run = with_folds(tmp_path, (0.4, 0.5, 0.6), (0.7, 0.8, 0.8))
    assert "in 19 of 20 cases" in Page(headline(Evidence(run))).text
    run.record["extras"] = [{"title": EXPECTED, "columns": [], "rows": [], "notes": []}]
    text = Page(headline(Evidence(run))).text
    assert "19 of 20" not in text
    assert f"the table “{EXPECTED}” says how far" in text
