from __future__ import annotations

from core.report.evidence import Evidence
from core.report.validation import MOST_DOTS, validation
from core.scheme_rows import SCHEME_COLUMNS
from tests.core.report.runs import Page, a_run, tables


def test_it_says_why_the_folds_imitate_the_test(tmp_path):
    body = validation(Evidence(a_run(tmp_path))).body
    text = Page(body).text
    assert "3 of 3 folds, scheme random: rows drawn at random. 90 rows are scored out of fold." in text
    assert "Scores by member" in text
    assert "Scores by fold" in text


def test_rows_and_score_of_each_fold(tmp_path):
    run = a_run(tmp_path)
    (found,) = tables(validation(Evidence(run)).body)
    folds = run.record["result"]["nested"]["folds"]
    assert found[0] == ["fold", "rows to fit", "rows scored", "blend, nested"]
    assert found[1:] == [[str(k), "60", "30", f"{folds[k]:.5g}"] for k in range(3)]


def test_a_single_fold_has_no_lines(tmp_path):
    assert "Scores by fold" not in validation(Evidence(a_run(tmp_path, parts=1))).body


def test_baselines_are_named_and_not_drawn(tmp_path):
    run = a_run(tmp_path)
    body = validation(Evidence(run)).body
    assert "The baseline, constant, stands at" in body
    assert ">constant<" not in body


def test_of_many_members_the_best_are_drawn(tmp_path):
    body = validation(Evidence(a_run(tmp_path, members=20, rows=30))).body
    assert f"The best {MOST_DOTS} of 20 members." in body


def test_schemes_stand_beside_one_another(tmp_path):
    run = a_run(tmp_path, schemes={"random": {"folds": [0.2, 0.4]}, "place": {"folds": [0.5, None]}})
    assert tables(validation(Evidence(run)).body)[1] == [
        list(SCHEME_COLUMNS),
        ["random", "", "0.3", "0.1", "", "", "headline"],
        ["place", "", "0.5", "–", "", "", ""],
    ]  # fmt: skip


def test_a_run_without_folds_has_no_such_section(tmp_path):
    assert validation(Evidence(a_run(tmp_path, record={"folds": None}))) is None
