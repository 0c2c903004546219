"""The page on predictions from outside: its example runs, and what it writes is taken in."""

from __future__ import annotations

import re
import shutil

import pandas as pd

from core.outside.files import OutsideFiles
from core.outside.fold_table import write_folds
from core.outside.joining import join_runs
from tests.core.outside.made import Wide, data_of, finished, ground
from tests.support.command import CHECKOUT


def test_the_example_makes_files_that_are_taken_in(tmp_path, monkeypatch):
    (example,) = re.findall(r"```python\n(.*?)```", (CHECKOUT / "docs" / "outside.md").read_text(), re.DOTALL)
    data = data_of(Wide, tmp_path / "data")
    run = finished(Wide, data, tmp_path / "runs")
    work = tmp_path / "work"
    work.mkdir()
    for name in ("train.csv", "test.csv"):
        shutil.copy(data / name, work)
    write_folds(ground(run), work / "folds.csv", "csv")
    monkeypatch.chdir(work)
    exec(compile(example, "docs/outside.md", "exec"), {})
    assert pd.read_csv("oof.csv")["oof"].notna().all()
    files = OutsideFiles("teammate", work / "teammate-test.csv", work / "oof.csv")
    found = join_runs([run], Wide(), tmp_path / "runs", outside=[files])
    assert not any("taken on trust" in note for note in found.record["notes"])
    assert found.finished
