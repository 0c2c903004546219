"""What a blend gains by members from outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.blend import Blend
from core.ensembling import Ensemble
from core.objective import Score
from core.outside.contribution import blend_of, heavy, judged_alone
from core.outside.entry import entries_of
from core.outside.member import OutsideMember
from tests.core.outside.made import ground


def pool(weights, scale="logs", **more):
    return Ensemble(Blend("pool", weights, scale, **more), None, Score((1.0,)), np.zeros((1, 1)), 1.0, {})


@pytest.fixture(scope="module")
def entries(pair):
    found = entries_of([pair.first], ground(pair.first))
    return [*found, replace(found[-1], name="mate", sources=())]


@pytest.mark.parametrize(
    ("blend", "said"),
    [
        (pool({"mate": 1.4, "line": 0.2}), ["mate has weight 1.40"]),
        (pool({"mate": 1.0, "line": 1.6}), []),  # of this project's own members
        (pool({"mate": 1.4}, "values"), []),
        (pool({"mate": 0.4}, regime="place", regimes={"a": Blend("pool", {"mate": 1.2}, "logs")}), ["weight 1.20"]),
    ],
)
def test_a_member_from_outside_that_counts_more_than_once_is_warned_of(blend, said, entries):
    found = heavy(blend, entries)
    assert len(found) == len(said)
    for finding, part in zip(found, said, strict=True):
        assert part in finding.message
        assert finding.severity == "warning"


def test_the_blend_of_the_ground_is_that_of_the_run(pair, entries):
    joined = blend_of(ground(pair.first), entries[:-1])
    assert dict(joined.blend.weights) == pair.first.record["blend"]["weights"]


def test_nobody_is_suspected_beside_a_trivial_answer_alone(pair, entries):
    """Whoever beats a constant by far need not have seen the rows."""
    stage = ground(pair.first)
    truth = np.asarray(stage.judge.truth, dtype=float)[:, None]
    member = OutsideMember("mate", entries[0].test, truth + np.random.default_rng(0).normal(0, 0.1, truth.shape))
    new = replace(entries[-1], out_of_fold=member.out_of_fold)
    trivial = [entry for entry in entries[:-1] if entry.baseline]
    joined = blend_of(stage, [*trivial, new])
    assert judged_alone([pair.first], stage, [*trivial, new], [member], joined, accept=False) == [member]
