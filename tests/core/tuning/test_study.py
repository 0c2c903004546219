"""A study that is killed goes on as if it had not been, and two processes share one."""

from __future__ import annotations

import subprocess
import sys

import optuna
import pytest

from core.executors import SerialExecutor
from core.tuning import Studies
from core.tuning.study import MemberStudy
from tests.core.tuning.small import TRIALS, Killed, OneTuned, StopsAfter, plain, search
from tests.support.small import bench_of


class Wide(SerialExecutor):
    """As if it had so many workers."""

    def __init__(self, workers):
        self.workers = workers


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return search(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize("jobs", range(0, 13, 2))
def test_a_study_that_was_killed_ends_with_the_trials_of_an_undisturbed_one(tmp_path, undisturbed, jobs):
    with pytest.raises(Killed):
        search(tmp_path, executor=StopsAfter(jobs))
    tuned, fitted = search(tmp_path)
    assert plain(tuned) == plain(undisturbed[0])
    assert [item.candidate for item in fitted.done] == [item.candidate for item in undisturbed[1].done]


def test_a_study_that_is_killed_at_every_report_ends_with_the_same_trials(tmp_path, undisturbed, monkeypatch):
    """Killed between the report of one fold and the next, over and over."""
    report, left = optuna.trial.Trial.report, [0]

    def killed_after_some(self, value, step):
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return report(self, value, step)

    monkeypatch.setattr(optuna.trial.Trial, "report", killed_after_some)
    for _ in range(200):
        left[0] = 2
        try:
            tuned, _ = search(tmp_path)
            break
        except Killed:
            continue
    assert plain(tuned) == plain(undisturbed[0])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_study_that_is_killed_whenever_it_asks_to_go_on_ends_with_the_same_trials(tmp_path, workers, monkeypatch):
    whole, _ = search(tmp_path / "whole", executor=Wide(workers))
    should_prune, asked = optuna.trial.Trial.should_prune, set()

    def killed_at_first(self):
        at = (self.number, *sorted(self.study.get_trials(deepcopy=False)[self.number].intermediate_values))
        if at not in asked:
            asked.add(at)
            raise Killed
        return should_prune(self)

    monkeypatch.setattr(optuna.trial.Trial, "should_prune", killed_at_first)
    kills = 0
    while True:
        try:
            tuned, _ = search(tmp_path / "killed", executor=Wide(workers))
            break
        except Killed:
            kills += 1
    assert kills == len(asked) >= TRIALS
    assert plain(tuned) == plain(whole)
    assert tuned.count("pruned")


def test_what_a_living_process_works_on_is_not_taken_over(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    one, other = (MemberStudy(Studies(tmp_path / "j"), bench, bench.members["line"]) for _ in range(2))
    first, second = one.ask(3), other.ask(3)
    assert (first.number, second.number) == (0, 1)
    one.leave(first)
    assert other.ask(3).number == 0


def test_a_trial_of_another_machine_is_not_taken_over(tmp_path, monkeypatch):
    bench = bench_of(OneTuned, tmp_path)
    study = MemberStudy(Studies(tmp_path / "j"), bench, bench.members["line"])
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    study.leave(study.ask(3))
    monkeypatch.setattr("platform.node", lambda: "here")
    assert study.ask(3).number == 1


def test_there_are_no_more_trials_than_asked_for(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    study = MemberStudy(Studies(tmp_path / "j"), bench, bench.members["line"])
    held = [study.ask(3) for _ in range(3)]
    assert [asked.number for asked in held] == [0, 1, 2]
    assert study.ask(3) is None


def test_trial_0_has_the_defaults_even_where_the_search_space_has_them_not(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    member = bench.members["line"]
    object.__setattr__(member, "defaults", {"shrink": 5.0, "noise": 0.0})
    assert MemberStudy(Studies(tmp_path / "j"), bench, member).ask(2).params == {"shrink": 5.0, "noise": 0.0}


def test_defaults_that_the_space_cannot_hold_are_no_obstacle(tmp_path):
    """None where numbers are drawn raised in every start; an error in the space fails the trial alone."""
    bench = bench_of(OneTuned, tmp_path)
    member = bench.members["line"]
    object.__setattr__(member, "defaults", {"shrink": None, "noise": 0.1})
    study = MemberStudy(Studies(tmp_path / "j"), bench, member)
    first = study.ask(2)
    assert (first.params, first.error) == ({"shrink": None, "noise": 0.1}, None)
    assert first.trial.params["noise"] == 0.1
    object.__setattr__(member, "search", lambda trial: {"shrink": 1 / (trial.number - 1)})
    assert isinstance(study.ask(2).error, ZeroDivisionError)


@pytest.mark.parametrize(
    "space", [lambda trial: {"shrink": {1, 2}}, lambda trial: None, lambda trial: {"shrink": trial.number / 0}]
)
def test_what_a_space_gives_that_nobody_can_use_fails_the_trial(tmp_path, space):
    bench = bench_of(OneTuned, tmp_path)
    member = bench.members["line"]
    object.__setattr__(member, "search", space)
    study = MemberStudy(Studies(tmp_path / "j"), bench, member)
    first, second = study.ask(2), study.ask(2)
    assert (first.params, first.error) == (dict(member.defaults), None)
    assert isinstance(second.error, Exception)
    study.fail(second, "odd")
    assert study.told()[0].state == "failed"


def test_where_locks_lie_elsewhere_a_trial_of_a_database_is_not_taken_over(tmp_path):
    """Two folders of submissions, one database, one machine."""
    bench, url = bench_of(OneTuned, tmp_path), f"sqlite:///{tmp_path / 'db'}"
    one, other = (MemberStudy(Studies(tmp_path / name / "j", url), bench, bench.members["line"]) for name in "ab")
    held = one.ask(3)
    assert (held.number, other.ask(3).number) == (0, 1)
    one.leave(held)
    assert one.ask(3).number == 0


def test_studies_apart_know_nothing_of_each_other(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    found = [MemberStudy(Studies(tmp_path / "j", None, apart), bench, bench.members["line"]) for apart in ("", "run")]
    assert [study.ask(1).number for study in found] == [0, 0]
    assert found[1].name.startswith("small/line/run/")


def test_a_trial_that_ended_before_its_lock_was_free_is_not_worked_on_again(tmp_path, monkeypatch):
    bench = bench_of(OneTuned, tmp_path)
    study = MemberStudy(Studies(tmp_path / "j"), bench, bench.members["line"])
    asked = study.ask(3)
    hold = study.studies.hold

    def ended_meanwhile(name):
        if asked.lock is not None:
            study.complete(asked, (1.0,), 1.0, 0.1)
        return hold(name)

    monkeypatch.setattr(study.studies, "hold", ended_meanwhile)
    assert study.ask(3).number == 1
    study.complete(asked, (2.0,), 2.0, 0.1)  # told twice: the first holds
    assert study.told()[0].value == 1.0


def test_where_machines_share_a_database_a_trial_without_a_host_is_somebody_elses(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    for url, number in ((None, 0), (f"sqlite:///{tmp_path / 'db'}", 1)):
        study = MemberStudy(Studies(tmp_path / "j", url), bench, bench.members["line"])
        study.study.ask()  # killed, or about to say where it runs
        assert study.ask(3).number == number


def test_locks_of_two_databases_are_two(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    held = [
        MemberStudy(Studies(tmp_path / "j", f"sqlite:///{tmp_path / name}"), bench, bench.members["line"]).ask(1)
        for name in ("a", "b")
    ]
    assert all(asked.lock is not None for asked in held)


def test_other_data_other_folds_or_another_seed_have_another_study(tmp_path):
    studies = Studies(tmp_path / "j")
    names = set()
    for number, more in enumerate(({}, {"seed": 1}, {"threads": 2})):
        bench = bench_of(OneTuned, tmp_path / str(number), **more)
        names.add(MemberStudy(studies, bench, bench.members["line"]).name)
    other = bench_of(OneTuned, tmp_path / "folds", folds=OneTuned().schemes(bench.dataset)[1])
    names.add(MemberStudy(studies, other, other.members["line"]).name)
    names.add(MemberStudy(studies, bench, bench.members["line"], "apart").name)
    assert len(names) == 5
    assert all(name.startswith("small/line/") for name in names)


PROCESS = """
import sys
from pathlib import Path
from tests.core.tuning.small import search
search(Path(sys.argv[1]), trials=int(sys.argv[2]))
"""


def test_two_processes_on_one_journal_neither_lose_nor_double_a_trial(tmp_path):
    trials = 12
    bench_of(OneTuned, tmp_path)  # the data are there before both begin
    command = [sys.executable, "-c", PROCESS, str(tmp_path), str(trials)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.wait(timeout=120) == 0, process.stderr.read()
        process.stderr.close()
    tuned, _ = search(tmp_path, trials=trials)
    assert [trial.number for trial in tuned.trials] == list(range(trials))
    assert sum(trial.params == {"shrink": 0.5, "noise": 0.0} for trial in tuned.trials) == 1
    assert len({str(trial.params) for trial in tuned.trials}) == trials
    stored = optuna.load_study(
        study_name=None,
        storage=optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(str(tmp_path / "small.journal"))
        ),
    )
    assert len(stored.trials) == trials


def test_a_database_does_as_well_as_a_journal(tmp_path, undisturbed):
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    with pytest.raises(Killed):
        search(tmp_path, url=url, executor=StopsAfter(4))
    tuned, _ = search(tmp_path, url=url)
    assert plain(tuned) == plain(undisturbed[0])
    assert not (tmp_path / "small.journal").exists()


def test_parameters_are_ranked_by_what_they_change_once_there_are_trials_enough(tmp_path):
    few, _ = search(tmp_path / "few", trials=TRIALS)
    assert few.importances == {}
    many, _ = search(tmp_path / "many", trials=60)
    assert many.count("complete") >= 8
    assert sum(many.importances.values()) == pytest.approx(1)
    assert list(many.importances) == ["shrink", "noise"]
