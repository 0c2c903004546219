"""What a run says of its schemes."""

from __future__ import annotations

import pytest

from core.scheme_rows import SCHEME_COLUMNS, scheme_rows


def record(higher_is_better=False, **more):
    schemes = {"city": {"folds": [3.0, 5.0], "together": 4.2}, "random": {"folds": [2.0, None], "together": 2.2}}
    areas = [{"name": "city", "area": 0.9}, {"name": "random", "area": 0.5}]
    resemblance = {"test": {"name": "test", "area": 0.93}, "schemes": areas, "closest": "city"}
    result = {"higher_is_better": higher_is_better}
    return {"schemes": schemes, "resemblance": resemblance, "result": result, "folds": {"scheme": "city"}} | more


def test_a_scheme_unlike_the_test_is_more_hopeful_by_what_it_promises_in_vain():
    first, second, test = scheme_rows(record())
    assert first == ("city", 4.2, 4.0, pytest.approx(1.0), "", "0.90", "headline, resembles the test most")
    assert second[:3] == ("random", 2.2, 2.0)
    assert second[4] == pytest.approx(2.0)
    assert test == ("test and train", "", "", "", "", "0.93", "the real thing")
    assert all(len(row) == len(SCHEME_COLUMNS) for row in (first, second, test))


def test_where_more_is_better_hope_is_a_higher_score():
    assert scheme_rows(record(higher_is_better=True))[1][4] == pytest.approx(-2.0)


def test_a_record_of_an_earlier_version_has_neither_gap_nor_areas():
    old = record(schemes={"city": {"folds": [3.0]}, "random": {"folds": [2.0]}}, resemblance=None)
    assert [row[1] for row in scheme_rows(old)] == ["", ""]
    assert [row[4:] for row in scheme_rows(old)] == [("", "", "headline"), ("", "", "")]


def test_without_the_headline_nothing_is_put_beside_another():
    alone = record(schemes={"random": {"folds": [2.0], "together": 2.2}})
    assert scheme_rows(alone)[0][:5] == ("random", 2.2, 2.0, pytest.approx(float("nan"), nan_ok=True), "")
    assert scheme_rows(alone)[0][6] == ""
