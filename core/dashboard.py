"""The page to look at a finished run's predictions, where its competition has one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from core.competition import Competition
from core.errors import Refusal
from core.exhibit import Exhibit
from core.predict import decision_of
from core.reading import read_csv
from core.run import RunFolder


def write_dashboard(run: RunFolder, competition: Competition, data: Path, path: Path) -> None:
    """Write the dashboard of a finished run.

    Parameters
    ----------
    competition: of the run's edition and options.
    data: the folder that the run was made from.

    Raises
    ------
    Refusal: a competition without a dashboard, a run of a share of the rows, or other data than those of the run.
    """
    share = run.record["request"]["settings"].get("fraction")
    if share is not None:
        raise Refusal(f"run {run.run_id} was made of a share of the rows ({share:g})", "make a run of all rows")
    dataset = competition.load(data)
    if dataset.fingerprint != run.record["request"]["data"]:
        raise Refusal(f"{data}: not the data of run {run.run_id}", "name the folder that it was made from with --data")
    answer = read_csv(run.submission, text=dataset.id_columns)
    with np.load(run.path / "folds.npz") as folds:
        nested = pd.DataFrame(folds["nested"], index=pd.Index(folds["score_ids"], dtype=object))
    exhibits = [Exhibit.from_json(state) for state in run.record.get("extras") or []]
    decision = decision_of(run, competition)
    competition.dashboard(dataset, answer, nested, decision, exhibits, run.run_id, path)
