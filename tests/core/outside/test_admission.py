"""A member of another make, held against a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.errors import Refusal
from core.outside.admission import read_outside
from core.outside.entry import entries_of
from core.outside.files import OutsideFiles
from core.outside.fold_table import fold_table
from tests.contract.fakes.events import IDS, Events
from tests.contract.fakes.shifted import Shifted
from tests.core.outside.made import ground


@pytest.fixture(scope="module")
def stage(pair):
    found = ground(pair.first)
    return found, entries_of([pair.first], found)


@pytest.fixture
def files(pair, tmp_path):
    """Good files, to be changed: `write(oof, test)` returns what is read."""

    def read(name):
        return pd.read_csv(pair.data / f"outside-{name}.csv", dtype={"id": str})

    def write(oof=lambda frame: frame, test=lambda frame: frame, alone=False):
        oof(read("train")).to_csv(tmp_path / "oof.csv", index=False)
        test(read("test")).to_csv(tmp_path / "test.csv", index=False)
        return OutsideFiles("mate", tmp_path / "test.csv", None if alone else tmp_path / "oof.csv")

    return write


def test_good_files_come_in_the_order_of_the_run(stage, files, pair):
    found = read_outside(files(lambda f: f[::-1], lambda f: f.sample(frac=1, random_state=0)), *stage, accept=False)
    for values, name in ((found.out_of_fold, "train"), (found.test, "test")):
        assert values[:, 0].tolist() == pd.read_csv(pair.data / f"outside-{name}.csv")["y"].tolist()
    assert dict(found.files).keys() == {"test", "out_of_fold"}
    assert all("taken on trust" in note for note in found.notes)


def test_a_file_that_names_its_folds_needs_no_trust(stage, files):
    table = fold_table(stage[0])
    assert read_outside(files(lambda f: f.merge(table, on="id")), *stage, accept=False).notes == ()


SUSPICIOUS = {
    "minus": (lambda f: f.assign(y=-f["y"]), "goes the other way round"),
    "logarithm": (lambda f: f.assign(y=np.log1p(f["y"].clip(0))), "on another level.*log"),
    "thousands": (lambda f: f.assign(y=f["y"] * 1000), "1000 times the value"),
    "another unit": (lambda f: f.assign(y=f["y"] * 1.8 + 300), "on another level: median"),
}


@pytest.mark.parametrize("name", list(SUSPICIOUS))
@pytest.mark.parametrize("part", ["oof", "test"])
def test_another_scale_is_refused_in_either_file_unless_it_is_accepted(name, part, stage, files):
    change, said = SUSPICIOUS[name]
    brought = files(**{part: change})
    with pytest.raises(Refusal, match=f"{part}.csv: .*{said}") as caught:
        read_outside(brought, *stage, accept=False)
    assert "--yes" in caught.value.way_out
    found = read_outside(brought, *stage, accept=True)
    assert any("taken with --yes" in note for note in found.notes)


@pytest.mark.parametrize("name", ["logarithm", "thousands", "another unit"])
def test_a_test_file_alone_is_held_against_the_members(name, stage, files):
    with pytest.raises(Refusal, match=r"test.csv: .*on another level"):
        read_outside(files(test=SUSPICIOUS[name][0], alone=True), *stage, accept=False)
    assert read_outside(files(alone=True), *stage, accept=False).out_of_fold is None


@pytest.mark.parametrize("digits", [17, 8])
def test_the_truth_itself_is_refused(digits, stage, files, pair):
    """A column of truth that is named like the output, beside the predictions."""
    truth = pd.read_csv(pair.data / "train.csv", dtype={"id": str})[["id", "y"]]
    truth["y"] = truth["y"].map(lambda value: float(f"{value:.{digits}g}"))
    both = files(lambda f: f.rename(columns={"y": "oof"}).merge(truth, on="id"))
    with pytest.raises(Refusal, match="column 'y': the truth itself"):
        read_outside(both, *stage, accept=True)


def test_rows_learnt_by_heart_are_refused(stage, files, pair):
    truth = pd.read_csv(pair.data / "train.csv", dtype={"id": str}).set_index("id")["y"]
    near = files(lambda f: f.assign(y=truth[f["id"]].to_numpy() + np.random.default_rng(0).normal(0, 0.05, len(f))))
    with pytest.raises(Refusal, match=r"better than every member of the run by .* standard errors"):
        read_outside(near, *stage, accept=False)


def test_shuffled_rows_are_worse_than_the_trivial_answer(stage, files):
    shuffled = files(lambda f: f.assign(y=np.random.default_rng(0).permutation(f["y"]) * 4 - 60))
    with pytest.raises(Refusal, match="worse than constant, the trivial answer"):
        read_outside(shuffled, *stage, accept=False)


def test_ids_of_several_columns_and_rows_without_a_fold(events, tmp_path):
    found = ground(events, Events)
    table = fold_table(found)
    rng = np.random.default_rng(0)
    test = found.dataset.test.keys[list(IDS)]
    test.assign(gain=rng.normal(size=len(test))).to_csv(tmp_path / "test.csv", index=False)
    oof = table.assign(gain=rng.normal(size=len(table)))
    for frame in (oof, oof[oof["fold"].notna()].iloc[::-1]):
        frame.to_csv(tmp_path / "oof.csv", index=False)
        member = read_outside(
            OutsideFiles("mate", tmp_path / "test.csv", tmp_path / "oof.csv"),
            found,
            entries_of([events], found),
            accept=True,
        )
        scored = oof["fold"].notna().to_numpy()
        assert np.array_equal(member.out_of_fold[scored, 0], oof["gain"][scored])
        assert np.isnan(member.out_of_fold[~scored]).all()


def test_one_column_of_two_classes_is_said_aloud(shifted, tmp_path):
    found = ground(shifted, Shifted)
    entries = entries_of([shifted], found)
    best = next(entry for entry in entries if entry.name == "plain")
    for name, ids, values in (
        ("oof", found.dataset.score.ids, best.out_of_fold),
        ("test", found.dataset.test.ids, best.test),
    ):
        noisy = np.clip(values[:, 1] + np.random.default_rng(0).normal(0, 0.01, len(values)), 0.001, 0.999)
        pd.DataFrame({"id": ids, "p": noisy}).to_csv(tmp_path / f"{name}.csv", index=False)
    member = read_outside(
        OutsideFiles("mate", tmp_path / "test.csv", tmp_path / "oof.csv"), found, entries, accept=False
    )
    assert sum("read as the probability of 'yes'" in note for note in member.notes) == 2
    assert member.out_of_fold.sum(axis=1) == pytest.approx(1)


def test_test_rows_under_other_ids_are_refused_with_and_without_an_out_of_fold_file(stage, files, pair, tmp_path):
    good = files(lambda f: f)
    frame = pd.read_csv(good.test, dtype={"id": str})
    order = np.random.default_rng(0).permutation(len(frame))
    path = tmp_path / "mixed-up.csv"
    frame.assign(id=frame["id"].to_numpy()[order]).to_csv(path, index=False)
    with pytest.raises(Refusal, match="on the test rows: are its row ids mixed up"):
        read_outside(OutsideFiles("mate", path, good.out_of_fold), *stage, accept=False)
    with pytest.raises(Refusal, match="as that of chance: are its row ids mixed up"):
        read_outside(OutsideFiles("mate", path, None), *stage, accept=False)
    assert read_outside(OutsideFiles("mate", path, None), *stage, accept=True).notes
