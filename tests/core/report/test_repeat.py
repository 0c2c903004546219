from __future__ import annotations

import argparse
import shlex
from dataclasses import fields

import pytest

from core.cli import run as verb
from core.report.evidence import Evidence
from core.report.repeat import command, repeat
from core.settings import Settings
from tests.core.report.runs import Page, a_run


def record(**settings):
    asked = Settings(threads=2, **settings).request()
    return {
        "competition": "class-imbalance",
        "data_folder": "/data/it's here",
        "status": "finished",
        "threads": 2,
        "request": {"edition": "addi-2021", "options": {"prior": "a:0.5,b:0.5", "groups": ""}, "settings": asked},
    }


def parsed(text: str) -> argparse.Namespace:
    """As the command itself would read it."""
    podium, run, *words = shlex.split(text)
    assert (podium, run) == ("podium", "run")
    parser = argparse.ArgumentParser(exit_on_error=False)
    verb.add_arguments(parser)
    return parser.parse_args(words)


EVERYTHING = {"budget": 90.0, "members": ("a", "b"), "fold": 0, "fraction": 0.25, "refit": "full", "seed": 7,
              "seeds": 3, "trials": 20, "device": "cuda", "schemes": True}  # fmt: skip


@pytest.mark.parametrize("settings", [{}, EVERYTHING, *({name: value} for name, value in EVERYTHING.items())])
def test_the_command_asks_for_what_was_asked(settings):
    found = parsed(command(record(**settings)))
    assert found.competition == "class-imbalance"
    assert str(found.data) == "/data/it's here"
    assert found.edition == "addi-2021"
    assert found.option == ["prior=a:0.5,b:0.5"]
    usual = parsed("podium run class-imbalance")
    for name in EVERYTHING:
        asked = settings.get(name, getattr(usual, name))
        assert getattr(found, name) == (",".join(asked) if isinstance(asked, tuple) else asked)


def test_with_the_plan_no_clock_and_no_search_decides():
    found = parsed(command(record(**EVERYTHING), plan=True))
    assert (found.budget, found.trials, found.seeds) == (None, None, None)
    assert (found.seed, found.fraction, found.fold, found.refit) == (7, 0.25, 0, "full")
    assert (str(found.plan), found.threads, found.fresh) == ("plan.json", 2, True)


def test_no_trials_of_an_earlier_version_are_none_of_today():
    old = record()
    old["request"]["settings"]["trials"] = 0
    assert parsed(command(old)).trials == 1


def test_a_blend_of_runs_is_repeated_by_its_own_command(tmp_path):
    run = a_run(tmp_path, kind="blend", parents=[{"run_id": "one"}, {"run_id": "two"}])
    run.record["request"]["outside"] = {"mate's": {"oof": "1234", "test": "5678"}}
    body = Page(repeat(Evidence(run)).body).text
    assert command(run.record) == """podium blend one two --outside 'mate'"'"'s' OOF TEST"""
    assert "one, two" in body
    assert "mate's, oof1234" in body
    assert "plan.json" not in body
    run.record["request"]["outside"] = {"mate": {"test": "5678", "weight": 0.3}}
    assert command(run.record) == "podium import one two mate --test TEST --weight 0.3"


def test_every_setting_is_an_option_of_the_command():
    parser = argparse.ArgumentParser()
    verb.add_arguments(parser)
    options = {action.dest for action in parser._actions}
    assert {field.name for field in fields(Settings)} <= options


def test_time_versions_and_marks(tmp_path):
    run = a_run(tmp_path, left_out=["catboost, seed 3"], more=60.0)
    body = repeat(Evidence(run)).body
    text = Page(body).text
    assert "12.5 seconds in all; 9 fits made, 1 taken from the cache; 1 thread for each fit." in text
    assert "catboost, seed 3" in text
    assert "Time by member" in text
    assert "abc" in text
    assert "Versions" in text


def test_a_record_of_nothing_can_be_told(tmp_path):
    run = a_run(tmp_path)
    run.record = {"status": "running"}
    assert "podium run COMPETITION" in repeat(Evidence(run)).body
