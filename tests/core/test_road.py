"""The whole road on a tiny competition: shares of the data, choices of members, clocks, plans."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from core import road
from core.budget import Budget
from core.cross_validation import Fitted
from core.ensembling import ensemble
from core.errors import Refusal
from core.objective import Objective
from core.plan import Plan
from core.predict import predict
from core.reading import read_csv
from core.road import chosen, load, run
from core.settings import Settings
from tests.support.small import Clock, Notes, Small, WithBroken, WithSecond, bench_of, member, sample_of


@pytest.fixture
def data(tmp_path):
    return sample_of(Small, tmp_path / "data")


def plan_of(path, *members, complete=True):
    items = [{"member": name, "seed": 0, "params": {}, "must": True} for name in members]
    path.write_text(json.dumps({"items": items, "params": {}, "seconds": 0.0, "complete": complete}))
    return path


# --- load


@pytest.mark.parametrize("seed", range(5))
def test_a_share_of_the_rows_keeps_whole_groups(data, seed):
    whole, _ = load(Small(), data, Settings())
    part, _ = load(Small(), data, Settings(fraction=0.5, seed=seed))
    sizes = whole.score.keys["place"].value_counts()
    kept = part.score.keys["place"].value_counts()
    assert len(kept) == 3
    assert all(kept[place] == sizes[place] for place in kept.index)
    assert part.fits_on_score_rows
    assert len(part.test) == len(whole.test)


def test_folds_are_made_anew_for_a_share_of_the_rows(data):
    part, schemes = load(Small(), data, Settings(fraction=0.5))
    assert len(part.fit) == 12
    assert sorted(np.concatenate([fold.score for fold in schemes[0].folds])) == list(range(12))


@pytest.mark.parametrize("fold", [-1, 3, 100])
def test_a_fold_that_is_not_there_is_refused(data, fold):
    with pytest.raises(Refusal, match="no such fold") as caught:
        load(Small(), data, Settings(fold=fold))
    assert caught.value.expected == "0 to 2"


@pytest.mark.parametrize("fold", [0, 2])
def test_every_fold_that_is_there_may_be_named(data, fold):
    assert len(load(Small(), data, Settings(fold=fold))[1][0]) == 3


def test_a_refused_setting_leaves_no_run_behind(data, tmp_path):
    with pytest.raises(Refusal):
        run(Small(), data, Settings(fold=9, threads=1), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


# --- chosen


def names(kind, tmp_path, members, plan=None):
    return [member.name for member in chosen(bench_of(kind, tmp_path), Settings(members=members), plan)]


def test_chosen_members_come_with_baselines_and_with_what_they_need(tmp_path):
    assert names(WithSecond, tmp_path, ("second",)) == ["constant", "line", "second"]
    assert names(WithSecond, tmp_path, ("alone",)) == ["constant", "alone"]


def test_all_members_are_chosen_when_none_is_named(tmp_path):
    assert names(WithSecond, tmp_path, None) == ["constant", "line", "second", "alone"]


def test_a_member_named_twice_takes_part_once(tmp_path):
    assert names(WithSecond, tmp_path, ("alone", "alone", "line")) == ["constant", "line", "alone"]


def test_an_unknown_member_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(Refusal, match="'lnie'") as caught:
        names(WithSecond, tmp_path, ("line", "lnie"))
    assert caught.value.expected == "constant, line, second, alone"


def test_a_plan_that_names_an_unknown_member_is_refused(tmp_path, data):
    plan = plan_of(tmp_path / "plan.json", "constant", "unheard-of")
    with pytest.raises(Refusal, match="'unheard-of'"):
        run(Small(), data, Settings(plan=plan, threads=1), tmp_path / "runs")


# --- run


def test_the_steps_are_told_in_order(data, tmp_path):
    notes = Notes()
    finished = run(Small(), data, Settings(threads=1), tmp_path / "runs", notes)
    assert notes.steps == ["load", "inspect", "objective", "cross-validate", "tune", "repeat", "ensemble", "write"]
    assert finished.finished


def test_a_refit_predicts_by_one_model(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1, refit="full", members=("line",)), tmp_path / "runs")
    assert finished.record["models"]["line"] == {"0": ["line/seed-0/full"]}
    dataset = Small().load(data)
    slope = dataset.fit.X["x"] @ dataset.fit.y / (dataset.fit.X["x"] @ dataset.fit.X["x"])
    answer = read_csv(finished.submission, text=["id"])["y"].to_numpy()
    assert np.allclose(answer, slope * dataset.test.X["x"].to_numpy(), rtol=1e-12)


def test_fold_models_predict_together_otherwise(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1, members=("line",)), tmp_path / "runs")
    assert finished.record["models"]["line"] == {"0": [f"line/seed-0/fold-{number}" for number in range(3)]}


def test_several_seeds_are_fitted_for_all_but_baselines(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1, seeds=2), tmp_path / "runs")
    seeds = {name: found["seeds"] for name, found in finished.record["result"]["members"].items()}
    assert seeds == {"constant": 1, "line": 2, "noisy": 2}


def test_another_root_seed_gives_another_answer(data, tmp_path):
    answers = [
        run(Small(), data, Settings(threads=1, seed=seed, members=("noisy",)), tmp_path / "runs").submission
        for seed in (0, 1)
    ]
    assert answers[0].read_bytes() != answers[1].read_bytes()


def test_a_single_fold_is_fitted_where_one_is_named(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1, fold=1), tmp_path / "runs")
    result = finished.record["result"]
    assert all(len(found["folds"]) == 1 for found in result["members"].values())
    assert finished.record["models"]["line"] == {"0": ["line/seed-0/fold-1"]}


def test_a_budget_that_is_used_up_keeps_the_baseline(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1, budget=1e-6), tmp_path / "runs")
    assert finished.finished
    assert list(finished.record["result"]["members"]) == ["constant"]
    assert read_csv(finished.submission, text=["id"])["y"].nunique() == 1


def test_what_was_dropped_stands_in_the_record(data, tmp_path):
    finished = run(WithBroken(), data, Settings(threads=1), tmp_path / "runs")
    assert "member broken dropped: ValueError: no such luck" in finished.record["notes"]
    assert "member second left out: it needs broken" in finished.record["notes"]
    assert set(finished.record["result"]["members"]) == {"constant", "line", "noisy"}


def test_a_plan_is_repeated_and_nothing_else(data, tmp_path):
    plan = plan_of(tmp_path / "plan.json", "constant", "line", complete=False)
    finished = run(Small(), data, Settings(threads=1, plan=plan, budget=1e-6), tmp_path / "runs")
    assert [item.member for item in Plan.load(finished.plan).items] == ["constant", "line"]


def test_a_plan_without_a_baseline_ends_too(data, tmp_path):
    plan = plan_of(tmp_path / "plan.json", "line")
    assert run(Small(), data, Settings(threads=1, plan=plan), tmp_path / "runs").finished


def test_an_objective_may_look_at_a_pilot(data, tmp_path):
    finished = run(Looking(), data, Settings(threads=1), tmp_path / "runs")
    assert finished.record["result"]["weighted"] is True


class Looking(Small):
    def objective(self, dataset, pilot):
        from_pilot = np.abs(pilot("line").mean_out_of_fold[:, 0]) + 1.0
        return Objective(self.edition.metric, dataset.fit.y * 0 + from_pilot)


def test_diagnostic_schemes_are_scored_where_asked_for(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1, schemes=True), tmp_path / "runs")
    assert {name: len(found["folds"]) for name, found in finished.record["schemes"].items()} == {
        "place": 3,
        "random": 3,
    }


# --- bad plans, and what is there before anything that takes long


@pytest.mark.parametrize(
    "odd", [{"seed": -1}, {"folds": []}, {"folds": [0, 0]}, {"folds": [-1]}, {"folds": [7]}], ids=str
)
def test_a_plan_of_work_that_cannot_be_is_refused(data, tmp_path, odd):
    plan = plan_of(tmp_path / "plan.json", "constant", "line")
    state = json.loads(plan.read_text())
    state["items"][1] |= odd
    plan.write_text(json.dumps(state))
    with pytest.raises(Refusal, match="'line'"):
        run(Small(), data, Settings(plan=plan, threads=1), tmp_path / "runs")
    assert not list((tmp_path / "runs").glob("small/[!.]*"))


class Stop(BaseException):
    """As a kill."""


class StopsAt(Notes):
    def __init__(self, label, number=1):
        super().__init__()
        self.label, self.number = label, number

    def fits_begin(self, label, total):
        super().fits_begin(label, total)
        if [name for name, _ in self.labels].count(self.label) == self.number:
            raise Stop


class Tuned(Small):
    def members(self, dataset):
        return [member("line", search=lambda trial: {"shrink": trial.suggest_float("shrink", 0, 1)})]


def test_a_submission_is_there_before_tuning_begins_and_tuning_goes_on_after_a_kill(data, tmp_path):
    with pytest.raises(Stop):
        run(Tuned(), data, Settings(threads=1, trials=5), tmp_path / "runs", StopsAt("line, trial 2 of 5"))
    (path,) = (tmp_path / "runs").glob("small/*/submission.csv")
    assert read_csv(path, text=["id"])["y"].nunique() > 1
    finished = run(Tuned(), data, Settings(threads=1, trials=5), tmp_path / "runs")
    assert finished.path == path.parent
    undisturbed = run(Tuned(), data, Settings(threads=1, trials=5), tmp_path / "other")
    assert finished.submission.read_bytes() == undisturbed.submission.read_bytes()
    for record in (finished.record, undisturbed.record):
        for trial in record["tuning"][0]["trials"]:
            del trial["seconds"]
    assert finished.record["tuning"] == undisturbed.record["tuning"]
    assert [trial["number"] for trial in finished.record["tuning"][0]["trials"]] == list(range(5))


def test_completed_trials_are_candidates_of_the_blend_and_predict_new_rows(data, tmp_path):
    finished = run(Tuned(), data, Settings(threads=1, trials=5), tmp_path / "runs")
    completed = [trial for trial in finished.record["tuning"][0]["trials"] if trial["state"] == "complete"]
    candidates = set(finished.record["result"]["members"]) - {"constant"}
    assert candidates == {"line", *(f"line~{trial['number']}" for trial in completed if trial["number"])}
    assert len(completed) > 1
    assert set(finished.record["blend"]["weights"]) <= set(finished.record["models"])
    frame, *_ = predict(finished, Tuned(), data)
    answer = read_csv(finished.submission, text=["id"])
    assert np.allclose(frame["y"], answer["y"], rtol=1e-9)


def test_a_plan_with_trials_is_repeated_to_the_byte(data, tmp_path):
    finished = run(Tuned(), data, Settings(threads=1, trials=5), tmp_path / "runs")
    again = run(Tuned(), data, Settings(threads=1, plan=finished.plan), tmp_path / "elsewhere")
    assert again.submission.read_bytes() == finished.submission.read_bytes()
    assert set(again.record["result"]["members"]) == set(finished.record["result"]["members"])


def test_more_for_an_unfinished_run_without_a_budget_adds_no_work(data, tmp_path):
    with pytest.raises(Stop):
        run(Small(), data, Settings(threads=1), tmp_path / "runs", StopsAt("noisy"))
    found = run(Small(), data, Settings(threads=1, more=3600.0), tmp_path / "runs")
    assert found.record["result"]["members"]["noisy"]["seeds"] == 1


def test_a_refusal_takes_no_submission_away(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1), tmp_path / "runs")
    finished.plan.unlink()

    class Refusing(Notes):
        def step(self, text):
            if text == "objective":
                raise Refusal("odd", "mend it")

    with pytest.raises(Refusal):
        run(Small(), data, Settings(threads=1, more=5.0), tmp_path / "runs", Refusing())
    assert finished.submission.exists()


def test_a_fresh_run_that_was_killed_goes_on_when_it_is_asked_for_again(data, tmp_path):
    first = run(Small(), data, Settings(threads=1), tmp_path / "runs")
    fresh, notes = Settings(threads=1, fresh=True), Notes()
    with pytest.raises(Stop):
        run(Small(), data, fresh, tmp_path / "runs", StopsAt("noisy"))
    finished = run(Small(), data, fresh, tmp_path / "runs", notes)
    assert notes.fitted == 3
    assert finished.path != first.path
    assert len(list((tmp_path / "runs" / "small").iterdir())) == 2
    assert run(Small(), data, fresh, tmp_path / "runs").path not in (first.path, finished.path)


# --- files of a run that somebody touched


@pytest.mark.parametrize("content", [b"", b"id,y\n", None])
def test_a_submission_that_is_not_the_runs_own_is_written_again(data, tmp_path, content):
    finished = run(Small(), data, Settings(threads=1), tmp_path / "runs")
    before = finished.submission.read_bytes()
    finished.submission.write_bytes(before.replace(b"test00", b"test01") if content is None else content)
    notes = Notes()
    again = run(Small(), data, Settings(threads=1), tmp_path / "runs", notes)
    assert again.path == finished.path
    assert again.submission.read_bytes() == before
    assert notes.fitted == 0


def test_a_damaged_plan_is_made_anew_aloud_and_repeats_no_fit(data, tmp_path):
    with pytest.raises(Stop):
        run(Small(), data, Settings(threads=1), tmp_path / "runs", StopsAt("noisy"))
    (path,) = (tmp_path / "runs").glob("small/*/plan.json")
    path.write_text(path.read_text()[:40])
    notes = Notes()
    finished = run(Small(), data, Settings(threads=1), tmp_path / "runs", notes)
    assert finished.path == path.parent
    assert notes.fitted == 3
    assert any("planned anew" in note for note in notes.notes)


def test_a_plan_without_work_is_refused(data, tmp_path):
    plan = plan_of(tmp_path / "plan.json")
    with pytest.raises(Refusal, match="no work"):
        run(Small(), data, Settings(plan=plan, threads=1), tmp_path / "runs")


def test_a_regime_that_the_competition_names_reaches_the_blend(data, tmp_path, monkeypatch):
    class ByPlace(Small):
        regime = "place"

    seen = []
    monkeypatch.setattr(
        "core.road.ensemble", lambda *args, **more: seen.append(more["regime"]) or ensemble(*args, **more)
    )
    run(ByPlace(), data, Settings(threads=1), tmp_path / "runs")
    run(Small(), data, Settings(threads=1), tmp_path / "other")
    assert seen[0].name == "place"
    assert seen[0].tolist() == Small().load(data).score.keys["place"].tolist()
    assert seen[1] is None


# --- time


def test_seconds_kept_for_what_comes_after_a_run_are_not_booked_as_its_own(data, tmp_path):
    long = Settings(threads=1, budget=10_000.0)
    with pytest.raises(Stop):
        run(Tuned(), data, long, tmp_path / "runs", StopsAt("line"), 100.0, 4000.0)
    (path,) = (tmp_path / "runs").glob("small/*/plan.json")
    assert 100 <= Plan.load(path).seconds < 1000
    short = Settings(threads=1, budget=10_000.0, members=())
    finished = run(Tuned(), data, short, tmp_path / "other", None, 100.0, 4000.0)
    assert 100 <= finished.record["result"]["seconds"] < 1000


def passes(monkeypatch, gains, settings, budget):
    """How many times members are tuned, where each time so many items come of it."""
    found, gained = Fitted(), iter(gains)
    tuned, unsaid, listener = [], [], Notes()

    def tune(bench, members, fitting, fitted, studies, *, trials, after_item):
        fitted.done.extend([None] * next(gained))
        return [SimpleNamespace(said=f"pass {len(tuned) + 1}")]

    monkeypatch.setattr(road, "tune", tune)
    monkeypatch.setattr(road, "further_seeds", lambda *given: ())
    monkeypatch.setattr(road, "cross_validate", lambda *given, **more: None)
    recorder = SimpleNamespace(
        studies=lambda storage: None, extending=False, listener=listener, tuned=tuned.append, unsay=unsaid.extend
    )
    fitting = SimpleNamespace(budget=budget)
    road.tune_and_repeat(None, [], fitting, found, settings, recorder, lambda _: None)
    assert unsaid == [f"pass {number + 1}" for number in range(len(tuned) - 1)]  # the last one stays
    assert listener.steps == ["tune", "repeat"] * len(tuned)
    return len(tuned)


def test_tuning_and_seeds_go_on_while_time_is_left_and_more_comes_of_it(monkeypatch):
    clock = Clock()
    assert passes(monkeypatch, [2, 1, 0, 5], Settings(budget=10.0), Budget(10.0, clock)) == 3
    assert passes(monkeypatch, [2, 1, 0, 5], Settings(), Budget(None, clock)) == 1
    assert passes(monkeypatch, [2, 1, 0, 5], Settings(budget=10.0, trials=7), Budget(10.0, clock)) == 1
    clock.now = 10.0
    assert passes(monkeypatch, [2, 1, 0, 5], Settings(budget=10.0), Budget(10.0, clock, spent_before=10.0)) == 1
