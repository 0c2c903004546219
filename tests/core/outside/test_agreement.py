"""Which runs may be blended."""

from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pytest

from core.errors import Refusal
from core.outside.agreement import refuse_unlike
from core.outside.joining import join_runs
from core.outside.stored import stored_folds
from tests.core.outside.made import Wide, copied


def test_runs_of_the_same_data_and_folds_are_accepted(pair):
    refuse_unlike([pair.first, pair.second])
    refuse_unlike([pair.first])


def test_a_run_twice_and_an_unfinished_one_are_refused(pair, tmp_path):
    with pytest.raises(Refusal, match="more than once"):
        refuse_unlike([pair.first, pair.second, pair.first])
    run = copied(pair.second, tmp_path / pair.second.run_id)
    run.save(status="running")
    with pytest.raises(Refusal, match="not finished"):
        refuse_unlike([pair.first, run])


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("competition",), "other", "the competition differs: small and other"),
        (("request", "edition"), "later", "the edition differs: fake and later"),
        (("request", "options"), {"colour": "blue"}, "the options differ"),
        (("result", "metric"), "mae", "the metric differs: rmse and mae"),
        (("result", "per"), "place", "the key that the score is averaged per differs"),
        (("outputs",), ["z"], "the outputs differ"),
        (("columns",), ["id", "z"], "the columns of the answer differ"),
        (("request", "settings", "fraction"), 0.5, "the share of the rows differs"),
        (("folds", "scheme"), "random", "the scheme differs: place and random"),
        (("folds", "fitted"), [1], "the fitted folds differ"),
        (("request", "data"), "0", "the data differ: row ids and truth are the same"),
    ],
)
def test_another_record_is_refused_by_what_differs(path, value, said, pair, tmp_path):
    run = copied(pair.second, tmp_path / pair.second.run_id)
    place = run.record
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(Refusal, match=said) as caught:
        refuse_unlike([pair.first, run])
    assert pair.first.run_id in caught.value.problem
    assert run.run_id in caught.value.problem


def swap(arrays):
    """The first rows of two folds change places."""
    a, b = arrays["score_0"].copy(), arrays["score_1"].copy()
    a[0], b[0] = b[0], a[0]
    return {"score_0": a, "score_1": b}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda arrays: {"score_ids": np.r_[arrays["score_ids"][1:], ["new"]]}, "2 row ids are in one of them only"),
        (lambda arrays: {"score_ids": arrays["score_ids"][::-1]}, "the rows stand in another order"),
        (lambda arrays: {"truth": arrays["truth"] + (np.arange(240) == 5)}, "the truth of 1 rows is another"),
        (swap, "2 of 240 rows sit in other folds"),
        (lambda arrays: {"fit_2": arrays["fit_2"][3:]}, "3 rows are fitted in fold 2 of one of them only"),
        (lambda arrays: {"weight": arrays["weight"] * 2}, "the weights of 240 score rows differ, by up to 1"),
    ],
)
def test_other_rows_folds_and_weights_are_refused_with_their_number(change, said, pair, tmp_path):
    run = copied(pair.second, tmp_path / pair.second.run_id)
    arrays = dict(stored_folds(run))
    np.savez(run.path / "folds.npz", **(arrays | change(arrays)))
    with pytest.raises(Refusal, match=said):
        refuse_unlike([pair.first, run])


def test_other_test_rows_are_refused(pair, tmp_path):
    run = copied(pair.second, tmp_path / pair.second.run_id)
    path = run.path / "folds.npz"
    arrays = dict(np.load(path))
    arrays["test_ids"] = np.r_[arrays["test_ids"][:-1], ["new"]]
    np.savez(path, **arrays)
    with pytest.raises(Refusal, match="the test rows are 90 and 90, 2 row ids are in one of them only"):
        refuse_unlike([pair.first, run])


@pytest.mark.parametrize(
    "lost",
    [
        ("request",),
        ("request", "options"),
        ("request", "folds"),
        ("request", "settings", "seed"),
        ("result", "per"),
        ("result", "reads"),
        ("result", "nested"),
        ("result", "members", "line", "baseline"),
        ("blend",),
        ("folds",),
        ("outputs",),
        ("data_folder",),
        ("models",),
        ("needs",),
        ("pretrain",),
        ("notes",),
    ],
)
def test_a_record_of_an_earlier_version_is_refused_with_the_way_out(pair, tmp_path, lost):
    old = copied(pair.first, tmp_path / "old")
    *above, last = lost
    place = old.record
    for name in above:
        place = place[name]
    del place[last]
    with pytest.raises(Refusal, match="of an earlier version") as caught:
        refuse_unlike([old])
    assert "--fresh" in caught.value.way_out


def test_nothing_but_a_refusal_comes_of_a_record_that_lost_any_part(pair, tmp_path):
    """Whatever an earlier version did not write, or somebody took out."""
    old = copied(pair.first, tmp_path / "old")
    whole = json.loads(json.dumps(old.record))
    for name, part in whole.items():
        for inner in (None, *(part if isinstance(part, dict) else ())):
            old.record = json.loads(json.dumps(whole))
            del (old.record if inner is None else old.record[name])[name if inner is None else inner]
            with suppress(Refusal):
                join_runs([old], Wide(), tmp_path / "runs")


def test_a_run_that_kept_no_nested_predictions_is_refused(pair, tmp_path):
    old = copied(pair.first, tmp_path / "old")
    arrays = dict(np.load(old.path / "folds.npz"))
    del arrays["nested"]
    np.savez(old.path / "folds.npz", **arrays)
    with pytest.raises(Refusal, match="kept no nested predictions"):
        refuse_unlike([old])
