"""The order of work, what a clock lets in, and plans on disk."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.budget import Budget
from core.errors import Refusal
from core.member import Member
from core.plan import Plan, WorkItem, schedule
from core.repeating import repeats


class Clock:
    """A clock that each finished item moves on."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def member(name, **more):
    return Member(name, lambda params, seed: None, **more)


MEMBERS = [
    member("prior", baseline=True, seeded=False),
    member("linear", seeded=False),
    member("boosting", defaults={"depth": 6}),
    member("net"),
]


def work(plan=None, *, members=MEMBERS, seeds=1, budget=None, costs=None, dropped=()):
    """What enters, each item taking the time that its member costs."""
    costs, clock, entered = costs or {}, Clock(), []
    cost = lambda name: math.inf if name in dropped else costs.get(name, 0.0)  # noqa: E731
    for item in both(plan or Plan(), members, seeds, Budget(budget, clock), cost, entered):
        entered.append(item)
        clock.now += costs.get(item.member, 0.0)
    return entered


def both(plan, members, seeds, budget, cost, entered, given_up=lambda member: False):
    """The plan and first seeds, then further ones of what depends on its seed."""
    yield from schedule(plan, members, budget, given_up)
    if not plan.complete:
        first = [WorkItem(m.name, 0, m.defaults) for m in members if m.seeded and not m.baseline]
        yield from repeats(first, seeds, budget, cost, entered)


def named(items):
    return [(item.member, item.seed) for item in items]


FIRST = [("prior", 0), ("linear", 0), ("boosting", 0), ("net", 0)]


# The order


def test_every_member_enters_once_in_the_order_given():
    assert named(work()) == FIRST


def test_further_seeds_come_after_every_member_has_one():
    assert named(work(seeds=3)) == [*FIRST, ("boosting", 1), ("net", 1), ("boosting", 2), ("net", 2)]


def test_members_that_do_not_depend_on_a_seed_have_one():
    assert {name for name, seed in named(work(seeds=5)) if seed} == {"boosting", "net"}


def test_a_baseline_has_one_seed_even_where_it_depends_on_it():
    assert named(work(members=[member("prior", baseline=True)], seeds=3)) == [("prior", 0)]


def test_parameters_are_the_defaults():
    assert {item.member: dict(item.params) for item in work()} == {
        "prior": {},
        "linear": {},
        "boosting": {"depth": 6},
        "net": {},
    }


def test_only_baselines_must_be_done():
    assert {item.member for item in work(seeds=2) if item.must} == {"prior"}


# Once more


def again(given_up, budget=None, seeds=2, plan=None):
    clock = Budget(budget, Clock())
    return named(both(plan or Plan(), MEMBERS, seeds, clock, lambda name: 0.0, [], given_up.__contains__))


def test_what_was_given_up_enters_once_more_before_further_seeds():
    assert again({"linear", "net"}) == [*FIRST, ("linear", 0), ("net", 0), ("boosting", 1), ("net", 1)]


def test_without_time_nothing_enters_once_more():
    assert again({"linear"}, budget=0, seeds=1) == FIRST


def test_a_complete_plan_tries_nothing_once_more():
    assert again({"linear"}, plan=Plan(complete=True)) == []


# The clock


@pytest.mark.parametrize("costs", [{}, {"linear": 95.0}, {"prior": 1e9}])
@pytest.mark.parametrize("budget", [0, 100])
def test_every_first_seed_enters_whatever_the_clock_says(budget, costs):
    assert named(work(budget=budget, costs=costs)) == FIRST


def test_when_no_time_is_left_first_seeds_enter_and_no_further_ones():
    assert named(work(budget=0, seeds=5)) == FIRST
    assert named(work(budget=100, seeds=5, costs={"linear": 95.0})) == FIRST
    assert named(work(budget=100, seeds=2, costs={"linear": 94.9})) == [*FIRST, ("boosting", 1), ("net", 1)]


def test_a_further_seed_enters_only_where_its_cost_fits():
    costs = {"boosting": 30.0, "net": 20.0}
    # After the first seeds 45 of 95 seconds are left, after one more of boosting 15: too few for the net.
    assert named(work(seeds=5, budget=100, costs=costs)) == [*FIRST, ("boosting", 1)]


def test_a_cheaper_member_may_fill_the_time_that_is_too_short_for_another():
    costs = {"boosting": 50.0, "net": 5.0}
    # 40 seconds are left: seven more seeds of the net at 5 seconds would fit with time over, boosting never.
    assert named(work(seeds=5, budget=100, costs=costs))[4:] == [("net", seed) for seed in (1, 2, 3, 4)]


def test_a_member_that_was_dropped_has_no_further_seed():
    assert named(work(seeds=3, budget=1e9, dropped=["net"])) == [*FIRST, ("boosting", 1), ("boosting", 2)]


def test_the_clock_is_read_when_an_item_is_asked_for_and_not_before():
    clock = Clock()
    items = both(Plan(), MEMBERS, 3, Budget(100, clock), lambda name: 0.0, [])
    assert named(next(items) for _ in range(5)) == [*FIRST, ("boosting", 1)]
    clock.now = 1000
    assert list(items) == []


@given(
    costs=st.lists(st.floats(0.1, 50), min_size=4, max_size=4),
    budget=st.floats(0, 300),
    seeds=st.integers(1, 6),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_item_but_a_first_seed_runs_over_the_budget(costs, budget, seeds):
    by_name = dict(zip((m.name for m in MEMBERS), costs, strict=True))
    items = work(seeds=seeds, budget=budget, costs=by_name)
    assert len(set(named(items))) == len(items)
    assert named(items)[: len(FIRST)] == FIRST
    spent, allowed = 0.0, budget * (1 - Budget.reserve)
    for item in items:
        spent += by_name[item.member]
        assert item.seed == 0 or spent <= allowed + 1e-9


# Plans of an earlier attempt

DONE = (WorkItem("net", 0, {"width": 4}, must=True), WorkItem("prior", 0, must=True))


def test_the_work_of_an_earlier_attempt_comes_first_in_its_order_and_not_again():
    items = work(Plan(DONE), seeds=2)
    assert tuple(items[:2]) == DONE
    assert named(items[2:]) == [("linear", 0), ("boosting", 0), ("boosting", 1), ("net", 1)]


def test_the_work_of_an_earlier_attempt_asks_no_clock():
    further = (*DONE, WorkItem("boosting", 1, must=True))
    items = work(Plan(further), budget=0, seeds=3, dropped=["boosting"])
    assert tuple(items[:3]) == further
    assert named(items[3:]) == [("linear", 0), ("boosting", 0)]


def test_a_complete_plan_is_repeated_and_nothing_more_enters():
    assert tuple(work(Plan(DONE, complete=True), seeds=5)) == DONE
    assert work(Plan((), complete=True)) == []


def killed_after(path, items):
    """The plan that a run leaves when it is killed after these items."""
    Plan().now(items, 1.0, ["killed"]).save(path)
    return Plan.load(path)


@given(stop=st.integers(0, 8), seeds=st.integers(1, 3))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_work_that_was_killed_and_resumed_is_the_work_of_one_attempt(tmp_path_factory, stop, seeds):
    whole = work(Plan(), seeds=seeds)
    plan = killed_after(tmp_path_factory.mktemp("plan") / "plan.json", whole[:stop])
    resumed = work(plan, seeds=seeds)
    assert named(resumed) == named(whole)
    assert [item.params for item in resumed] == [item.params for item in whole]


@given(stop=st.integers(0, 8), again=st.integers(0, 8))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_work_that_was_killed_twice_loses_nothing_of_either_attempt(tmp_path_factory, stop, again):
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    whole = work(Plan(), seeds=3)
    plan = killed_after(path, whole[:stop])
    resumed = work(plan, seeds=3)
    plan.now(resumed[:again], 1.0, []).save(path)
    twice = Plan.load(path)
    assert named(twice.items) == named(whole)[: max(min(stop, len(whole)), again)]
    assert named(work(twice, seeds=3)) == named(whole)


@given(stop=st.integers(0, 8), budget=st.floats(0, 200))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_clock_takes_nothing_back_that_was_done_before(tmp_path_factory, stop, budget):
    done = work(seeds=3)[:stop]
    plan = killed_after(tmp_path_factory.mktemp("plan") / "plan.json", done)
    resumed = work(plan, seeds=3, budget=budget, costs={"linear": 10.0, "boosting": 30.0, "net": 20.0})
    assert named(resumed)[: len(done)] == named(done)
    assert len(set(named(resumed))) == len(resumed)


# On disk

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.lists(st.integers(), max_size=2)
)
PARAMS = st.dictionaries(TEXT, VALUES, max_size=3)
PLANS = st.builds(
    Plan,
    items=st.lists(
        st.builds(WorkItem, TEXT, st.integers(0, 2**31), PARAMS, must=st.just(True), trial=st.integers(0, 99)),
        max_size=4,
    ).map(tuple),
    seconds=st.floats(0, 1e9),
    complete=st.booleans(),
    notes=st.lists(TEXT, max_size=3).map(tuple),
)


@given(PLANS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_plan_is_read_as_it_was_written(tmp_path_factory, plan):
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    plan.save(path)
    assert Plan.load(path) == plan
    first = path.read_bytes()
    Plan.load(path).save(path)
    assert path.read_bytes() == first


def test_what_an_earlier_attempt_did_must_be_done_again(tmp_path):
    Plan((WorkItem("net", 1),)).save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json").items == (WorkItem("net", 1, must=True),)


def test_notes_are_kept_in_their_order(tmp_path):
    Plan(DONE, notes=("b: é", "a")).save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json").notes == ("b: é", "a")


def test_a_plan_has_no_notes_by_default():
    assert Plan().notes == ()


def test_seconds_add_up_over_attempts():
    plan = Plan(seconds=10.0)
    now = plan.now(DONE, 2.5, ["a note"])
    assert (now.seconds, now.items, now.complete) == (12.5, DONE, False)
    assert (plan.items, plan.seconds, plan.notes) == ((), 10.0, ())


def test_notes_are_those_of_now():
    notes = ["one", "two"]
    now = Plan(notes=("zero", "one")).now([], 0.0, notes)
    notes.append("three")
    assert now.notes == ("one", "two")


def test_what_is_not_yet_done_again_stays_behind_what_is():
    earlier = (*DONE, WorkItem("linear", 0, must=True), WorkItem("net", 1, {"width": 4}, must=True))
    plan = Plan(earlier)
    assert plan.now([], 1.0, []).items == earlier
    assert plan.now(earlier[:2], 1.0, []).items == earlier
    # One that could not be done again has been passed over: what is done comes first.
    assert plan.now([earlier[0], earlier[2]], 1.0, []).items == tuple(earlier[i] for i in (0, 2, 1, 3))
    assert plan.now(earlier, 1.0, []).items == earlier
    new = WorkItem("boosting", 0, {"depth": 6})
    assert plan.now([*earlier, new], 1.0, []).items == (*earlier, new)
    assert plan.items == earlier


def test_an_item_that_is_done_again_is_the_one_of_now_and_there_once():
    again = WorkItem("net", 0, {"width": 9})
    assert Plan(DONE).now([again], 1.0, []).items == (again, DONE[1])


def test_another_seed_of_a_member_does_not_take_the_place_of_the_first():
    other = WorkItem("net", 1, {"width": 4})
    assert Plan(DONE).now([other], 1.0, []).items == (other, *DONE)


ITEM = {"member": "net", "seed": 0, "params": {}, "must": False}
NEEDED = {"items": [ITEM], "seconds": 1.0, "complete": False}
SOUND = {**NEEDED, "notes": ["a note"]}


def test_a_sound_plan_is_read(tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(SOUND))
    expected = Plan((WorkItem("net", 0, must=True),), 1.0, False, ("a note",))
    assert Plan.load(tmp_path / "plan.json") == expected


def test_a_plan_of_before_there_were_notes_has_none(tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(NEEDED))
    assert Plan.load(tmp_path / "plan.json") == Plan((WorkItem("net", 0, must=True),), 1.0)


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


DAMAGED = [
    *[without(SOUND, name) for name in NEEDED],
    *[{**SOUND, "items": [without(ITEM, name)]} for name in ("member", "seed", "params")],
    *[{**SOUND, "items": value} for value in (None, 1, "net", ["net"], [None], [1], {"a": 1})],
    *[{**SOUND, "items": [{**ITEM, "seed": value}]} for value in (None, "one", [0], math.inf, math.nan)],
    *[{**SOUND, "items": [{**ITEM, "params": value}]} for value in (None, 1, "a", [1])],
    *[{**SOUND, "items": [{**ITEM, "trial": value}]} for value in (None, "one", [0])],
    *[{**SOUND, "seconds": value} for value in (None, "long", [1])],
    *[{**SOUND, "notes": value} for value in (None, 1, True)],
    *[None, 1, "plan", [], [SOUND], {}],
]


@pytest.mark.parametrize("state", DAMAGED, ids=lambda state: json.dumps(state)[:80])
def test_a_damaged_plan_is_refused(tmp_path, state):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(state))
    with pytest.raises(Refusal) as caught:
        Plan.load(path)
    assert str(path) in str(caught.value)
    assert "plan.json of a run" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"no plan", b"\xff\xfe", json.dumps(SOUND).encode()[:-3]])
def test_a_file_that_is_no_plan_is_refused(tmp_path, content):
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(Refusal, match="no plan can be read"):
        Plan.load(tmp_path / "plan.json")


def test_no_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "plan.json", tmp_path):
        with pytest.raises(Refusal, match="no plan can be read"):
            Plan.load(path)


# Some folds, rounds, and what was left out


def test_some_folds_are_read_as_they_were_written(tmp_path):
    Plan((WorkItem("net", 0, folds=(0, 2)),), rounds=7, left_out=("net, seed 1",)).save(tmp_path / "plan.json")
    found = Plan.load(tmp_path / "plan.json")
    assert found.items[0].folds == (0, 2)
    assert (found.rounds, found.left_out) == (7, ("net, seed 1",))


def test_a_plan_of_before_there_were_rounds_has_all_of_them(tmp_path):
    (tmp_path / "plan.json").write_text('{"items": [], "params": {}, "seconds": 1, "complete": true}')
    assert Plan.load(tmp_path / "plan.json") == Plan(seconds=1.0, complete=True)


def test_a_complete_plan_repeats_some_folds_and_an_open_one_begins_the_member_again():
    partly = Plan((WorkItem("linear", 0, folds=(0,), must=True),))
    again = list(schedule(replace(partly, complete=True), MEMBERS, Budget(None)))
    assert [(item.member, item.folds) for item in again] == [("linear", (0,))]
    more = list(schedule(partly, MEMBERS, Budget(None)))
    assert named(more) == FIRST
    assert all(item.folds is None for item in more)


@pytest.mark.parametrize("folds", ["all", [None], 3, ["a"], [1e999]])
def test_folds_that_are_none_are_refused(tmp_path, folds):
    item = {"member": "net", "seed": 0, "params": {}, "folds": folds}
    state = {"items": [item], "params": {}, "seconds": 0.0, "complete": False}
    (tmp_path / "plan.json").write_text(json.dumps(state))
    with pytest.raises(Refusal, match="no plan can be read"):
        Plan.load(tmp_path / "plan.json")


def test_a_trial_stands_beside_its_member():
    first, tuned = WorkItem("net", 0), WorkItem("net", 0, {"width": 9}, trial=7)
    assert (first.candidate, tuned.candidate) == ("net", "net~7")
    assert Plan((first,)).now([tuned], 0.0).items == (tuned, first)


def test_a_plan_with_parameters_by_member_is_of_an_earlier_version_and_read(tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps({**SOUND, "params": {"net": {"width": 1}}}))
    assert Plan.load(tmp_path / "plan.json").items[0].trial == 0
