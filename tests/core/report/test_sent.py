from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from core.report.evidence import Evidence
from core.report.sent import MOST_PICTURES, sent
from tests.core.report.runs import Page, a_run, tables


@pytest.mark.parametrize("weighted", [False, True])
def test_means_shares_and_distances(weighted, tmp_path):
    found = Evidence(a_run(tmp_path, outputs=("a", "b", "c"), weighted=weighted))
    rows = found.judged
    seen, weight, test = found.blended[rows], found.weight[rows], found.tested
    section = sent(found)
    assert ("weighted to the test, both" in section.body) == weighted
    ((_, *lines),) = tables(section.body)
    for k, line in enumerate(lines):
        assert line[0] == "abc"[k]
        assert line[1] == f"{np.average(seen[:, k], weights=weight):.4g}"
        assert line[2] == f"{test[:, k].mean():.4g}"
        assert line[4] == f"{100 * weight[seen.argmax(1) == k].sum() / weight.sum():.1f} %"
        assert line[5] == f"{100 * (test.argmax(1) == k).mean():.1f} %"
        if not weighted:
            assert line[3] == f"{ks_2samp(seen[:, k], test[:, k]).statistic:.3g}"


def test_a_weight_counts_as_so_many_rows(tmp_path):
    run = a_run(tmp_path, "value", outputs=("y",))
    with np.load(tmp_path / "folds.npz") as arrays:
        kept = dict(arrays)
    kept["weight"] = np.arange(90) % 3 + 1.0
    np.savez(tmp_path / "folds.npz", **kept)
    found = Evidence(run)
    repeated = np.repeat(found.blended[:, 0], (np.arange(90) % 3 + 1))
    ((_, line),) = tables(sent(found).body)
    assert line[3] == f"{ks_2samp(repeated, found.tested[:, 0]).statistic:.3g}"
    assert len(line) == 4


def test_of_two_classes_one_is_drawn_and_of_many_those_furthest_apart(tmp_path):
    assert sent(Evidence(a_run(tmp_path / "two"))).body.count("<figure") == 1
    many = sent(Evidence(a_run(tmp_path / "many", outputs=tuple("abcdefghij"), rows=200)))
    assert many.body.count("<figure") == MOST_PICTURES
    assert f"The {MOST_PICTURES} of 10 outputs that are furthest apart are drawn." in Page(many.body).text


def test_a_run_whose_members_are_gone_has_no_such_section(tmp_path):
    run = a_run(tmp_path)
    (tmp_path / "predictions" / "member-0.npz").unlink()
    assert sent(Evidence(run)) is None


def test_what_was_mixed_in_by_hand_is_told(tmp_path):
    run = a_run(tmp_path, mixed={"name": "mate", "weight": 0.3})
    assert "What was mixed in by hand, mate, is not in them." in sent(Evidence(run)).body


def test_decided_answers_are_not_held_against_undecided_ones(tmp_path):
    run = a_run(tmp_path, decision={"threshold": 0.3})
    assert sent(Evidence(run)).body.count("<figure") == 1  # neither is decided
    with np.load(tmp_path / "folds.npz") as arrays:
        kept = dict(arrays)
    kept["nested"] = np.full((90, 2), 0.5)
    np.savez(tmp_path / "folds.npz", **kept)
    body = sent(Evidence(run)).body
    assert "cannot be taken here" in body
    assert "<figure" not in body
