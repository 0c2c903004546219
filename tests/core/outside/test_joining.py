"""Runs and members from outside, blended anew."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.errors import Refusal
from core.exhibit import EXPECTED, Exhibit
from core.ledger import Ledger
from core.outside.files import OutsideFiles
from core.outside.fold_table import fold_table
from core.outside.ground import ground_of
from core.outside.joining import join_runs
from core.outside.level import CHECK as OF_LEVELS
from core.outside.stored import stored_predictions
from core.outside.tables import ON_TRUST, SUSPICIOUS, VALIDATED
from core.predict import lacking_models, predict
from core.run import RunFolder, find_run
from core.submission import write_submission
from tests.contract.fakes.sequences import Sequences
from tests.contract.fakes.shifted import Shifted
from tests.core.outside.made import Wide, WithSecond, copied, data_of, finished
from tests.support.small import member


class Weak(Wide):
    """Its only member knows little, and has a name of its own."""

    def members(self, dataset):
        return [member("blurred", defaults={"noise": 2.0})]


def mate(pair, alone=False):
    oof, test = pair.data / "outside-train.csv", pair.data / "outside-test.csv"
    return OutsideFiles("mate", test, None if alone else oof)


def standings_of(run):
    (table,) = (table for table in run.record["extras"] if table["title"] == "members from outside")
    return {row[0]: row[-1] for row in table["rows"]}


def reopened(run):
    return RunFolder.open(run.path)


def contents(run):
    parts = sorted([*run.path.glob("predictions/*"), run.submission, run.path / "folds.npz"])
    return {path.name: path.read_bytes() for path in parts}


@pytest.fixture(scope="module")
def joint(pair):
    return join_runs([pair.first, pair.second], Wide(), pair.root)


@pytest.fixture(scope="module")
def imported(pair):
    return join_runs([pair.first], Wide(), pair.root, outside=[mate(pair)])


def test_equal_runs_in_any_order_give_equal_bytes_and_another_folder(pair, joint):
    other = join_runs([reopened(pair.second), reopened(pair.first)], Wide(), pair.root)
    assert other.path != joint.path
    assert contents(other) == contents(joint)
    assert other.record["blend"] == joint.record["blend"]
    assert other.record["result"]["nested"] == joint.record["result"]["nested"]


def test_the_blend_of_a_parent_is_found_again(pair, joint, imported):
    for run in (joint, imported):
        for standing in run.record["result"]["parents"]:
            parent = next(p for p in (pair.first, pair.second) if p.run_id == standing["run_id"])
            assert standing["nested"] == pytest.approx(parent.record["result"]["nested"]["score"], rel=1e-12)


def test_what_is_gained_is_the_difference_of_the_nested_scores(pair, imported):
    result = imported.record["result"]
    (standing,) = result["parents"]
    assert standing["gain"] == pytest.approx(standing["nested"] - result["nested"]["score"])  # lower is better
    assert standing["gain"] > 2 * standing["error"] > 0
    assert standing["over"] == "groups"  # its folds keep places together
    assert result["members"]["mate"]["weight"] == imported.record["blend"]["weights"]["mate"] > 0.2
    assert set(result["marginal"]) == set(imported.record["blend"]["weights"])


def test_the_new_run_is_known_to_the_ledger_and_finished(pair, imported):
    again = find_run(pair.root, imported.run_id)
    assert again.finished
    entered = {row["run_id"]: row for row in Ledger(pair.root).runs()}[imported.run_id]
    assert entered["score"] == imported.record["result"]["nested"]["score"]
    assert (again.record["kind"], again.record["competition"]) == ("blend", "small")
    assert [parent["run_id"] for parent in again.record["parents"]] == [pair.first.run_id]
    json.dumps(again.record, allow_nan=False)


def test_a_blend_of_runs_predicts_without_its_parents(pair, joint, tmp_path):
    moved = copied(joint, tmp_path / "moved")
    assert not lacking_models(moved.record)
    frame, layout, _ = predict(moved, Wide(), pair.data)
    write_submission(frame, layout, tmp_path / "answer.csv")
    assert (tmp_path / "answer.csv").read_bytes() == joint.submission.read_bytes()


def test_a_blend_with_an_outside_member_names_it_and_who_can_predict(pair, imported):
    with pytest.raises(Refusal, match="outside member 'mate' has weight") as caught:
        predict(reopened(imported), Wide(), pair.data)
    assert pair.first.run_id in caught.value.way_out


def test_blends_may_be_parents_again(pair, joint, imported):
    found = join_runs([imported, joint, pair.second], Wide(), pair.root)
    members = found.record["result"]["members"]
    assert len(members) == 5  # constant, line, mate and two of noisy
    assert "mate" in found.record["outside"]
    assert found.record["outside"]["mate"]["files"] == imported.record["outside"]["mate"]["files"]
    assert set(found.record["models"]) == set(members) - {"mate"}
    with pytest.raises(Refusal, match="outside member 'mate' has weight") as caught:
        predict(found, Wide(), pair.data)
    assert f"({min(joint.run_id, pair.second.run_id)}, " in caught.value.way_out
    assert imported.run_id not in caught.value.way_out


def test_importing_a_name_again_makes_another_folder_and_leaves_the_first(pair, imported):
    before = contents(imported)
    again = join_runs([pair.first], Wide(), pair.root, outside=[mate(pair)])
    assert again.path != imported.path
    assert contents(again) == contents(imported) == before
    with pytest.raises(Refusal, match="a member 'mate' already"):
        join_runs([imported], Wide(), pair.root, outside=[mate(pair)])


def test_what_is_brought_is_judged_alike_in_any_order_and_company(pair, tmp_path):
    """A weak leaky file would hide behind a good one, and a good one be refused beside a leaky one."""
    truth = pd.read_csv(pair.data / "train.csv", dtype={"id": str})
    frame = pd.read_csv(pair.data / "outside-train.csv", dtype={"id": str})
    rng = np.random.default_rng(0)
    paths = {"good": pair.data / "outside-train.csv", "leaky": tmp_path / "leaky.csv", "weak": tmp_path / "weak.csv"}
    truth[["id"]].assign(y=truth["y"] + rng.normal(0, 0.3, len(truth))).to_csv(paths["leaky"], index=False)
    frame.assign(y=frame["y"] + rng.normal(0, 1, len(frame))).to_csv(paths["weak"], index=False)
    brought = {name: OutsideFiles(name, pair.data / "outside-test.csv", path) for name, path in paths.items()}
    said = set()
    for names in (["leaky"], ["good", "leaky"], ["leaky", "good"], ["weak", "leaky", "good"]):
        with pytest.raises(Refusal) as caught:
            join_runs([pair.first], Wide(), tmp_path / "runs", outside=[brought[name] for name in names])
        said.add(str(caught.value))
    assert len(said) == 1
    orders = [["good", "leaky", "weak"], ["weak", "leaky", "good"]]
    files = [[brought[name] for name in names] for names in orders]
    one, other = (join_runs([pair.first], Wide(), tmp_path / "runs", outside=f, accept=True) for f in files)
    assert contents(one) == contents(other)
    assert one.record["notes"] == other.record["notes"]
    assert one.record["outside"] == other.record["outside"]
    step = join_runs([pair.first], Wide(), tmp_path / "runs", outside=[brought["leaky"]], accept=True)
    last = join_runs([step], Wide(), tmp_path / "runs", outside=[brought["good"]])  # the leak is not held against it
    assert last.record["outside"]["good"] == one.record["outside"]["good"]
    assert last.record["outside"]["leaky"] == one.record["outside"]["leaky"]
    first = join_runs([pair.first], Wide(), tmp_path / "runs", outside=[brought["good"]])
    with pytest.raises(Refusal) as caught:
        join_runs([first], Wide(), tmp_path / "runs", outside=[brought["leaky"]])
    assert str(caught.value) in said


def test_a_good_member_is_no_suspect_beside_a_weak_parent(pair, tmp_path):
    weak = finished(Weak, pair.data, tmp_path / "runs")
    found = join_runs([weak, pair.first], Wide(), tmp_path / "runs", outside=[mate(pair)])
    assert standings_of(found) == {"mate": ON_TRUST}
    assert next(s for s in found.record["result"]["parents"] if s["run_id"] == weak.run_id)["gain"] > 0.3


def test_folds_that_the_file_tells_are_validated(pair, tmp_path):
    table = fold_table(ground_of(pair.first, Wide()))
    frame = pd.read_csv(pair.data / "outside-train.csv", dtype={"id": str})
    frame.merge(table, on="id").to_csv(tmp_path / "oof.csv", index=False)
    files = OutsideFiles("mate", pair.data / "outside-test.csv", tmp_path / "oof.csv")
    found = join_runs([pair.first], Wide(), tmp_path / "runs", outside=[files])
    assert standings_of(found) == {"mate": VALIDATED}
    assert found.record["outside"]["mate"]["standing"] == VALIDATED
    trusting = join_runs([found], Wide(), tmp_path / "runs", outside=[replace(mate(pair), name="other")])
    assert standings_of(trusting) == {"mate": VALIDATED, "other": ON_TRUST}


def test_test_predictions_on_another_level_are_warned_of_and_stay_so(pair, tmp_path):
    frame = pd.read_csv(pair.data / "outside-test.csv", dtype={"id": str})
    frame.assign(y=frame["y"] + 1.5).to_csv(tmp_path / "test.csv", index=False)
    files = OutsideFiles("mate", tmp_path / "test.csv", pair.data / "outside-train.csv")
    found = join_runs([pair.first], Wide(), tmp_path / "runs", outside=[files])
    for run in (found, join_runs([found, pair.second], Wide(), tmp_path / "runs")):
        (finding,) = (finding for finding in run.record["findings"] if finding["check"] == OF_LEVELS)
        assert finding["severity"] == "warning"
        assert "'y'" in finding["message"]


class Hopeful(Wide):
    def extras(self, outcome):
        return [Exhibit(EXPECTED, ("a",), ((1,),)), Exhibit("another", ("a",), ((1,),))]


def test_no_score_is_expected_of_an_answer_that_was_never_scored(pair, tmp_path):
    for alone, weight in ((False, None), (True, 0.3)):
        brought = [mate(pair, alone=alone)]
        found = join_runs([pair.first], Hopeful(), tmp_path / "runs", outside=brought, weight=weight)
        titles = [table["title"] for table in found.record["extras"]]
        assert "another" in titles
        assert (EXPECTED in titles) != alone
    assert found.record["notes"][0] == found.record["mixed"]["note"]


def test_two_members_from_outside_are_blended_at_once(pair):
    """With other values under another name."""
    other = pair.data / "other.csv"
    frame = pd.read_csv(pair.data / "outside-train.csv")
    frame.assign(y=frame["y"] + np.random.default_rng(0).normal(0, 1, len(frame))).to_csv(other, index=False)
    files = [mate(pair), OutsideFiles("other", pair.data / "outside-test.csv", other)]
    found = join_runs([pair.first], Wide(), pair.root, outside=files)
    assert {"mate", "other"} == set(found.record["outside"])
    with pytest.raises(Refusal, match="a member 'mate' already"):
        join_runs([pair.first], Wide(), pair.root, outside=[mate(pair), mate(pair)])


def test_a_test_file_alone_leaves_the_scores_and_marks_the_rest(pair):
    found = join_runs([pair.first], Wide(), pair.root, outside=[mate(pair, alone=True)], weight=0.3)
    assert found.record["result"]["nested"] == pair.first.record["result"]["nested"]
    assert found.record["blend"]["weights"] == pair.first.record["blend"]["weights"]
    old, new, own = (
        pd.read_csv(path, index_col="id")["y"]
        for path in (pair.first.submission, found.submission, pair.data / "outside-test.csv")
    )
    assert new.to_numpy() == pytest.approx(0.7 * old + 0.3 * own)
    assert found.record["mixed"]["note"] in found.record["notes"]
    tables = [table for table in found.record["extras"] if table["title"] == "members from outside"]
    assert [list(row)[-1] for row in tables[0]["rows"]] == ["unvalidated: a weight set by hand"]
    assert list(lacking_models(found.record)) == ["mate"]
    again = join_runs([found, pair.second], Wide(), pair.root)
    assert "mixed" not in again.record
    assert not any("unvalidated: mate" in note for note in again.record["notes"])
    assert any("the unvalidated mate of this run is left out" in note for note in again.record["notes"])


def test_a_weight_by_hand_belongs_to_one_file_of_test_rows(pair):
    with pytest.raises(ValueError, match="at a weight"):
        join_runs([pair.first], Wide(), pair.root, outside=[mate(pair, alone=True)])


def test_a_decision_is_fitted_again_and_weights_hold(shifted, tmp_path):
    oof, test = tmp_path / "oof.csv", tmp_path / "test.csv"
    predictions, arrays = stored_predictions(shifted, "plain")
    for path, ids, values in (
        (oof, arrays["score_ids"], predictions.mean_out_of_fold),
        (test, arrays["test_ids"], predictions.mean_test),
    ):
        noise = np.random.default_rng(len(ids)).normal(0, 0.3, len(ids))
        p = 1 / (1 + np.exp(-(np.log(values[:, 1] / values[:, 0]) + noise)))
        pd.DataFrame({"id": ids, "no": 1 - p, "yes": p}).to_csv(path, index=False)
    found = join_runs([shifted], Shifted(), tmp_path / "runs", outside=[OutsideFiles("mate", test, oof)])
    assert found.record["decision"].keys() == shifted.record["decision"].keys()
    assert found.record["result"]["weighted"] is True
    assert found.record["priors"] == shifted.record["priors"]
    assert np.isfinite(found.record["result"]["parents"][0]["error"])


@pytest.mark.parametrize("refit", ["folds", "full"])
def test_second_stages_read_the_members_of_their_own_run(refit, tmp_path):
    """Under whatever names these have in the blend."""
    data = data_of(WithSecond, tmp_path / "data")
    runs = [finished(WithSecond, data, tmp_path / "runs", seed=seed, refit=refit, seeds=2) for seed in (0, 1)]
    found = join_runs(runs, WithSecond(), tmp_path / "runs")
    second = next(name for name in found.record["models"] if name.startswith("second@"))
    (own,) = found.record["needs"][second].values()
    assert own == second.replace("second", "line")
    again = join_runs([reopened(found), reopened(runs[0])], WithSecond(), tmp_path / "runs")
    for run, name in ((found, second), (again, second)):
        run.save(blend={"method": "single", "weights": {name: 1.0}, "scale": "values", "per": None})
        frame, *_ = predict(reopened(run), WithSecond(), data)
        expected, arrays = stored_predictions(run, name)
        values = frame.set_index("id")["y"].loc[list(arrays["test_ids"])]
        assert values.to_numpy() == pytest.approx(expected.mean_test[:, 0], rel=1e-12)


def test_pretraining_comes_along_under_a_name_of_its_own_where_it_differs(tmp_path):
    data = data_of(Sequences, tmp_path / "data")
    first = finished(Sequences, data, tmp_path / "runs")
    other = copied(first, tmp_path / "runs" / "sequences" / "20990101-000000-other")
    other.save(run_id=other.run_id)
    manifest = other.models / "pretrain-vocabulary" / "manifest.json"
    manifest.write_text(manifest.read_text() + " ")
    path = other.path / "predictions" / "letters.npz"
    arrays = dict(np.load(path))
    arrays["out_of_fold_0"] = arrays["out_of_fold_0"] * 0.9 + 0.1 / 3
    np.savez(path, **arrays)
    found = join_runs([first, RunFolder.open(other.path)], Sequences(), tmp_path / "runs")
    assert sorted(found.record["pretrain"].values()) == ["vocabulary", "vocabulary@20990101-000000"]
    shutil.rmtree(tmp_path / "runs" / ".cache")
    for run in (first, other):
        shutil.rmtree(run.path)
    frame, layout, _ = predict(RunFolder.open(found.path), Sequences(), data)
    write_submission(frame, layout, tmp_path / "answer.csv")
    assert (tmp_path / "answer.csv").read_bytes() == found.submission.read_bytes()


def test_a_joint_run_keeps_its_own_nested_predictions(pair, joint):
    kept, parent = (np.load(run.path / "folds.npz")["nested"] for run in (joint, pair.first))
    assert not np.array_equal(kept, parent)
    ground = ground_of(joint, Wide())
    nested = ground.judge.over_folds(kept, ground.folds, ground.fitted)
    assert nested.value == pytest.approx(joint.record["result"]["nested"]["score"], rel=1e-12)


def test_a_run_that_kept_no_nested_predictions_is_refused_with_the_way_out(pair, tmp_path):
    old = shutil.copytree(pair.first.path, tmp_path / pair.first.run_id)
    arrays = dict(np.load(old / "folds.npz"))
    del arrays["nested"]
    np.savez(old / "folds.npz", **arrays)
    with pytest.raises(Refusal, match="earlier version"):
        join_runs([RunFolder.open(old), pair.second], Wide(), tmp_path / "runs")


def test_a_weak_model_that_saw_its_rows_is_found_by_the_blend(pair, tmp_path):
    """By itself no better than the members of the run, but it knows what they get wrong."""
    frame = pd.read_csv(pair.data / "train.csv", dtype={"id": str})
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.55, len(frame))
    line = np.poly1d(np.polyfit(frame["x"], frame["y"], 1))(frame["x"])
    weak = tmp_path / "weak.csv"
    frame[["id"]].assign(y=frame["y"] + noise + 0.5 * (frame["y"] - line)).to_csv(weak, index=False)
    brought = [OutsideFiles("weak", pair.data / "outside-test.csv", weak)]
    with pytest.raises(Refusal, match=r"with 'weak' the blend is better than without it by .* standard errors"):
        join_runs([pair.first], Wide(), pair.root, outside=brought)
    found = join_runs([pair.first], Wide(), pair.root, outside=brought, accept=True)
    (said,) = found.record["outside"]["weak"]["suspicious"]
    assert said.startswith("weak: taken with --yes, though suspicious: with 'weak' the blend is better")
    assert found.record["notes"][0].startswith("weak: ")
    assert said in found.record["notes"]
    assert standings_of(found) == {"weak": SUSPICIOUS}
    again = join_runs([found, pair.second], Wide(), pair.root)  # not judged again, and not forgotten
    assert again.record["outside"]["weak"]["suspicious"] == [said]
    assert standings_of(again) == {"weak": SUSPICIOUS}


def test_what_checks_found_in_the_data_of_a_parent_is_not_lost(pair, tmp_path):
    leak = {
        "check": "giveaways",
        "severity": "leak",
        "message": "x gives y away",
        "advice": "drop it",
        "columns": ["x"],
    }
    drift = {**leak, "check": "drift of predictions", "severity": "note", "message": "of the parent alone"}
    parent = copied(pair.first, tmp_path / "runs" / "small" / pair.first.run_id)
    parent.record["findings"] = [drift, leak]
    found = join_runs([parent, pair.second], Wide(), tmp_path / "runs")
    assert found.record["findings"][0] == leak
    assert drift not in found.record["findings"]
