"""A finished run that goes on: what it was granted, what its notes say, and which plan it keeps meanwhile."""

from __future__ import annotations

import pytest

from core import settings
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from tests.reliability.forked import KILLED, at, in_child, kills
from tests.support.small import Line, Small, member, sample_of

SHORT = Settings(threads=1)


def longer(seconds):
    return Settings(threads=1, more=seconds)


@pytest.fixture(autouse=True)
def few_seeds(monkeypatch):
    monkeypatch.setattr(settings, "MOST_SEEDS_EXTENDED", 3)


@pytest.fixture
def data(tmp_path):
    return sample_of(Small, tmp_path / "data")


def killed(data, root, seconds, name, number):
    assert in_child(lambda: run(Small(), data, longer(seconds), root), at(name, number, kills)) == KILLED


def test_further_seeds_are_added_and_the_rest_stays(data, tmp_path):
    first = run(Small(), data, SHORT, tmp_path / "runs")
    scores = first.record["result"]["members"]
    more = run(Small(), data, longer(60.0), tmp_path / "runs").record["result"]["members"]
    assert {name: found["seeds"] for name, found in more.items()} == {"constant": 1, "line": 3, "noisy": 3}
    # Three equal seeds: their mean may differ from each in its last bit.
    assert more["line"]["folds"] == pytest.approx(scores["line"]["folds"], rel=1e-12)
    assert more["noisy"]["folds"] != scores["noisy"]["folds"]


def test_another_grant_after_a_killed_extension_is_given(data, tmp_path):
    run(Small(), data, SHORT, tmp_path / "runs")
    killed(data, tmp_path / "runs", 0.01, "item: planned", 2)
    found = run(Small(), data, longer(60.0), tmp_path / "runs")
    assert found.record["more"] == 60.0
    assert found.record["result"]["members"]["noisy"]["seeds"] == 3


def test_a_finished_run_keeps_the_plan_it_was_made_by_until_the_extension_ends(data, tmp_path):
    first = run(Small(), data, SHORT, tmp_path / "runs")
    plan = first.plan.read_bytes()
    killed(data, tmp_path / "runs", 60.0, "item: answered", 5)
    again = RunFolder.open(first.path)
    assert again.finished
    assert again.plan.read_bytes() == plan
    replayed = run(Small(), data, Settings(threads=1, plan=again.plan), tmp_path / "other")
    assert replayed.submission.read_bytes() == again.submission.read_bytes()
    more = run(Small(), data, longer(60.0), tmp_path / "runs")
    assert not more.plan_of_extension.exists()
    replayed = run(Small(), data, Settings(threads=1, plan=more.plan), tmp_path / "third")
    assert replayed.submission.read_bytes() == more.submission.read_bytes()


def test_that_only_the_baseline_was_fitted_is_said_no_longer_when_more_is(data, tmp_path):
    budget = Settings(threads=1, budget=1e-6)
    first = run(Small(), data, budget, tmp_path / "runs")
    assert any("only the baseline" in note for note in first.record["notes"])
    assert first.record["left_out"] == ["line", "noisy"]
    more = run(Small(), data, Settings(threads=1, budget=1e-6, more=60.0), tmp_path / "runs")
    assert not any("only the baseline" in note for note in more.record["notes"])
    assert more.record["left_out"] == []


class Flaky(Line):
    """Works the second time."""

    broken = True

    def fit(self, X, y):
        if Flaky.broken:
            raise MemoryError
        return super().fit(X, y)


class WithFlaky(Small):
    def members(self, dataset):
        return [member("line"), member("flaky", Flaky)]


def test_that_a_member_was_dropped_is_said_no_longer_when_it_works(data, tmp_path, monkeypatch):
    first = run(WithFlaky(), data, SHORT, tmp_path / "runs")
    assert any("flaky dropped" in note for note in first.record["notes"])
    assert (first.path / "errors" / "flaky.txt").exists()
    monkeypatch.setattr(Flaky, "broken", False)
    more = run(WithFlaky(), data, longer(60.0), tmp_path / "runs")
    assert "flaky" in more.record["result"]["members"]
    assert not any("flaky dropped" in note for note in more.record["notes"])
    assert not (first.path / "errors").exists()
