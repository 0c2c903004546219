from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, confusion_matrix, log_loss, recall_score, roc_auc_score

from core.report.classes import MOST_CURVES, MOST_POINTS, confusion, is_probability, of_classes, thinned
from core.report.evidence import Evidence
from tests.core.report.runs import a_run, tables


def judged(run):
    found = Evidence(run)
    rows = found.judged
    return found, found.truth[rows], found.blended[rows], found.weight[rows]


@given(st.integers(2, 6), st.integers(2, 50), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_confusion_is_that_of_scikit_learn(classes, rows, seed):
    rng = np.random.default_rng(seed)
    codes, said = rng.integers(0, classes, (2, rows))
    weight = rng.uniform(0.1, 2, rows)
    found = confusion(codes, said, weight, classes)
    expected = confusion_matrix(codes, said, labels=range(classes), sample_weight=weight, normalize="true")
    there = np.isin(np.arange(classes), codes)
    np.testing.assert_allclose(found[there], expected[there])
    assert np.isnan(found[~there]).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=3000))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_a_thinned_curve_keeps_its_ends_and_invents_no_point(points):
    x, y = np.sort(np.array(points).T, axis=1)
    a, b = thinned(x, y)
    assert len(a) <= MOST_POINTS
    assert (a[0], b[0], a[-1], b[-1]) == (x[0], y[0], x[-1], y[-1])
    assert set(zip(a, b, strict=True)) <= set(zip(x, y, strict=True))


def test_a_thinned_curve_strays_nowhere():
    x = np.linspace(0, 1, 20_000)
    a, b = thinned(x, np.sqrt(x))
    np.testing.assert_allclose(np.interp(x, a, b), np.sqrt(x), atol=0.01)


@pytest.mark.parametrize("weighted", [False, True])
def test_each_class_has_its_numbers(weighted, tmp_path):
    run = a_run(tmp_path, outputs=("a", "b", "c"), weighted=weighted)
    found, truth, predicted, weight = judged(run)
    (heads, *rows), matrix = tables(of_classes(found))
    assert heads[0] == "class"
    for k, row in enumerate(rows):
        own = truth == k
        loss = log_loss(truth[own], predicted[own], sample_weight=weight[own], labels=range(3))
        recall = recall_score(truth, predicted.argmax(1), labels=[k], average=None, sample_weight=weight)[0]
        assert row[:2] == ["abc"[k], str(own.sum())]
        assert row[2] == f"{100 * weight[own].sum() / weight.sum():.1f} %"
        assert row[4] == f"{loss:.5g}"
        assert row[6] == f"{roc_auc_score(own, predicted[:, k], sample_weight=weight):.5g}"
        assert row[7] == f"{100 * recall:.1f} %"
        assert matrix[k + 1][k + 1] == f"{recall:.2f}"
    shares = [float(row[5].removesuffix(" %")) for row in rows]
    assert sum(shares) == pytest.approx(100, abs=0.2)


def test_two_classes_have_curves_with_their_areas(tmp_path):
    found, truth, predicted, weight = judged(a_run(tmp_path, weighted=True))
    body = of_classes(found)
    assert f"Area {roc_auc_score(truth, predicted[:, 1], sample_weight=weight):.4f}" in body
    assert f"Average precision {average_precision_score(truth, predicted[:, 1], sample_weight=weight):.4f}" in body
    assert body.count("<figure") == 3  # and one reliability curve: the other is its mirror image


def test_a_class_that_no_row_has_is_a_line_of_dashes(tmp_path):
    run = a_run(tmp_path, outputs=("a", "b", "c"))
    with np.load(tmp_path / "folds.npz") as arrays:
        kept = dict(arrays)
    kept["truth"] = np.minimum(kept["truth"], 1)
    np.savez(tmp_path / "folds.npz", **kept)
    (_, *rows), matrix = tables(of_classes(Evidence(run)))
    assert rows[2][:3] == ["c", "0", "0.0 %"]
    assert rows[2][4:8] == ["–"] * 4
    assert matrix[3] == ["c", "–", "–", "–"]


def test_of_many_classes_the_worst_are_drawn_and_the_most_confused_are_named(tmp_path):
    names = tuple(f"class {k}" for k in range(40))
    found, truth, predicted, weight = judged(a_run(tmp_path, outputs=names, rows=400))
    body = of_classes(found)
    assert body.count("<figure") == MOST_CURVES
    assert f"The {MOST_CURVES} classes furthest from it beyond chance, of 40." in body
    (heads, first, *_) = tables(body)[-1]
    assert heads == ["true class", "taken for", "share of the true class"]
    shares = np.nan_to_num(confusion(truth, predicted.argmax(1), weight, 40))
    np.fill_diagonal(shares, 0)
    assert float(first[2]) == pytest.approx(shares.max(), abs=1e-3)


def test_ranks_have_no_reliability_but_the_heaviest_member_has(tmp_path):
    run = a_run(tmp_path)
    run.record["blend"]["scale"] = "ranks"
    body = of_classes(Evidence(run))
    assert "values are no probabilities; what follows is of member-0" in body
    assert "Reliability" in body
    assert "By class, member-0" in body


def test_what_is_a_probability():
    assert is_probability(np.array([[0.5, 0.5], [0, 1]]))
    assert not is_probability(np.array([[0.5, 0.6]]))
    assert not is_probability(np.array([[-0.1, 1.1]]))
