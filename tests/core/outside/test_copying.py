"""Files and models brought from run to run."""

from __future__ import annotations

import os
import shutil

import pytest

from core.cache import damage_of
from core.errors import Refusal
from core.outside.copying import bring_file, bring_folder, bring_models, refuse_lost_models
from core.outside.joining import join_runs
from core.run import RunFolder
from tests.core.outside.made import Wide, copied


def no_links(*paths, **more):
    raise OSError(18, "Invalid cross-device link")


@pytest.fixture(params=["links", "no links"])
def links(request, monkeypatch):
    if request.param == "no links":
        monkeypatch.setattr(os, "link", no_links)
    return request.param == "links"


def test_a_file_is_there_whole_and_outlives_its_source(links, tmp_path):
    source, place = tmp_path / "a", tmp_path / "below" / "b"
    source.write_bytes(b"content")
    bring_file(source, place)
    assert (source.stat().st_ino == place.stat().st_ino) == links
    bring_file(source, place)
    source.unlink()
    assert place.read_bytes() == b"content"
    assert [path.name for path in place.parent.iterdir()] == ["b"]


def test_a_folder_is_there_whole_or_not_at_all(links, tmp_path, monkeypatch):
    source, place = tmp_path / "a", tmp_path / "b"
    (source / "inner").mkdir(parents=True)
    for name in ("one", "inner/two"):
        (source / name).write_text(name)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copytree", no_links)
        with pytest.raises(OSError, match="cross-device"):
            bring_folder(source, place)
    assert {path.name for path in tmp_path.iterdir()} == {"a"}
    bring_folder(source, place)
    bring_folder(source, place)  # of an attempt that was killed later
    assert (place / "inner" / "two").read_text() == "inner/two"


def test_models_come_under_another_name_and_are_sound(pair, tmp_path):
    into = RunFolder(tmp_path / "into", {})
    found = bring_models(pair.first, "line", into, "line@run")
    assert found == {"0": [f"line@run/seed-0/fold-{number}" for number in range(3)]}
    for path in found["0"]:
        assert damage_of(into.models / path) is None


def test_a_member_without_models_has_none(pair, tmp_path):
    assert bring_models(pair.first, "mate", RunFolder(tmp_path / "into", {}), "mate") is None


def test_lost_models_are_refused_before_anything_is_written(pair, tmp_path):
    run = copied(pair.first, tmp_path / pair.first.run_id)
    refuse_lost_models([pair.second, run])
    shutil.rmtree(run.models / "line")
    with pytest.raises(Refusal, match=r"line: the models of run .* are gone"):
        join_runs([run, pair.second], Wide(), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    run.record["models"] = {}
    refuse_lost_models([run])
    run.record["pretrain"] = {"line": "step"}
    with pytest.raises(Refusal, match="pretrain-step: the models of run"):
        refuse_lost_models([run])
