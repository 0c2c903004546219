from __future__ import annotations

from core.importance import ColumnImportance, Importance
from core.report.columns import MOST_BARS, columns
from core.report.evidence import Evidence
from tests.core.report.runs import Page, a_run, tables


def found(count=2, **more) -> Importance:
    parts = tuple(ColumnImportance(f"c{k}", 0.5 - 0.25 * k, 0.125 if k == 0 else float("nan")) for k in range(count))
    return Importance(**{"member": "m", "seed": 0, "rows": 30, "folds": 3, "repeats": 3, "columns": parts,
                         "glanced": 0, "left_out": 0, **more})  # fmt: skip


def test_columns_stand_with_their_errors(tmp_path):
    body = columns(Evidence(a_run(tmp_path)), found(), "").body
    assert "30 rows of 3 folds, 3 shuffles each" in Page(body).text
    assert tables(body) == [
        [["column", "worse by", "± s.e.", "in standard errors"], ["c0", "0.5", "0.12", "4"], ["c1", "0.25", "–", "–"]]
    ]
    assert "left out" not in body
    assert "further columns" not in body


def test_what_was_not_measured_is_counted(tmp_path):
    body = columns(Evidence(a_run(tmp_path)), found(glanced=7, left_out=5), "").body
    assert "7 further columns had one shuffle" in body
    assert "5 columns are left out: the time granted ended before." in body


def test_many_columns_are_in_the_table_alone(tmp_path):
    body = columns(Evidence(a_run(tmp_path)), found(MOST_BARS + 5), "").body
    assert f"The first {MOST_BARS} of {MOST_BARS + 5}." in body


def test_it_says_why_there_is_none(tmp_path):
    run = Evidence(a_run(tmp_path))
    assert "because" in columns(run, None, "because").body
    assert "because" in columns(run, found(0), "because").body
