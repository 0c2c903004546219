"""What is passed on, and what is kept for the record."""

from __future__ import annotations

from core.checks import Finding
from core.note_keeper import NoteKeeper
from tests.support.small import Notes


def test_a_note_is_kept_and_told_once():
    inner = Notes()
    keeper = NoteKeeper(inner)
    for text in ("a", "b", "a"):
        keeper.note(text)
    assert keeper.notes == inner.notes == ["a", "b"]


def test_what_the_clock_left_out_is_kept_apart_and_told_once():
    inner = Notes()
    keeper = NoteKeeper(inner)
    for work in ("a", "b", "a"):
        keeper.left_out(work)
    assert keeper.unfinished == inner.unfinished == ["a", "b"]
    assert keeper.notes == inner.notes == []


def test_work_that_is_done_after_all_is_left_out_no_more():
    keeper = NoteKeeper(Notes())
    keeper.left_out("a")
    keeper.left_out("b")
    keeper.done_after_all(iter(["b", "c"]))
    assert keeper.unfinished == ["a"]


def test_findings_are_passed_on():
    inner, finding = Notes(), Finding("rows", "leak", "copies", "drop them")
    NoteKeeper(inner).found(finding)
    assert inner.findings == [finding]


def test_everything_else_is_passed_on_and_fits_are_counted():
    inner = Notes()
    keeper = NoteKeeper(inner)
    keeper.step("load")
    keeper.fits_begin("line", 3)
    keeper.fit_done("line", cached=True)
    keeper.fit_done("line", cached=False)
    keeper.fit_done("line", cached=False)
    assert (inner.steps, inner.labels, inner.cached, inner.fitted) == (["load"], [("line", 3)], 1, 2)
    assert (keeper.fits, keeper.from_cache) == (2, 1)
