"""podium import"""

from __future__ import annotations

import argparse
import json

import numpy as np
import pandas as pd
import pytest

from core.cli.import_ import share
from tests.bad_input.small_data import said
from tests.support.command import podium


@pytest.fixture(scope="module")
def brought(finished, tmp_path_factory):
    """What a teammate makes of the exported folds: noise around the predictions of the run."""
    folder = tmp_path_factory.mktemp("brought")
    run = json.loads(finished.stdout)
    arrays, rows = (np.load(f"{run['folder']}/{name}.npz") for name in ("predictions/linear", "folds"))
    rng, names = np.random.default_rng(0), list(pd.read_csv(finished.data / "sample_submission.csv", nrows=0))[1:]
    for name, part in (("oof", "score"), ("test", "test")):
        values = arrays["out_of_fold_0" if name == "oof" else "test_0"]
        noisy = values * np.exp(0.2 * rng.normal(size=values.shape))
        frame = pd.DataFrame(noisy / noisy.sum(axis=1, keepdims=True), columns=names)
        frame.insert(0, "row_id", rows[f"{part}_ids"])
        frame.to_csv(folder / f"{name}.csv", index=False)
    return ["--oof", folder / "oof.csv", "--test", folder / "test.csv"]


def test_the_command_blends_anew_and_says_what_it_gained(finished, brought, capsys):
    run = json.loads(finished.stdout)
    done = podium("import", run["run_id"], "mate", *brought, "--json", submissions=finished.submissions)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert "mate" in made["scores"]
    assert made["baseline"] == run["baseline"]
    assert "blended before and now" in done.stderr
    assert "members from outside" in done.stderr
    where = ("--submissions", finished.submissions)
    assert json.loads(said(capsys, "show", made["run_id"], "--json", *where).out) == made
    assert "valid submission" in said(capsys, "check", made["run_id"], *where).out
    assert made["run_id"] in said(capsys, "runs", *where).out


def test_two_runs_are_blended(finished, brought, capsys):
    run = json.loads(finished.stdout)
    more = [*brought, "--submissions", finished.submissions, "--json"]
    made = json.loads(said(capsys, "import", run["run_id"], "other", *more).out)
    done = said(capsys, "blend", run["run_id"], made["run_id"], "--submissions", finished.submissions, "--json")
    assert done.code == 0, done.err
    assert set(json.loads(done.out)["scores"]) == {"blend", "constant", "linear", "other"}


@pytest.mark.parametrize("text", ["0", "1", "-0.1", "nan", "x", "inf"])
def test_a_weight_lies_between_nought_and_one(text):
    with pytest.raises(argparse.ArgumentTypeError, match="no weight"):
        share(text)
