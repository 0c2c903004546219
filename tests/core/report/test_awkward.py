"""Reports of real runs of competitions that are unlike: clips, start lists, sequences, windows, a shifted prior."""

from __future__ import annotations

import pytest

from core.report import write_report
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from tests.contract.fakes.clips import Clips
from tests.contract.fakes.events import Events
from tests.contract.fakes.neighbours import Windows
from tests.contract.fakes.sequences import Sequences
from tests.contract.fakes.shifted import Shifted
from tests.core.report.runs import Page

#: What the page must say of each.
SAID = {
    Clips: ("Residuals",),
    Events: ("The worst by event", "truth by tenth of the prediction"),
    Sequences: ("Confusion",),
    Shifted: ("Confusion", "rows weighted to the test"),
    Windows: ("Residuals",),
}


@pytest.mark.parametrize("kind", SAID, ids=lambda kind: kind.slug)
def test_an_awkward_run_is_reported_with_importance(kind, tmp_path):
    (tmp_path / "data").mkdir()
    kind().sample(tmp_path / "data")
    finished = run(kind(), tmp_path / "data", Settings(threads=1), tmp_path / "runs")
    page = Page(write_report(finished, kind(), seconds=60).read_text(encoding="utf-8"))
    assert "could not be made" not in page.text
    for said in (*SAID[kind], "Columns by importance"):
        assert said in page.text
    again = RunFolder.open(finished.path)
    assert again.finished
    assert again.record["importance"]["found"]["columns"]
