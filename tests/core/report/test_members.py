from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.report.evidence import Evidence
from core.report.members import correlations, members
from tests.core.report.runs import a_run, tables


@given(st.integers(1, 5), st.integers(2, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_correlations_are_those_of_rows_that_count_so_often(lines, values, seed):
    rng = np.random.default_rng(seed)
    given_, weight = rng.normal(size=(lines, values)), rng.integers(1, 4, values)
    found = correlations(given_, weight.astype(float))
    expected = np.corrcoef(np.repeat(given_, weight, axis=1)).reshape(lines, lines)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_line_that_does_not_vary_correlates_with_nothing():
    found = correlations(np.array([[1.0, 1, 1], [1.0, 2, 3]]), np.ones(3))
    assert np.isnan(found[0]).all()
    assert found[1, 1] == pytest.approx(1)


def test_values_that_are_not_known_are_left_out():
    found = correlations(np.array([[1.0, 2, 3, np.nan], [2.0, 4, 6, 0]]), np.ones(4))
    assert found[0, 1] == pytest.approx(1)
    assert np.isnan(correlations(np.full((2, 3), np.nan), np.ones(3))).all()


def test_members_stand_with_score_difference_and_weight(tmp_path):
    run = a_run(tmp_path)
    result = run.record["result"]
    (heads, *rows), *_ = tables(members(Evidence(run)).body)
    assert heads == ["member", "score ± s.e.", "minus blend, by fold", "weight", "seeds", "seconds"]
    assert rows[-1][0] == "constant (baseline)"
    assert rows[-1][3] == ""
    for row in rows[:-1]:
        member = result["members"][row[0]]
        apart = np.array(member["folds"]) - result["nested"]["folds"]
        assert row[1] == f"{member['score']:.5g} ± {member['standard_error']:.2g}"
        assert row[2].replace("−", "-").split(" ± ")[0] == f"{apart.mean():.3g}"
        assert row[3] == "0.333"


def test_marginal_gains_have_a_column_and_a_picture_where_the_run_knows_them(tmp_path):
    run = a_run(tmp_path)
    assert "marginal" not in members(Evidence(run)).body.lower()
    run.record["result"]["marginal"] = {"member-0": 0.01, "member-1": -0.002, "member-2": None}
    body = members(Evidence(run)).body
    assert "Marginal gain" in body
    (heads, *rows), *_ = tables(body)
    gains = {row[0]: row[heads.index("marginal gain")] for row in rows}
    assert gains == {"member-0": "0.01", "member-1": "−0.002", "member-2": "–", "constant (baseline)": ""}


@pytest.mark.parametrize(("task", "outputs"), [("class", ("a", "b")), ("values", ("x", "y")), ("labels", ("a", "b"))])
def test_errors_that_go_together_are_shown(task, outputs, tmp_path):
    body = members(Evidence(a_run(tmp_path, task, outputs=outputs))).body
    found = tables(body)[-1]
    assert found[0] == ["", "member-0", "member-1", "member-2"]
    assert [found[k][k] for k in (1, 2, 3)] == ["1.00"] * 3


def test_a_single_member_has_nobody_to_agree_with(tmp_path):
    assert "Correlation" not in members(Evidence(a_run(tmp_path, names=("only",)))).body


def test_a_member_that_nothing_validates_has_dashes(tmp_path):
    run = a_run(tmp_path)
    run.record["result"]["members"]["mate"] = {"baseline": False, "weight": 0.3, "score": None}
    rows = {row[0]: row for row in tables(members(Evidence(run)).body)[0]}
    assert rows["mate"][1:3] == ["–", "–"]
