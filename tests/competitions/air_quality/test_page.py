"""The dashboard of a run."""

from __future__ import annotations

import pytest

from competitions.air_quality.competition import AirQuality
from core.dashboard import write_dashboard
from core.errors import Refusal
from core.run import RunFolder


def test_a_run_has_a_page_of_every_place(finished, sample, tmp_path):
    path = tmp_path / "map.html"
    write_dashboard(finished, AirQuality("airqo-2024"), sample, path)
    page = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 1_000_000
    for said in ("Nairobi", "Kampala", finished.run_id, "city unseen", "http-equiv"):
        assert said in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_other_data_are_refused(finished, tmp_path):
    AirQuality().sample(tmp_path / "other", seed=9)
    with pytest.raises(Refusal, match="not the data of run"):
        write_dashboard(finished, AirQuality("airqo-2024"), tmp_path / "other", tmp_path / "map.html")
    assert isinstance(finished, RunFolder)
    assert not (tmp_path / "map.html").exists()
