"""What a joint blend says of its parents and of members from outside."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.blend import Blend
from core.ensembling import Ensemble
from core.objective import Score
from core.outside.entry import entries_of
from core.outside.member import OutsideMember
from core.outside.mixture import Mixture
from core.outside.standing import Standing
from core.outside.tables import UNVALIDATED, outside_entries, outside_table, parents_table
from tests.core.outside.made import ground


def joined(weights):
    return Ensemble(Blend("mean", weights), None, Score((1.0, 2.0, 3.0)), np.zeros((1, 1)), 1.5, {})


STANDING = Standing("20260101-000000-aa", 2.5, 0.5, 0.5, 0.1, "rows")


@pytest.mark.parametrize(
    ("standings", "noise"),
    [
        ([STANDING], False),
        ([replace(STANDING, gain=0.1)], True),
        ([STANDING, replace(STANDING, run="b", gain=-0.1)], True),
        ([replace(STANDING, gain=0.0, gain_error=0.0)], False),
        ([replace(STANDING, gain_error=float("nan"), over="folds")], True),
    ],
)
def test_parents_stand_beside_the_blend_and_noise_is_called_so(standings, noise, pair):
    table = parents_table(joined({"line": 1.0}), standings, ground(pair.first))
    assert table.rows[-1] == ("this blend", 2.0, pytest.approx(3**-0.5), None, None)
    assert [row[0] for row in table.rows[:-1]] == [f"parent {standing.run}" for standing in standings]
    assert any("noise" in note for note in table.notes) == noise
    assert f"over {standings[0].over}" in table.notes[0]
    assert "rmse, lower is better" in table.title
    json.dumps(table.to_json(), allow_nan=False)


def test_members_from_outside_are_listed_with_their_weight(pair):
    entries = entries_of([pair.first], ground(pair.first))
    member = OutsideMember("line", entries[1].test, entries[1].out_of_fold)
    assert outside_entries(entries, []) == []
    assert outside_table(entries, [], None, joined({"line": 1.0})) == []
    (table,) = outside_table(entries, [member], None, joined({"noisy": 1.0}))
    assert [(row[0], row[3], row[4]) for row in table.rows] == [("line", 0.0, "validated")]
    mixture = Mixture(replace(member, name="mate"), 0.25)
    (table,) = outside_table(entries, [], mixture, joined({"line": 1.0}))
    assert table.rows == (("mate", None, None, 0.25, UNVALIDATED),)
    assert table.notes == (mixture.note,)
