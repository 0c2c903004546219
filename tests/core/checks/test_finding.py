"""What a check has to say."""

from __future__ import annotations

import json

import pytest

from core.checks.finding import Finding, listed, percent, worst_first


def test_leaks_come_first_and_equals_keep_their_order():
    found = [
        Finding(name, severity, "", "")
        for name, severity in zip("abcde", ["note", "leak", "warning", "leak", "note"], strict=True)
    ]
    assert [finding.check for finding in worst_first(found)] == ["b", "d", "c", "a", "e"]


def test_a_finding_as_json_holds_all_of_it():
    finding = Finding("types", "warning", "what", "way out", ("x",))
    assert json.loads(json.dumps(finding.to_json())) == {
        "check": "types",
        "severity": "warning",
        "message": "what",
        "advice": "way out",
        "columns": ["x"],
    }


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.00012, "0.012 %"), (0.0123, "1.2 %"), (0.5, "50 %"), (0.996, "100 %"), (1, "100 %")],
)
def test_shares_are_read_as_people_do(share, text):
    assert percent(share) == text


def test_a_list_of_many_says_how_many():
    assert listed("ab") == "a, b"
    assert listed("abcdefg", most=2) == "a, b, … (7 in all)"
