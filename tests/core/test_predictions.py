from __future__ import annotations

import numpy as np
import pytest

from core.predictions import MemberPredictions, mean


def seeds(*numbers: int, seconds: float = 1.0) -> MemberPredictions:
    arrays = {seed: np.random.default_rng(seed).normal(size=(7, 2)) for seed in numbers}
    return MemberPredictions(arrays, {seed: 2 * values for seed, values in arrays.items()}, seconds)


def test_the_mean_is_taken_over_seeds():
    predictions = seeds(0, 1, 2)
    expected = np.stack([predictions.out_of_fold[seed] for seed in range(3)]).mean(axis=0)
    np.testing.assert_allclose(predictions.mean_out_of_fold, expected)
    np.testing.assert_allclose(predictions.mean_test, 2 * expected)


def test_the_order_in_which_seeds_finish_changes_no_byte():
    forth, back = seeds(0, 1, 2, 3), seeds(3, 1, 2, 0)
    assert forth.mean_out_of_fold.tobytes() == back.mean_out_of_fold.tobytes()
    assert forth.mean_test.tobytes() == back.mean_test.tobytes()


def test_a_row_that_no_fold_scores_stays_missing():
    predictions = seeds(0, 1)
    for values in predictions.out_of_fold.values():
        values[3] = np.nan
    assert np.isnan(predictions.mean_out_of_fold).any(axis=1).tolist() == [False] * 3 + [True] + [False] * 3


def test_one_seed_is_its_own_mean_without_a_copy_and_cannot_be_changed_by_it():
    predictions = seeds(5)
    for own, found in [
        (predictions.out_of_fold[5], predictions.mean_out_of_fold),
        (predictions.test[5], predictions.mean_test),
    ]:
        assert found.tobytes() == own.tobytes()
        assert np.shares_memory(own, found)
        with pytest.raises(ValueError, match="read-only"):
            found[:] = 0
        own[0] = 1.0  # the seed's own array stays as it was


def test_of_no_seeds_there_is_no_mean():
    with pytest.raises(ValueError, match="not enough values"):
        _ = MemberPredictions({}, {}).mean_test


def test_further_seeds_join_and_times_add_up():
    joined = seeds(0, seconds=2.0).and_seed(seeds(1, 2, seconds=3.5))
    assert sorted(joined.out_of_fold) == sorted(joined.test) == [0, 1, 2]
    assert joined.seconds == 5.5
    assert joined.mean_out_of_fold.tobytes() == seeds(0, 1, 2).mean_out_of_fold.tobytes()


def test_mean_changes_none_of_its_arrays():
    arrays = [np.ones((2, 1)), np.full((2, 1), 3.0)]
    np.testing.assert_array_equal(mean(arrays), [[2], [2]])
    np.testing.assert_array_equal(arrays[0], [[1], [1]])
