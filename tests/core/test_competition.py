"""Editions, options, the default answer, and the baseline that stands beside every score."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from core.cross_validation import cross_validate
from core.errors import Refusal
from core.metrics import LOG_LOSS, MAE
from core.objective import Objective
from core.plan import WorkItem
from core.submission import Layout, ValueRules
from core.table import Table, join_ids
from tests.support.small import Small, bench_of, member, sample_of, serial


def touch(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_an_edition_is_recognised_by_its_files(tmp_path):
    assert Small.recognise(touch(tmp_path / "a", "train.csv", "test.csv", "more.txt")) == "fake"
    assert Small.recognise(touch(tmp_path / "b", "later.csv", "train.csv")) == "later"


def test_the_first_edition_that_fits_is_taken(tmp_path):
    assert Small.recognise(touch(tmp_path, "train.csv", "test.csv", "later.csv")) == "fake"


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refusal, match="no such folder"):
        Small.recognise(tmp_path / "nowhere")
    with pytest.raises(Refusal, match="no such folder"):
        Small.recognise(touch(tmp_path, "file") / "file")


@pytest.mark.parametrize("names", [(), ("train.csv",), ("Train.csv", "test.csv"), tuple(f"{k}.csv" for k in range(20))])
def test_files_of_no_edition_are_refused_with_those_expected(tmp_path, names):
    with pytest.raises(Refusal, match="not the files of any edition") as caught:
        Small.recognise(touch(tmp_path, *names))
    assert caught.value.expected == "fake: train.csv, test.csv; or later: later.csv"
    assert (names[0] if names else "none") in caught.value.problem


def test_the_first_edition_is_the_default():
    assert Small().edition.name == "fake"
    assert Small("later").edition.name == "later"


@pytest.mark.parametrize("name", ["", "Fake", "fake ", "2020"])
def test_an_unknown_edition_is_refused(name):
    with pytest.raises(Refusal, match="no edition") as caught:
        Small(name)
    assert caught.value.expected == "fake, later"


def test_an_unknown_option_is_refused():
    with pytest.raises(Refusal, match="'shape'") as caught:
        Small(options={"colour": "blue", "shape": "round"})
    assert caught.value.expected == "colour"


def test_options_that_are_not_given_have_their_defaults():
    assert Small().options == {"colour": "red"}
    assert Small(options={"colour": "blue"}).options == {"colour": "blue"}
    assert Small().options == {"colour": "red"}


# --- finish


def finished(values, test, columns, id_columns):
    layout = Layout(tuple(columns), tuple(id_columns), test.ids, ValueRules())
    return Small().finish(pd.DataFrame(values, index=test.ids), test, layout)


def test_one_column_for_two_classes_is_the_probability_of_the_second():
    test = Table(X=pd.DataFrame({"x": [0, 0]}, index=pd.Index(["p", "q"])))
    frame = finished({"no": [0.9, 0.3], "yes": [0.1, 0.7]}, test, ["id", "target"], ["id"])
    assert frame.to_dict("list") == {"id": ["p", "q"], "target": [0.1, 0.7]}


def test_the_default_answer_has_one_id_column_and_one_for_each_output():
    ids = pd.Index(["01", "2"], name="id")
    frame = finished({"b": [1.0, 2.0], "a": [3.0, 4.0]}, Table(X=ids.to_frame()), ["id", "a", "b"], ["id"])
    assert frame.to_dict("list") == {"id": ["01", "2"], "b": [1.0, 2.0], "a": [3.0, 4.0]}


def test_an_id_of_several_columns_is_taken_from_the_keys():
    rows = pd.DataFrame({"event": ["e|1", "e2"], "rider": ["07", "8"], "day": [1, 2]})
    ids = join_ids(rows, ["event", "rider"])
    test = Table(X=pd.DataFrame({"x": [0, 0]}, index=ids), keys=rows.set_axis(ids))
    frame = finished({"y": [1.0, 2.0]}, test, ["rider", "event", "y"], ["event", "rider"])
    assert frame.to_dict("list") == {"event": ["e|1", "e2"], "rider": ["07", "8"], "y": [1.0, 2.0]}
    sample = rows.iloc[::-1][["rider", "event"]].assign(y=0.0)
    arranged = Layout.of_sample(sample, ["event", "rider"], ValueRules()).arrange(frame)
    assert arranged.to_dict("list") == {"rider": ["8", "07"], "event": ["e2", "e|1"], "y": [2.0, 1.0]}


def test_new_rows_are_by_default_the_test_rows_of_the_folder(tmp_path):
    data = sample_of(Small, tmp_path)
    assert list(Small().load_test(data, ["y"]).ids) == list(Small().load(data).test.ids)


def test_no_sample_is_refused(tmp_path):
    class Silent(Small):
        sample = Small.__mro__[1].sample

    with pytest.raises(Refusal, match="no sample data"):
        Silent().sample(tmp_path)


# --- roster


class WithBaseline(Small):
    def members(self, dataset):
        return [member("line"), member("own", baseline=True)]


def roster(kind, tmp_path, objective=None):
    bench = bench_of(kind, tmp_path)
    return bench.competition.roster(bench.dataset, objective or bench.objective)


def test_a_constant_is_added_where_no_member_is_a_baseline(tmp_path):
    found = roster(Small, tmp_path)
    assert [each.name for each in found] == ["constant", "line", "noisy"]
    assert (found[0].baseline, found[0].seeded) == (True, False)


def test_no_constant_is_added_beside_an_own_baseline(tmp_path):
    assert [each.name for each in roster(WithBaseline, tmp_path)] == ["line", "own"]


def test_the_constant_is_the_best_for_the_metric(tmp_path):
    bench = bench_of(Small, tmp_path)
    y = bench.dataset.fit.y
    fold = bench.folds.folds[0]
    for metric, expected in ((bench.objective.metric, y.iloc[fold.fit].mean()), (MAE, y.iloc[fold.fit].median())):
        other = bench.with_objective(Objective(metric))
        found = cross_validate(other, [WorkItem("constant", 0)], serial(other)).predictions["constant"]
        assert found.mean_out_of_fold[fold.score[0], 0] == pytest.approx(expected)


def test_the_constant_of_classes_gives_probabilities(tmp_path):
    constant = roster(Small, tmp_path, Objective(LOG_LOSS))[0]
    X, y = pd.DataFrame({"x": [1, 2, 3, 4]}), pd.Series(["a", "b", "a", "a"])
    assert constant.build({}, 0).fit(X, y).predict_proba(X[:1]).tolist() == [[0.75, 0.25]]


def test_a_competition_without_hooks_has_the_plain_objective_and_no_decision(tmp_path):
    bench = bench_of(Small, tmp_path)
    found = bench.competition.objective(bench.dataset, None)
    assert found == Objective(bench.competition.edition.metric)
    assert bench.competition.decision() is None
    assert dataclasses.is_dataclass(found)
