"""The page of a finished run's predictions, where its competition has one."""

from __future__ import annotations

import pandas as pd
import pytest

from core.dashboard import write_dashboard
from core.errors import Refusal
from core.road import run
from core.settings import Settings
from tests.support.small import Small, sample_of


class Shown(Small):
    """Writes what it was handed."""

    def dashboard(self, dataset, answer, nested, decision, exhibits, model_id, path):
        self.handed = (dataset, answer, nested, decision, exhibits, model_id)
        path.write_text("a page")


@pytest.fixture
def data(tmp_path):
    return sample_of(Small, tmp_path / "data")


def test_a_competition_is_handed_what_its_run_came_to(data, tmp_path):
    competition = Shown()
    finished = run(competition, data, Settings(threads=1), tmp_path / "runs")
    write_dashboard(finished, competition, data, tmp_path / "page.html")
    dataset, answer, nested, decision, exhibits, model_id = competition.handed
    assert (tmp_path / "page.html").read_text() == "a page"
    assert answer["id"].tolist() == pd.read_csv(data / "test.csv")["id"].tolist()
    assert list(nested.index) == list(dataset.score.ids)
    assert nested.notna().all(axis=None)
    assert (decision, exhibits, model_id) == (None, [], finished.run_id)


def test_a_competition_without_one_says_so_and_other_data_are_refused(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1), tmp_path / "runs")
    with pytest.raises(Refusal, match="has no dashboard"):
        write_dashboard(finished, Small(), data, tmp_path / "page.html")
    train = pd.read_csv(data / "train.csv")
    train.assign(x=train["x"] + 1).to_csv(data / "train.csv", index=False)
    with pytest.raises(Refusal, match="not the data of run"):
        write_dashboard(finished, Shown(), data, tmp_path / "page.html")


def test_a_run_of_a_share_of_the_rows_has_none(data, tmp_path):
    finished = run(Shown(), data, Settings(threads=1, fraction=0.5), tmp_path / "runs")
    with pytest.raises(Refusal, match="a share of the rows"):
        write_dashboard(finished, Shown(), data, tmp_path / "page.html")
