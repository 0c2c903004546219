"""Test predictions on another level than out of fold."""

from __future__ import annotations

import numpy as np
import pytest

from core.outside.level import other_level

N = 2000


def found(on_test, scored, weight=None, spread=1.0):
    weight = np.ones(len(scored)) if weight is None else weight
    outputs = [f"o{number}" for number in range(scored.shape[1])]
    return other_level("mate", "best", on_test, scored, weight, np.full(scored.shape[1], spread), outputs)


def draw(seed, shift=0.0, outputs=1, rows=N):
    return np.random.default_rng(seed).normal(shift, 1, (rows, outputs))


def test_noise_is_no_move_and_a_common_difference_is_none():
    assert sum(len(found(draw(seed), draw(seed + 500))) for seed in range(200)) == 0
    assert found(draw(0, 3.0), draw(1, 3.0)) == ()


@pytest.mark.parametrize("shift", [0.4, -0.4])
def test_a_move_is_warned_of_with_its_output_and_size(shift):
    test = draw(0, outputs=3) + np.array([0, shift, 0.0])
    (finding,) = found(test, draw(1, outputs=3))
    assert finding.severity == "warning"
    assert finding.columns == ("o1",)
    assert "member 'best'" in finding.message
    assert "mate" in finding.message


def test_a_small_move_and_one_of_few_rows_are_not():
    assert found(draw(0, 0.4), draw(1), spread=4.0) == ()
    assert found(draw(0, 0.4, rows=20), draw(1, rows=20)) == ()
    assert found(draw(0, 0.4), draw(1), spread=0.0) == ()


def test_rows_count_by_their_weight():
    """Rows of a class that is rarer in the test: without weights this would be a move."""
    rare = np.arange(N) % 2 == 0
    scored = draw(1) + np.where(rare, 2.0, 0.0)[:, None]
    weight = np.where(rare, 0.1, 1.0)
    on_test = draw(2) + 2.0 * 0.1 / 1.1
    assert found(on_test, scored, weight) == ()
    assert len(found(on_test, scored)) == 1
