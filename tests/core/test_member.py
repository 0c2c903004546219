from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.member import Member, in_order, with_needs


def member(name: str, *needs: str, baseline: bool = False) -> Member:
    return Member(name, lambda params, seed: None, needs=needs, baseline=baseline)


def names(members: list[Member]) -> list[str]:
    return [member.name for member in members]


@st.composite
def acyclic(draw: st.DrawFn) -> list[Member]:
    """Members that need some of those drawn before them, in any order of listing."""
    count = draw(st.integers(1, 7))
    made = []
    for number in range(count):
        needs = draw(st.sets(st.integers(0, number - 1))) if number else set()
        made.append(member(f"m{number}", *(f"m{need}" for need in sorted(needs)), baseline=draw(st.booleans())))
    return draw(st.permutations(made))


def test_members_stay_as_given_where_nothing_is_needed():
    assert names(in_order([member("c"), member("a"), member("b")])) == ["c", "a", "b"]


def test_baselines_come_first():
    assert names(in_order([member("c"), member("mean", baseline=True), member("a")])) == ["mean", "c", "a"]


def test_a_member_comes_right_after_what_it_needs():
    listed = [member("stack", "a", "b"), member("a"), member("c"), member("b")]
    assert names(in_order(listed)) == ["a", "c", "b", "stack"]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(acyclic())
def test_every_member_comes_once_and_after_its_needs(members: list[Member]):
    ordered = in_order(members)
    assert sorted(names(ordered)) == sorted(names(members))
    for position, one in enumerate(ordered):
        assert set(one.needs) <= set(names(ordered[:position]))
    assert names(in_order(ordered)) == names(ordered)


@pytest.mark.parametrize(
    "members",
    [
        [member("a", "b"), member("b", "a")],
        [member("a", "a")],
        [member("x"), member("a", "c"), member("b", "a"), member("c", "b")],
    ],
)
def test_needs_in_a_circle_are_refused(members: list[Member]):
    with pytest.raises(ValueError, match=r"circle.*'a'"):
        in_order(members)


def test_a_need_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="'b', \\('gone',\\)"):
        in_order([member("a"), member("b", "gone")])


def test_a_name_that_occurs_twice_is_refused():
    with pytest.raises(ValueError, match="two members have one name"):
        in_order([member("a"), member("b"), member("a")])


def test_no_members_are_in_order():
    assert in_order([]) == []


def by_name(*members: Member) -> dict[str, Member]:
    return {one.name: one for one in members}


def test_chosen_names_bring_what_they_need_and_that_brings_its_own():
    known = by_name(member("top", "middle"), member("other"), member("middle", "low"), member("low"))
    assert with_needs(["top"], known) == ["low", "middle", "top"]
    assert with_needs(["middle", "other"], known) == ["other", "low", "middle"]
    assert with_needs([], known) == []


def test_a_name_chosen_twice_is_taken_once():
    assert with_needs(["a", "a"], by_name(member("a"), member("b"))) == ["a"]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(acyclic(), st.data())
def test_with_needs_is_the_smallest_closed_choice_in_working_order(members: list[Member], data: st.DataObject):
    known = by_name(*members)
    chosen = data.draw(st.lists(st.sampled_from(sorted(known)), max_size=3))

    def closure(name: str) -> set[str]:
        return {name}.union(*(closure(need) for need in known[name].needs))

    expected = set().union(*(closure(name) for name in chosen))
    assert with_needs(chosen, known) == [name for name in names(in_order(members)) if name in expected]
