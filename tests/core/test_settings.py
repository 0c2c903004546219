"""What a user asks of a run, and what makes two requests equal."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from core.cache import key_of
from core.plan import Plan, WorkItem
from core.settings import MOST_SEEDS, MOST_SEEDS_EXTENDED, Settings

#: Another value for every setting that changes what a run is.
OTHERS = {
    "budget": 60.0,
    "members": ("linear",),
    "fold": 1,
    "fraction": 0.5,
    "refit": "full",
    "seed": 1,
    "seeds": 2,
    "trials": 5,
    "device": "cuda",
    "schemes": True,
}


def key(**asked):
    return key_of(Settings(**asked).request())


@pytest.mark.parametrize("name", OTHERS)
def test_every_setting_that_changes_a_run_changes_its_request(name):
    assert key(**{name: OTHERS[name]}) != key()


@pytest.mark.parametrize(
    ("name", "value"), [("fresh", True), ("executor", "processes:2"), ("threads", 2), ("more", 60.0)]
)
def test_where_it_runs_whether_afresh_and_for_how_much_longer_do_not(name, value):
    assert key(**{name: value}) == key()
    assert name not in Settings(**{name: value}).request()


def test_no_setting_is_forgotten_by_these_tests():
    known = {field.name for field in dataclasses.fields(Settings)}
    assert known == {*OTHERS, "fresh", "executor", "threads", "more", "plan", "storage"}


def test_equal_settings_have_equal_requests():
    assert key(members=("a", "b"), budget=10.0) == key(members=("a", "b"), budget=10.0)


def test_a_plan_with_other_work_in_it_is_another_request(tmp_path):
    path = tmp_path / "plan.json"
    keys = set()
    for member in ("linear", "boosting"):
        item = {"member": member, "seed": 0, "params": {}, "must": False}
        state = {"items": [item], "params": {}, "seconds": 0.0, "complete": True, "notes": []}
        path.write_text(json.dumps(state))
        keys.add(key(plan=path))
    assert len(keys) == 2
    assert key() not in keys


def test_a_request_can_be_written_as_json():
    json.dumps(Settings(members=("a",)).request(), default=str)


def test_without_a_budget_each_member_has_one_seed():
    assert Settings().number_of_seeds() == 1


def test_a_budget_may_fill_several_seeds():
    assert Settings(budget=1.0).number_of_seeds() == MOST_SEEDS


@pytest.mark.parametrize("budget", [None, 60.0])
def test_a_number_of_seeds_that_is_given_holds(budget):
    assert Settings(budget=budget, seeds=3).number_of_seeds() == 3
    assert Settings(budget=budget, seeds=3).number_of_seeds(extending=True) == 3


def test_settings_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().plan = Path("plan.json")


def test_an_extension_may_fill_more_seeds_than_a_run():
    assert Settings().number_of_seeds(extending=True) == MOST_SEEDS_EXTENDED > MOST_SEEDS
    assert Settings(more=60.0).number_of_seeds() == 1  # what goes on with an unfinished run is that run


def test_a_plan_of_equal_work_is_the_same_request_however_long_it_took(tmp_path):
    keys = set()
    for number, seconds in enumerate((1.0, 2.0)):
        path = tmp_path / f"{number}.json"
        Plan((WorkItem("linear", 0),), seconds=seconds, notes=(str(seconds),)).save(path)
        keys.add(key(plan=path))
    assert len(keys) == 1
