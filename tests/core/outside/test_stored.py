"""Arrays of a run, read back."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import Refusal
from core.outside.stored import fold_count, stored_folds, stored_predictions
from tests.core.outside.made import ROWS, TEST_ROWS, copied


def test_folds_are_those_that_were_kept(pair):
    arrays = stored_folds(pair.first)
    assert fold_count(arrays) == 3
    scored = np.concatenate([arrays[f"score_{number}"] for number in range(3)])
    assert sorted(scored) == list(range(ROWS))


def test_predictions_come_by_seed_with_their_ids(pair):
    predictions, arrays = stored_predictions(pair.first, "noisy")
    assert set(predictions.out_of_fold) == set(predictions.test) == {0}
    assert predictions.mean_out_of_fold.shape == (ROWS, 1)
    assert predictions.mean_test.shape == (TEST_ROWS, 1)
    assert len(arrays["score_ids"]), len(arrays["test_ids"]) == (ROWS, TEST_ROWS)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no archive", b"\x93NUMPY"])
def test_a_damaged_file_is_refused(content, pair, tmp_path):
    run = copied(pair.first, tmp_path / "run")
    for path in (run.path / "folds.npz", run.path / "predictions" / "line.npz"):
        path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Refusal, match=r"folds.npz: cannot be read"):
        stored_folds(run)
    with pytest.raises(Refusal, match=r"line.npz: cannot be read"):
        stored_predictions(run, "line")
