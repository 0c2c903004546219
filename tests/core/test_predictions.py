from __future__ import annotations

import numpy as np

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


def test_one_seed_is_its_own_mean_and_is_not_changed_by_it():
    predictions = seeds(5)
    before = predictions.out_of_fold[5].copy()
    predictions.mean_out_of_fold[:] = 0
    np.testing.assert_array_equal(predictions.mean_out_of_fold, before)


def test_further_seeds_join_and_times_add_up():
    joined = seeds(0, seconds=2.0).and_seed(seeds(1, 2, seconds=3.5))
    assert sorted(joined.out_of_fold) == sorted(joined.test) == [0, 1, 2]
    assert joined.seconds == 5.5
    assert joined.mean_out_of_fold.tobytes() == seeds(0, 1, 2).mean_out_of_fold.tobytes()


def test_mean_changes_none_of_its_arrays():
    arrays = [np.ones((2, 1)), np.full((2, 1), 3.0)]
    np.testing.assert_array_equal(mean(arrays), [[2], [2]])
    np.testing.assert_array_equal(arrays[0], [[1], [1]])
