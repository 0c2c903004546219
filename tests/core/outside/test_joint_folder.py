"""A joint blend on disk: whole or not there, and independent of its parents."""

from __future__ import annotations

import pytest

from core.failpoints import armed
from core.outside import joint_folder
from core.outside.joining import join_runs
from core.run import runs_of
from tests.core.outside.made import Wide
from tests.core.outside.test_joining import contents


class Killed(BaseException):
    pass


def test_a_refusal_before_writing_leaves_nothing(pair, tmp_path):
    from core.errors import Refusal
    from core.outside.files import OutsideFiles

    files = OutsideFiles("mate", pair.data / "train.csv", pair.data / "outside-train.csv")
    with pytest.raises(Refusal):
        join_runs([pair.first], Wide(), tmp_path / "runs", outside=[files])
    assert not (tmp_path / "runs").exists()


def test_a_blend_that_was_killed_anywhere_goes_on_in_its_folder(pair, tmp_path):
    whole = join_runs([pair.first, pair.second], Wide(), tmp_path / "whole")
    met: list[str] = []
    with armed(met.append):
        join_runs([pair.first, pair.second], Wide(), tmp_path / "met")
    begun = met.index("run: begun") + 1
    for place in range(begun, len(met), 3):
        root, seen = tmp_path / f"killed-{place}", []

        def kill(name, seen=seen, place=place):
            seen.append(name)
            if len(seen) == place + 1:
                raise Killed

        with pytest.raises(Killed), armed(kill):
            join_runs([pair.first, pair.second], Wide(), root)
        (left,) = runs_of(root)
        ended = left.record["status"] == "finished"
        again = join_runs([pair.first, pair.second], Wide(), root)
        assert (again.path == left.path) != ended
        assert contents(again) == contents(whole)
        assert not list(root.rglob("*.unfinished"))


def test_what_is_linked_cannot_be_changed_through_a_parent(pair, tmp_path):
    """Podium replaces files, and never writes into one that is there."""
    found = join_runs([pair.first], Wide(), tmp_path / "runs", outside=_mate(pair))
    path = pair.first.path / "predictions" / "line.npz"
    assert path.stat().st_nlink > 1
    before = (found.path / "predictions" / "line.npz").read_bytes()
    assert before == path.read_bytes()
    assert found.record["kind"] == joint_folder.BLEND


def _mate(pair):
    from core.outside.files import OutsideFiles

    return [OutsideFiles("mate", pair.data / "outside-test.csv", pair.data / "outside-train.csv")]
