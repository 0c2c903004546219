from __future__ import annotations

import pytest

from core.blending.costs import PER_FAMILY, fits_asked_for, scores_asked_for, taking_part


@pytest.mark.parametrize(("folds", "fits"), [(2, 4), (3, 7), (5, 16)])
def test_fits_are_those_without_each_pair_each_one_and_none(folds: int, fits: int):
    assert fits_asked_for(folds) == fits


def test_one_member_asks_for_no_score():
    assert scores_asked_for(1, 5) == 0


def test_scales_are_chosen_on_one_by_one():
    assert scores_asked_for(7, 5, 2) == 2 * scores_asked_for(7, 5)


def test_families_are_counted_up_to_a_limit():
    assert taking_part("a" * 9 + "bb" + "c") == PER_FAMILY + 2 + 1
    assert taking_part([]) == 0
