from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.metrics import LOG_LOSS
from core.report.evidence import Evidence
from tests.core.report.runs import a_run


def test_the_blend_is_made_again_from_its_members(tmp_path):
    found = Evidence(a_run(tmp_path))
    mean = np.mean([found.predictions(f"member-{k}", "out_of_fold") for k in range(3)], axis=0)
    np.testing.assert_allclose(found.blended, mean)
    assert found.tested.shape == (40, 2)
    assert not found.nested
    assert found.metric is LOG_LOSS
    assert found.judge is not None


def test_predictions_are_averaged_over_seeds(tmp_path):
    found = Evidence(a_run(tmp_path))
    with np.load(tmp_path / "predictions" / "member-0.npz") as arrays:
        expected = (arrays["test_0"] + arrays["test_1"]) / 2
    np.testing.assert_array_equal(found.predictions("member-0", "test"), expected)


def test_nested_predictions_are_taken_where_the_run_has_kept_them(tmp_path):
    run = a_run(tmp_path)
    with np.load(tmp_path / "folds.npz") as arrays:
        kept = dict(arrays)
    nested = np.full((90, 2), 0.5)
    nested[7] = np.nan
    np.savez(tmp_path / "folds.npz", **kept, nested=nested)
    found = Evidence(run)
    assert found.nested
    assert found.blended is found.arrays["nested"]
    assert 7 not in found.judged
    assert len(found.judged) == 89


def test_rows_that_count_nothing_are_not_judged(tmp_path):
    run = a_run(tmp_path)
    with np.load(tmp_path / "folds.npz") as arrays:
        kept = dict(arrays)
    kept["weight"][:30] = 0
    np.savez(tmp_path / "folds.npz", **kept)
    assert sorted(Evidence(run).judged) == list(range(30, 90))


def test_only_fitted_folds_are_judged(tmp_path):
    run = a_run(tmp_path)
    run.record["folds"]["fitted"] = [2]
    found = Evidence(run)
    assert set(found.scored) == {2}
    assert sorted(found.judged) == sorted(found.arrays["score_2"])


@pytest.mark.parametrize(
    ("task", "outputs"), [("class", ("a", "b")), ("labels", ("a", "b")), ("value", ("y",)), ("values", ("x", "y"))]
)
def test_the_task_is_read_from_the_truth(task, outputs, tmp_path):
    assert Evidence(a_run(tmp_path, task, outputs=outputs)).task == task


def test_members_come_in_the_order_of_their_scores_baselines_last(tmp_path):
    run = a_run(tmp_path)
    members = run.record["result"]["members"]
    for name, score in {"member-0": 0.5, "member-1": None, "member-2": 0.4, "constant": 0.1}.items():
        members[name]["score"] = score
    assert list(Evidence(run).members) == ["member-2", "member-0", "member-1", "constant"]
    run.record["result"]["higher_is_better"] = True
    assert list(Evidence(run).members) == ["member-0", "member-2", "member-1", "constant"]


def test_the_heaviest_member_speaks_for_all(tmp_path):
    run = a_run(tmp_path)
    run.record["blend"]["weights"] = {"member-0": 0.2, "member-1": 0.5, "member-2": 0.3}
    found = Evidence(run)
    assert found.weighted == ["member-1", "member-2", "member-0"]
    assert found.best_single == "member-1"


def test_a_metric_that_nobody_knows_judges_nothing(tmp_path):
    found = Evidence(a_run(tmp_path, metric="house special"))
    assert found.metric is None
    assert found.judge is None
    assert found.task == "class"


def test_groups_that_cannot_be_had_judge_nothing(tmp_path):
    run = a_run(tmp_path)
    run.record["result"]["per"] = "race"
    found = Evidence(run)
    assert found.groups is None
    assert found.judge is None


def test_ranks_are_no_probabilities(tmp_path):
    run = a_run(tmp_path)
    assert Evidence(run).are_probabilities
    run.record["blend"]["scale"] = "ranks"
    found = Evidence(run)
    assert not found.are_probabilities
    values = pd.Series(found.blended[:, 1])
    assert values.between(0, 1).all()


def test_a_blend_whose_keys_are_not_there_is_not_guessed(tmp_path):
    run = a_run(tmp_path)
    run.record["blend"] |= {"scale": "ranks", "per": "race"}
    assert Evidence(run).blended is None


def test_a_blend_by_regime_is_not_guessed_either(tmp_path):
    whole = {"method": "by regime", "weights": {"member-0": 1.0}, "scale": "values", "per": None, "bias": []}
    run = a_run(tmp_path, blend={**whole, "regime": "known", "regimes": {"yes": whole}})
    assert Evidence(run).tested is None
    run = a_run(tmp_path / "plain", blend=whole)
    assert Evidence(run).tested is not None


def test_a_member_that_is_gone_leaves_no_blend(tmp_path):
    run = a_run(tmp_path)
    (tmp_path / "predictions" / "member-1.npz").unlink()
    found = Evidence(run)
    assert found.blended is None
    assert not len(found.judged)
