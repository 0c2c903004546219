"""Permutation importance, against its plain definition and on members whose columns are known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import folds
from core.budget import Budget
from core.dataset import Dataset
from core.errors import Refusal
from core.importance import (
    GLANCE_ROWS,
    MOST_COLUMNS,
    REPEATS,
    ColumnImportance,
    Importance,
    drawn,
    permutation_importance,
)
from core.metrics import RMSE, SPEARMAN
from core.objective import Judge, Objective
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from tests.support.small import Line, Small, member, sample_of

ROWS, COLUMNS = 60, ("x", "kind", *(f"noise {k}" for k in range(4)))


class OnTwo(Line):
    """The slope of x, and an upper limit that the kind of a row sets."""

    def predict(self, X):
        return np.where(X["kind"] == "capped", 0.0, super().predict(X))


class OnUpstream(Line):
    def fit(self, X, y, context):
        return super().fit(context.upstream["two"].set_axis(["x"], axis=1), y)

    def predict(self, X, context):
        assert context.upstream["two"].index.equals(X.index)
        assert context.keys.index.equals(X.index)
        return super().predict(context.upstream["two"].set_axis(["x"], axis=1))


class InPlaces(Line):
    """Tells rows from the others of their place, by the mean of x there."""

    def predict(self, X, context):
        place = context.keys["place"].to_numpy()
        counts = pd.Series(place).map(pd.Series(place).value_counts()).to_numpy()
        assert (counts <= ROWS // 12).all()  # each place as often as it is among the rows
        return super().predict(X) - X["x"].groupby(place).transform("mean").to_numpy()


class Many(Small):
    """Two columns that count, and some that do not."""

    slug = "many"

    def load(self, folder):
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({"id": [f"r{k}" for k in range(ROWS)], "x": rng.normal(size=ROWS)})
        frame["kind"] = rng.choice(["capped", "open"], ROWS)
        for name in COLUMNS[2:]:
            frame[name] = rng.normal(size=ROWS)
        frame["place"] = [f"p{k % 12}" for k in range(ROWS)]
        frame["y"] = np.where(frame["kind"] == "capped", 0, 2 * frame["x"]) + rng.normal(0, 0.1, ROWS)
        test = frame.drop(columns="y").head(5)
        sample = test[["id"]].assign(y=0.0)
        return Dataset.tabular(frame, test, sample, target="y", id_columns=["id"], outputs=["y"], keys=["place"])

    def schemes(self, dataset):
        return [folds.group(dataset, "place", 3)]

    def members(self, dataset):
        return [member("two", OnTwo), member("second", OnUpstream, needs=("two",), fit_on="score"),
                member("places", InPlaces)]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[RunFolder, Dataset, Judge, dict]:
    folder = tmp_path_factory.mktemp("many")
    data = sample_of(Many, folder / "data")
    found = run(Many(), data, Settings(threads=1), folder / "runs")
    dataset = Many().load(data)
    scored = {k: fold.score for k, fold in enumerate(Many().schemes(dataset)[0].folds)}
    return found, dataset, Objective(RMSE).judge(dataset), scored


def importance(finished, name="two", budget=None, **changed) -> Importance:
    found, dataset, judge, scored = finished
    given = {"run": found, "dataset": dataset, "judge": judge, "scored": scored, **changed}
    return permutation_importance(
        member=name, trusted=("core", "tests"), budget=budget or Budget(None), seed=7, **given
    )


def by_column(found: Importance) -> dict[str, ColumnImportance]:
    return {part.column: part for part in found.columns}


def test_columns_that_count_come_first_and_those_that_do_not_have_exactly_none(finished):
    found = importance(finished)
    assert [part.column for part in found.columns][:2] == ["x", "kind"]
    rest = found.columns[2:]
    assert {part.column for part in rest} == set(COLUMNS[2:])
    assert all(part.value == 0 == part.standard_error for part in rest)
    assert (found.member, found.seed, found.rows, found.folds, found.left_out, found.glanced) == ("two", 0, 60, 3, 0, 0)


def test_it_is_what_its_definition_says(finished):
    run_, dataset, judge, scored = finished
    place, lost = COLUMNS.index("x"), []
    for fold, rows in scored.items():
        model = Line.load_model(run_.models / "two" / "seed-0" / f"fold-{fold}")
        kind, x = (dataset.score.X[name].to_numpy()[rows] for name in ("kind", "x"))
        rng = np.random.default_rng([7, 1, place, fold])

        def score(values, kind=kind, rows=rows, slope=model.slope_):
            predicted = np.where(kind == "capped", 0.0, slope * values)
            return float(np.sqrt(np.mean((judge.truth[rows] - predicted) ** 2)))

        lost.append(np.mean([score(x[rng.permutation(len(rows))]) - score(x) for _ in range(REPEATS)]))
    found = by_column(importance(finished))["x"]
    assert found.value == pytest.approx(np.mean(lost))
    assert found.standard_error == pytest.approx(np.std(lost, ddof=1) / np.sqrt(3))


def test_a_second_stage_is_asked_through_those_it_reads(finished):
    found = by_column(importance(finished, "second"))
    assert found["x"].value > 5 * found["x"].standard_error > 0
    assert found["noise 0"].value == 0


def test_a_member_that_reads_keys_never_meets_a_row_twice(finished):
    found = by_column(importance(finished, "places"))
    assert found["x"].value > 0
    assert found["noise 0"].value == 0


def test_a_metric_that_is_better_when_higher_has_the_same_sign(finished):
    judge = Judge(SPEARMAN, finished[2].truth, finished[2].weight)
    found = by_column(importance(finished, judge=judge))
    assert found["x"].value > 0.2


def test_equal_seeds_give_equal_numbers(finished):
    assert importance(finished) == importance(finished)


class Counting:
    """A clock that allows so many questions."""

    seconds = 1.0

    def __init__(self, questions):
        self.questions = questions

    def allows(self, estimate=0.0):
        self.questions -= 1
        return self.questions >= 0


@pytest.mark.parametrize("questions", range(5))
def test_the_clock_ends_it_early_and_what_is_left_out_is_counted(finished, questions):
    found = importance(finished, budget=Counting(questions))
    assert len(found.columns) == max(0, questions - 1)
    assert found.left_out == len(COLUMNS) - len(found.columns)
    if questions > 2:  # those that showed most at the first glance came first
        assert {part.column for part in found.columns[:2]} == {"x", "kind"}
    every = by_column(importance(finished))
    assert all(every[part.column] == part for part in found.columns)


def test_of_many_columns_those_with_the_most_to_show_are_measured(finished):
    dataset = finished[1]
    more = pd.DataFrame({f"more {k}": np.arange(ROWS) for k in range(80)}, index=dataset.score.ids)
    wide = type(dataset.score)(pd.concat([more, dataset.score.X], axis=1), dataset.score.y, dataset.score.keys)
    wider = Dataset(wide, wide, dataset.test, dataset.outputs, dataset.sample_submission, dataset.id_columns)
    found = importance(finished, dataset=wider)
    assert len(found.columns) == MOST_COLUMNS
    assert [part.column for part in found.columns[:2]] == ["x", "kind"]
    assert found.glanced == 80 + len(COLUMNS) - MOST_COLUMNS
    assert found.left_out == 0


def test_a_model_that_is_gone_or_damaged_is_refused(finished, tmp_path):
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(finished[0].path, copy)
    (copy / "models" / "two" / "seed-0" / "fold-1" / "line.json").write_text("7")
    with pytest.raises(Refusal, match="does not match its checksum"):
        importance(finished, run=RunFolder.open(copy))
    shutil.rmtree(copy / "models" / "two" / "seed-0" / "fold-1")
    with pytest.raises(Refusal, match="is not there"):
        importance(finished, run=RunFolder.open(copy))


def test_a_metric_without_a_score_is_refused(finished):
    judge = Judge(SPEARMAN, np.ones(ROWS), np.ones(ROWS))
    with pytest.raises(Refusal, match="no fold has a score"):
        importance(finished, judge=judge)


def test_json_keeps_it():
    found = Importance("m", 0, 9, 1, 3, (ColumnImportance("x", 0.5, float("nan")), ColumnImportance("y", 0, 0.1)), 1, 2)
    again = Importance.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False)))
    assert repr(again) == repr(found)


@given(
    st.integers(2, 60),
    st.integers(1, 4),
    st.integers(1, 80),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_rows_are_drawn_from_every_fold_once_each_and_groups_stay_whole(rows, parts, most, grouped, seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 7, rows) if grouped else None
    weight = rng.integers(0, 2, rows).astype(float)
    judge = Judge(RMSE, np.zeros(rows), weight, groups, "g" if grouped else None)
    scored = dict(enumerate(np.array_split(rng.permutation(rows), parts)))
    found = drawn(judge, scored, most, seed)
    assert list(found) == [k for k, part in scored.items() if weight[part].any()]
    for k, chosen in found.items():
        assert len(chosen) == len(set(chosen)) > 0
        assert set(chosen) <= set(scored[k][weight[scored[k]] > 0])
        if groups is not None:
            inside = set(groups[chosen])
            assert set(chosen) == {row for row in scored[k] if weight[row] > 0 and groups[row] in inside}
    total = sum(map(len, found.values()))
    if groups is None:
        assert total <= max(most, 2 * parts)
    if most >= weight.sum():
        assert total == weight.sum()


def test_the_first_glance_has_no_more_rows_than_it_says():
    judge = Judge(RMSE, np.zeros(9000), np.ones(9000))
    found = drawn(judge, {0: np.arange(9000)}, GLANCE_ROWS, 0)
    assert len(found[0]) == GLANCE_ROWS
