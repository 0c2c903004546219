"""Every competition of this checkout and five awkward fakes keep one contract."""

from __future__ import annotations

import shutil

import pytest

from core.cli.discovery import competitions, load_competition
from core.road import run
from core.settings import Settings
from tests.contract.contract import check_contract
from tests.contract.fakes.clips import Clips
from tests.contract.fakes.events import Events
from tests.contract.fakes.neighbours import Windows
from tests.contract.fakes.sequences import Sequences
from tests.contract.fakes.shifted import Shifted

FAKES = [Clips, Shifted, Events, Sequences, Windows]


@pytest.mark.parametrize("kind", FAKES, ids=lambda kind: kind.slug)
def test_an_awkward_fake_keeps_the_contract(kind, tmp_path):
    check_contract(kind, tmp_path)


@pytest.mark.parametrize("slug", competitions())
def test_a_competition_keeps_the_contract(slug, tmp_path):
    """With its two cheapest members on a share of the rows; `make test-slow` takes all of both."""
    kind = load_competition(slug)
    assert kind.slug == slug
    kind().sample(tmp_path)
    members = kind().members(kind().load(tmp_path))
    learners = [member.name for member in members if not member.baseline and not member.needs]
    cheapest = tuple([member.name for member in members if member.baseline][:1] + learners)[:2]
    check_contract(kind, tmp_path / "contract", Settings(threads=1, fraction=0.2, members=cheapest))


@pytest.mark.slow
@pytest.mark.parametrize("slug", competitions())
def test_a_competition_keeps_the_contract_with_all_members_and_rows(slug, tmp_path):
    check_contract(load_competition(slug), tmp_path)


@pytest.mark.parametrize("kind", FAKES, ids=lambda kind: kind.slug)
def test_processes_and_a_replayed_plan_give_equal_bytes(kind, tmp_path):
    (tmp_path / "data").mkdir()
    kind().sample(tmp_path / "data")
    first = run(kind(), tmp_path / "data", Settings(threads=1, seeds=2), tmp_path / "one")
    settings = Settings(threads=1, plan=first.plan, executor="processes:2")
    second = run(kind(), tmp_path / "data", settings, tmp_path / "two")
    assert second.submission.read_bytes() == first.submission.read_bytes()
    for path in sorted((first.path / "predictions").iterdir()):
        assert path.read_bytes() == (second.path / "predictions" / path.name).read_bytes()


def test_a_fresh_run_fits_again_and_gives_equal_bytes(tmp_path):
    (tmp_path / "data").mkdir()
    Windows().sample(tmp_path / "data")
    first = run(Windows(), tmp_path / "data", Settings(threads=1), tmp_path / "runs")
    shutil.rmtree(tmp_path / "runs" / ".cache")
    second = run(Windows(), tmp_path / "data", Settings(threads=1, fresh=True), tmp_path / "runs")
    assert second.path != first.path
    assert second.submission.read_bytes() == first.submission.read_bytes()
    assert not (second.path / ".cache").exists()
