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
    assert (len(arrays["score_ids"]), len(arrays["test_ids"])) == (ROWS, TEST_ROWS)
    assert not {"score_ids", "test_ids"} & set(np.load(pair.first.path / "predictions" / "noisy.npz").files)


def test_predictions_of_an_earlier_version_have_ids_of_their_own(pair, tmp_path):
    run = copied(pair.first, tmp_path / "run")
    rows, path = run.path / "folds.npz", run.path / "predictions" / "line.npz"
    folds = dict(np.load(rows))
    own = {"score_ids": folds["score_ids"], "test_ids": folds.pop("test_ids")}
    np.savez(rows, **folds)
    np.savez(path, **np.load(path), **own)
    _, arrays = stored_predictions(run, "line")
    assert arrays["test_ids"].tolist() == own["test_ids"].tolist()
    with pytest.raises(Refusal, match=r"folds.npz: cannot be read"):
        stored_predictions(run, "noisy")


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no archive", b"\x93NUMPY"])
def test_a_damaged_file_is_refused(content, pair, tmp_path):
    run = copied(pair.first, tmp_path / "run")
    for path in (run.path / "folds.npz", run.path / "predictions" / "line.npz"):
        path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Refusal, match=r"folds.npz: cannot be read"):
        stored_folds(run)
    with pytest.raises(Refusal, match=r"line.npz: cannot be read"):
        stored_predictions(run, "line")
