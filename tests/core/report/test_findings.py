from __future__ import annotations

from core.report.evidence import Evidence
from core.report.findings import findings
from tests.core.report.runs import a_run, tables


def finding(severity, message):
    return {"severity": severity, "check": "c", "message": message, "advice": f"mend {message}", "columns": []}


def test_the_worst_stands_first(tmp_path):
    run = a_run(tmp_path, findings=[finding("note", "a"), finding("leak", "b"), finding("warning", "c")])
    assert tables(findings(Evidence(run)).body) == [
        [
            ["", "check", "what was found", "way out"],
            ["leak", "c", "b", "mend b"],
            ["warning", "c", "c", "mend c"],
            ["note", "c", "a", "mend a"],
        ]
    ]


def test_nothing_found_is_said_and_not_looked_is_not(tmp_path):
    assert "Nothing was found." in findings(Evidence(a_run(tmp_path))).body
    assert findings(Evidence(a_run(tmp_path, record={"findings": None}))) is None
