from __future__ import annotations

from benchmarks.peers_parts.schedule import BESIDE, blocks, has_room, in_turn


def test_every_tool_comes_first_equally_often():
    tools = ["a", "b", "c"]
    orders = [in_turn(tools, number) for number in range(6)]
    assert [order[0] for order in orders] == ["a", "b", "c"] * 2
    assert all(sorted(order) == tools for order in orders)


def test_every_set_comes_before_the_next_seed():
    found = list(blocks(["x", "y", "z"], range(3)))
    assert len(found) == 9
    assert [seed for _, seed in found] == sorted(seed for _, seed in found)


def test_what_does_not_fit_is_left_out():
    assert has_room(3, 1.0, 3 * (60 + BESIDE))
    assert not has_room(3, 1.0, 3 * (60 + BESIDE) - 1)
    assert has_room(0, 1.0, 0.0)
