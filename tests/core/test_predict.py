"""New rows, predicted by the saved models of a run and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from core.errors import Refusal
from core.predict import predict
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from core.submission import write_submission
from tests.contract.fakes.sequences import Sequences
from tests.support.small import OnUpstream, Small, member, sample_of


class SecondOnly(Small):
    """The blend is the second stage alone, so that what it needs must be predicted for its sake."""

    def members(self, dataset):
        return [member("line", baseline=True), member("second", OnUpstream, needs=("line",))]


@pytest.fixture
def data(tmp_path):
    return sample_of(Small, tmp_path / "data")


def new_rows(data, folder):
    """Other test rows, some of the old ones among them, in another order."""
    shutil.copytree(data, folder)
    old = pd.read_csv(data / "test.csv")
    new = pd.DataFrame({"id": ["new1", "new2"], "x": [0.5, -1.0], "place": ["elsewhere", "p0"]})
    pd.concat([new, old.iloc[[5, 2]]]).to_csv(folder / "test.csv", index=False)
    return folder


def values(frame):
    return frame.set_index("id")["y"]


def test_a_run_that_is_not_finished_is_refused(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1), tmp_path / "runs")
    finished.save(status="running")
    with pytest.raises(Refusal, match="not finished"):
        predict(RunFolder.open(finished.path), Small(), data)


@pytest.mark.parametrize("kind", [Small, SecondOnly])
@pytest.mark.parametrize("refit", ["folds", "full"])
def test_old_rows_get_the_old_answer_and_new_rows_one_of_their_own(data, tmp_path, kind, refit):
    finished = run(kind(), data, Settings(threads=1, refit=refit, seeds=2), tmp_path / "runs")
    shutil.rmtree(tmp_path / "runs" / ".cache")
    frame, layout, _ = predict(finished, kind(), new_rows(data, tmp_path / "new"))
    assert list(layout.ids) == ["new1", "new2", "test05", "test02"]
    found, old = values(frame), values(pd.read_csv(finished.submission, dtype={"id": str}))
    assert found["test05"] == pytest.approx(old["test05"], rel=1e-12)
    assert found["test02"] == pytest.approx(old["test02"], rel=1e-12)
    assert found["new2"] == pytest.approx(-2 * found["new1"], rel=1e-9)  # x is, and lines go through the origin
    write_submission(frame, layout, tmp_path / "answer.csv")


class SecondOfNoise(Small):
    """A second stage, alone in the blend, of members of which one differs from seed to seed."""

    def members(self, dataset):
        return [
            member("steady", baseline=True),
            member("line", defaults={"noise": 0.5}, blended=False),
            member("second", OnUpstream, needs=("line", "steady")),
        ]


@pytest.mark.parametrize("refit", ["folds", "full"])
def test_each_seed_of_a_second_stage_reads_its_own_seed_again(data, tmp_path, refit):
    """Not one seed, nor their mean: both would give other predictions."""
    finished = run(SecondOfNoise(), data, Settings(threads=1, refit=refit, seeds=2), tmp_path / "runs")
    assert set(finished.record["models"]["second"]) == {"0", "1"}
    assert list(finished.record["blend"]["weights"]) == ["second"]
    shutil.rmtree(tmp_path / "runs" / ".cache")
    frame, layout, _ = predict(finished, SecondOfNoise(), data)
    write_submission(frame, layout, tmp_path / "answer.csv")
    assert (tmp_path / "answer.csv").read_bytes() == finished.submission.read_bytes()


def test_what_the_blend_does_not_use_is_not_needed(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1, members=("line",)), tmp_path / "runs")
    shutil.rmtree(finished.models / "constant")
    predict(finished, Small(), data)


def test_needed_models_that_vanished_are_refused(data, tmp_path):
    finished = run(SecondOnly(), data, Settings(threads=1), tmp_path / "runs")
    shutil.rmtree(finished.models / "line")
    with pytest.raises(Refusal, match="no saved model"):
        predict(finished, SecondOnly(), data)


def test_a_pretraining_step_is_read_from_the_run(tmp_path):
    data = sample_of(Sequences, tmp_path / "data")
    finished = run(Sequences(), data, Settings(threads=1), tmp_path / "runs")
    shutil.rmtree(tmp_path / "runs" / ".cache")
    frame, layout, _ = predict(finished, Sequences(), data)
    write_submission(frame, layout, tmp_path / "answer.csv")
    assert (tmp_path / "answer.csv").read_bytes() == finished.submission.read_bytes()
    shutil.rmtree(finished.models / "pretrain-vocabulary")
    with pytest.raises(Refusal, match="no saved model"):
        predict(finished, Sequences(), data)


def test_a_damaged_model_is_refused_before_any_library_reads_it(tmp_path):
    data = sample_of(Small, tmp_path / "data")
    finished = run(Small(), data, Settings(threads=1), tmp_path / "runs")
    name = next(iter(finished.record["blend"]["weights"]))
    path = finished.models / finished.record["models"][name]["0"][0] / "line.json"
    path.write_text(path.read_text() + "1")
    with pytest.raises(Refusal, match="damaged") as caught:
        predict(RunFolder.open(finished.path), Small(), data)
    assert "--fresh" in caught.value.way_out


class Telling(Small):
    """Knows rows by their run, and tells more of them than a submission does."""

    def recognised(self, test, decision):
        return replace(test, keys=test.keys.assign(seen=True))

    def product(self, predictions, test, decision, model_id):
        assert test.keys["seen"].all()
        return predictions.assign(model=model_id)


def test_a_competition_may_tell_more_of_new_rows(data, tmp_path):
    finished = run(Telling(), data, Settings(threads=1), tmp_path / "runs")
    frame, _, product = predict(finished, Telling(), data)
    assert set(product["model"]) == {finished.run_id}
    assert product.index.tolist() == frame["id"].tolist()
    assert predict(finished, Small(), data).product is None
