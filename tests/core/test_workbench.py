"""What all jobs of a run share, and how it travels to a worker."""

from __future__ import annotations

import itertools
import pickle
import platform

import pandas as pd
import pytest

from core.objective import Objective
from core.workbench import Workbench, versions
from tests.support.small import Small, WithSecond, bench_of, member


@pytest.fixture
def bench(tmp_path):
    return bench_of(WithSecond, tmp_path)


def test_a_seed_follows_from_names_only(bench, tmp_path):
    elsewhere = bench_of(Small, tmp_path / "other", threads=3, device="cuda")
    assert bench.seed_of("line", 1, 0) == elsewhere.seed_of("line", 1, 0)
    assert bench.seed_of("a member that is not there", 7, 7) == bench.seed_of("a member that is not there", 7, 7)


def test_a_seed_is_the_same_in_every_release(bench):
    """Written down once: another value would make saved plans give other bytes."""
    assert bench.seed_of("line", 0, 0) == 875031321


def test_every_name_gives_another_seed_that_libraries_accept(bench, tmp_path):
    other = bench_of(Small, tmp_path / "other", seed=1)
    names = itertools.product(("a", "b", "a|1"), (-1, 0, 1, 11), (0, 1, 11))
    seeds = [one.seed_of(*name) for name in names for one in (bench, other)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_it_travels_though_its_members_cannot(bench):
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(bench.members)  # closures; this also fills what the bench remembers
    there = pickle.loads(pickle.dumps(bench))
    assert list(there.members) == list(bench.members)
    assert there.identity == bench.identity
    assert there.seed_of("line", 0, 0) == bench.seed_of("line", 0, 0)
    assert (there.threads, there.device, there.cache) == (bench.threads, bench.device, bench.cache)


def test_a_table_that_is_fitted_and_scored_is_one_table_after_the_journey(bench):
    assert pickle.loads(pickle.dumps(bench)).dataset.fits_on_score_rows


def test_the_journey_keeps_options_and_edition(tmp_path):
    bench = bench_of(Small, tmp_path, Small("fake", {"colour": "blue"}))
    there = pickle.loads(pickle.dumps(bench)).competition
    assert there.options == {"colour": "blue"}
    assert there.edition.name == "fake"


def test_members_come_after_those_they_need(bench):
    assert list(bench.members) == ["constant", "line", "second", "alone"]


def test_another_objective_asks_the_competition_for_its_members_again(bench):
    weight = pd.Series(2.0, index=bench.dataset.score.ids)
    other = bench.with_objective(Objective(bench.objective.metric, weight))
    assert bench.members is bench.members
    assert other.members is not bench.members
    assert (other.judge.weight == 2.0).all()
    assert (bench.judge.weight == 1.0).all()


def test_saved_models_may_name_classes_of_the_competitions_own_package(bench):
    assert set(bench.trusted) == {"core", "competitions", "tests"}
    assert isinstance(bench, Workbench)


def test_versions_name_python_the_machine_and_the_libraries():
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["pandas"] == pd.__version__
    assert {"machine", "numpy", "scikit-learn", "lightgbm"} <= set(found)


def test_a_member_may_not_be_named_like_a_trial(tmp_path):
    class Odd(Small):
        def members(self, dataset):
            return [member("line~1")]

    with pytest.raises(ValueError, match="line~1"):
        bench_of(Odd, tmp_path).members  # noqa: B018
