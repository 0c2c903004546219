"""A search never loses to the defaults, and survives trials that fail and clocks that run out."""

from __future__ import annotations

import shutil

import pytest

from core.budget import Budget
from core.cross_validation import Fitted, NothingFitted, cross_validate
from core.plan import WorkItem
from core.tuning import Studies, tunable, tune
from core.tuning.study import MemberStudy
from tests.support.small import Broken, Clock, Line, Notes, OnUpstream, Small, Timed, bench_of, member, serial


def shrink(trial):
    return {"shrink": trial.suggest_float("shrink", 0.0, 1.0)}


class FailsBelow(Line):
    """Cannot be fitted with much shrinkage."""

    def fit(self, X, y):
        if self.shrink > 0.5:
            raise ValueError("too much")
        return super().fit(X, y)


class Fussy(Small):
    def members(self, dataset):
        return [member("fussy", FailsBelow, defaults={"shrink": 0.9}, search=shrink)]


class Tunable(Small):
    def members(self, dataset):
        return [
            member("line", search=shrink, defaults={"shrink": 0.9, "noise": 0.0}),
            member("plain", defaults={"noise": 0.1}),
            member("good", search=shrink, defaults={"shrink": 0.0}),
            member("second", OnUpstream, search=shrink, needs=("line",), defaults={"shrink": 0.2}),
            member("shown", search=shrink, blended=False),
            member("broken", Broken, search=shrink, defaults={"shrink": 0.3}),
        ]


@pytest.fixture
def bench(tmp_path):
    return bench_of(Tunable, tmp_path)


def search(bench, *names, fitted=None, trials=6, **more):
    """Tune some members; returns what was found and what is fitted."""
    fitted = Fitted() if fitted is None else fitted
    studies = more.pop("studies", None) or Studies(bench.cache.parent / "studies" / "small.journal")
    after_item = more.pop("after_item", lambda _: None)
    members = [bench.members[name] for name in names]
    found = tune(bench, members, serial(bench, **more), fitted, studies, trials=trials, after_item=after_item)
    return found, fitted


def fits_of(bench, params):
    return cross_validate(bench, [WorkItem("line", 0, params)], serial(bench)).predictions["line"].mean_out_of_fold


def score(bench, params):
    return bench.judge.over_folds(fits_of(bench, params), bench.folds).value


def test_trial_0_is_the_defaults_and_the_best_is_the_best_of_all(bench):
    notes = Notes()
    (tuned,), _ = search(bench, "line", trials=8, listener=notes)
    assert [trial.number for trial in tuned.trials] == list(range(8))
    assert tuned.trials[0].params == {"shrink": 0.9, "noise": 0.0}
    done = [trial for trial in tuned.trials if trial.state == "complete"]
    assert tuned.best == min(done, key=lambda trial: trial.value).number != 0
    for trial in done:
        assert trial.value == score(bench, trial.params)
    assert tuned.best_value < tuned.default
    assert any(note.startswith("line: 8 trials") for note in notes.notes)
    assert "optimistic" in notes.notes[-1]


def test_completed_trials_are_candidates_with_the_predictions_of_their_parameters(bench):
    added = []
    (tuned,), fitted = search(bench, "line", trials=8, after_item=lambda fitted: added.append(fitted.done[-1]))
    done = [trial for trial in tuned.trials if trial.state == "complete"]
    assert [item.candidate for item in fitted.done] == ["line", *(f"line~{t.number}" for t in done if t.number)]
    assert added == fitted.done
    for item in fitted.done:
        values = fitted.predictions[item.candidate].mean_out_of_fold
        assert bench.judge.over_folds(values, bench.folds).value == score(bench, item.params)
        assert fitted.predictions[item.candidate].test[0].shape == (8, 1)


def test_defaults_that_are_fitted_already_are_not_fitted_again_nor_added_twice(bench):
    fitted = cross_validate(bench, [WorkItem("line", 0, dict(bench.members["line"].defaults))], serial(bench))
    notes = Notes()
    search(bench, "line", trials=2, fitted=fitted, listener=notes)
    assert [item.candidate for item in fitted.done].count("line") == 1
    assert notes.cached == 3


def test_a_pruned_trial_is_no_candidate_and_is_worse_than_the_best_where_it_was_fitted(bench):
    (tuned,), fitted = search(bench, "line", trials=12)
    pruned = [trial for trial in tuned.trials if trial.state == "pruned"]
    assert pruned
    assert tuned.count("complete") + len(pruned) == 12
    assert {f"line~{trial.number}" for trial in pruned}.isdisjoint(fitted.predictions)
    assert all(trial.value is None and trial.folds == () for trial in pruned)
    rows = bench.folds.folds[0].score
    first = [bench.judge.score(fits_of(bench, trial.params)[rows], rows) for trial in tuned.trials]
    whole = {trial.number: score(bench, trial.params) for trial in tuned.trials}
    for trial in pruned:  # worse than the middle on the first fold, or on the first two
        earlier = first[: trial.number + 1]
        assert first[trial.number] > min(earlier)
        assert whole[trial.number] > tuned.best_value


def test_the_same_seed_tries_the_same_and_another_does_not(tmp_path):
    tried = []
    for number, seed in enumerate((0, 0, 1)):
        bench = bench_of(Tunable, tmp_path / str(number), seed=seed)
        (tuned,), _ = search(bench, "line", trials=6)
        tried.append([trial.params for trial in tuned.trials])
    assert tried[0] == tried[1]
    assert tried[0][0] == tried[2][0]
    assert tried[0][1:] != tried[2][1:]


@pytest.mark.parametrize("trials", [0, 1, None])
def test_below_two_trials_or_without_a_clock_and_a_number_nothing_is_tuned(bench, trials):
    found, fitted = search(bench, "line", trials=trials)
    assert found == []
    assert fitted.done == []


def test_what_has_no_search_space_needs_others_or_is_only_shown_is_not_tuned(bench):
    assert [m.name for m in tunable(list(bench.members.values()))] == ["line", "good", "broken"]


def test_a_single_fold_chooses_nothing(bench):
    notes = Notes()
    found, fitted = search(bench, "line", trials=5, folds=(0,), listener=notes)
    assert (found, fitted.done) == ([], [])
    assert "single fold" in notes.notes[0]


def test_a_member_of_which_every_trial_fails_adds_nothing(bench):
    notes = Notes()
    (tuned,), fitted = search(bench, "broken", trials=3, listener=notes)
    assert fitted.done == []
    assert [trial.state for trial in tuned.trials] == ["failed"] * 3
    assert (tuned.best, tuned.best_value, tuned.chosen_apart) == (None, None, None)
    assert sum("no such luck" in note and note.startswith("trial") for note in notes.notes) == 3


def test_trials_that_fail_are_passed_over_and_recorded(tmp_path):
    bench, notes = bench_of(Fussy, tmp_path), Notes()
    (tuned,), fitted = search(bench, "fussy", trials=10, listener=notes)
    assert tuned.trials[0].state == "failed"
    assert "complete" in {trial.state for trial in tuned.trials}
    assert all(item.params["shrink"] <= 0.5 and item.trial for item in fitted.done)
    assert any(note.startswith("trial 0 of fussy failed: too much") for note in notes.notes)
    with pytest.raises(NothingFitted):
        cross_validate(bench, [WorkItem("fussy", 0, {"shrink": 0.9})], serial(bench))


def test_tuning_ends_with_the_budget_and_the_trial_in_hand_is_taken_up_later(bench):
    clock, notes = Clock(), Notes()
    executor = Timed(clock, 1.0, stoppable=True)
    budget = Budget(11.0, clock)  # 10.45 for fits
    (tuned,), fitted = search(bench, "line", trials=50, executor=executor, budget=budget, listener=notes)
    assert clock.now <= 10.45 + 1e-9
    assert len(tuned.trials) >= 3
    assert notes.unfinished == [f"{50 - len(tuned.trials)} of 50 trials of line"]
    assert not any("failed" in note for note in notes.notes)
    (more,), _ = search(bench, "line", trials=len(tuned.trials) + 2, fitted=fitted)
    assert [trial.number for trial in more.trials] == list(range(len(tuned.trials) + 2))
    assert more.trials[: len(tuned.trials)] == tuned.trials


def test_no_time_at_all_tries_nothing(bench):
    clock = Clock()
    budget = Budget(1.0, clock)
    clock.now = 2.0
    found, fitted = search(bench, "line", trials=5, budget=budget)
    assert (found, fitted.done) == ([], [])


def test_a_budget_without_a_number_spends_its_share_on_what_promises_most_per_second(bench):
    clock = Clock()
    budget = Budget(100.0, clock)
    seconds = {"line": 1.0, "good": 4.0}
    executor = Timed(clock, lambda job: seconds[job.member], stoppable=True)
    names = ("line", "good", "broken")
    items = [WorkItem(name, 0, dict(bench.members[name].defaults)) for name in ("line", "good")]
    fitted = cross_validate(bench, items, serial(bench, executor=executor))
    assert clock.now == 15.0
    found, _ = search(bench, *names, trials=None, fitted=fitted, executor=executor, budget=budget)
    left = 95.0 - 15.0
    assert 15.0 + 0.4 * left < clock.now <= 15.0 + 0.7 * left + 12.0  # what a trial costs is known after the first
    assert [tuned.member for tuned in found] == ["line", "good"]  # broken has no predictions
    assert min(len(tuned.trials) for tuned in found) >= 1


def test_a_second_search_takes_up_the_trials_of_the_first_without_a_fit(bench):
    (first,), _ = search(bench, "line", trials=6)
    notes = Notes()
    (again,), fitted = search(bench, "line", trials=6, listener=notes)
    assert again == first
    assert notes.fitted == 0
    assert len(fitted.done) == first.count("complete")


@pytest.fixture
def without_fits(bench):
    """A search of which the cache was swept."""
    (first,), _ = search(bench, "line", trials=6)
    shutil.rmtree(bench.cache)
    bench.cache.mkdir()
    return first


def test_the_best_trials_whose_fits_are_gone_are_fitted_again(bench, without_fits):
    done = sorted((trial for trial in without_fits.trials if trial.value is not None), key=lambda t: t.value)
    notes = Notes()
    (again,), fitted = search(bench, "line", trials=6, listener=notes)
    assert again == without_fits
    assert [item.params for item in fitted.done] == [trial.params for trial in done[:3]]
    assert notes.unfinished == []


def test_where_there_is_no_time_for_them_that_is_said(bench, without_fits):
    clock, notes = Clock(), Notes()
    budget = Budget(1.0, clock)
    clock.now = 2.0
    _, fitted = search(bench, "line", trials=6, budget=budget, listener=notes)
    assert fitted.done == []
    done = sorted((trial for trial in without_fits.trials if trial.value is not None), key=lambda t: t.value)
    assert notes.unfinished == ["line" if trial.number == 0 else f"line~{trial.number}" for trial in done[:3]]


def test_trials_that_another_process_works_on_are_said(bench):
    studies = Studies(bench.cache.parent / "studies" / "small.journal")
    held = [MemberStudy(studies, bench, bench.members["line"]).ask(4) for _ in range(2)]
    notes = Notes()
    (tuned,), _ = search(bench, "line", trials=4, studies=studies, listener=notes)
    assert [trial.number for trial in tuned.trials] == [2, 3]
    assert notes.unfinished == ["2 of 4 trials of line, which another process works on"]
    assert [asked.number for asked in held] == [0, 1]


def test_a_search_space_that_fails_costs_its_trials_and_no_more(bench):
    member = bench.members["line"]
    object.__setattr__(member, "search", lambda trial: {"shrink": 1 / 0})
    notes = Notes()
    (tuned,), fitted = search(bench, "line", trials=4, listener=notes)
    assert [trial.state for trial in tuned.trials] == ["complete", "failed", "failed", "failed"]
    assert [item.trial for item in fitted.done] == [0]
    assert any("the search space of line failed: ZeroDivisionError" in note for note in notes.notes)


def test_a_trial_whose_number_is_taken_by_other_parameters_has_the_next_free_one(bench):
    """A journal that was replaced counts from 1 again, beside the candidates of the old one."""
    taken = WorkItem("line", 0, {"shrink": 0.123, "noise": 0.0}, trial=1)
    fitted = cross_validate(bench, [taken], serial(bench))
    (tuned,), fitted = search(bench, "line", trials=3, fitted=fitted)
    assert fitted.done[0] == taken
    found = {item.trial: item.params for item in fitted.done[1:]}
    done = {trial.number: trial.params for trial in tuned.trials if trial.state == "complete"}
    assert list(found.values()) == list(done.values())
    assert 1 not in found


def test_with_a_clock_a_member_whose_defaults_fail_is_tried_again(tmp_path):
    bench, clock = bench_of(Fussy, tmp_path), Clock()
    budget = Budget(1000.0, clock)
    (tuned,), fitted = search(bench, "fussy", trials=10, executor=Timed(clock, 1.0), budget=budget)
    assert len(tuned.trials) == 10
    assert tuned.trials[0].state == "failed"
    assert fitted.done


def test_what_another_process_ended_meanwhile_is_taken_up(bench, monkeypatch):
    """Its fits are in no cache of ours."""
    studies = Studies(bench.cache.parent / "studies" / "small.journal")
    other = MemberStudy(studies, bench, bench.members["line"])
    held = other.ask(3)

    def end_it(fitted):
        if held.lock is not None:
            other.complete(held, (0.0, 0.0, 0.0), 0.0, 0.1)

    (tuned,), fitted = search(bench, "line", trials=3, studies=studies, after_item=end_it)
    assert [trial.number for trial in tuned.trials] == [0, 1, 2]
    assert dict(held.params) in [item.params for item in fitted.done]


def test_more_trials_than_are_asked_for_are_left_alone(bench):
    search(bench, "line", trials=8)
    notes = Notes()
    (tuned,), fitted = search(bench, "line", trials=3, listener=notes)
    assert [trial.number for trial in tuned.trials] == [0, 1, 2]
    assert max(item.trial for item in fitted.done) < 3
    assert tuned.best < 3


class Pair(Line):
    """Has a parameter that JSON knows no kind for."""

    def __init__(self, both=(0.0, 0.0), seed=0):
        super().__init__(both[0], both[1], seed)
        self.both = both


class Paired(Small):
    def members(self, dataset):
        space = lambda trial: {"both": (trial.suggest_float("a", 0.0, 1.0), 0.0)}  # noqa: E731
        return [member("pair", Pair, search=space, defaults={"both": (0.5, 0.0)})]


def test_a_tuple_that_comes_back_as_a_list_makes_no_second_candidate(tmp_path):
    bench = bench_of(Paired, tmp_path)
    _, fitted = search(bench, "pair", trials=4)
    known = [item.candidate for item in fitted.done]
    again, notes = Fitted(), Notes()
    search(bench, "pair", trials=4, fitted=again, listener=notes)
    assert [item.candidate for item in again.done] == known
    search(bench, "pair", trials=4, fitted=again)
    assert [item.candidate for item in again.done] == known
    assert notes.fitted == 0


def test_what_a_trial_takes_must_fit_the_share_that_tuning_has(bench):
    clock = Clock()
    budget, executor = Budget(100.0, clock), Timed(clock, 10.0, stoppable=True)
    fitted = cross_validate(bench, [WorkItem("line", 0, dict(bench.members["line"].defaults))],
                            serial(bench, executor=executor))  # fmt: skip
    assert clock.now == 30.0  # of 95 for fits; .7 of the rest is 45.5
    (tuned,), _ = search(bench, "line", trials=None, fitted=fitted, executor=executor, budget=budget)
    assert clock.now == 60.0
    assert [trial.number for trial in tuned.trials] == [0, 1]
