"""The dashboard of a run: what is predicted everywhere, and what was measured where it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from competitions.air_quality.dashboard.dashboard import Card, write_dashboard
from competitions.air_quality.intervals import Intervals
from competitions.air_quality.keys import CITY_KNOWN, CITY_UNSEEN, PLACE_KNOWN, REGIME, UNIT
from competitions.air_quality.product import product_of
from core.dataset import Dataset
from core.exhibit import Exhibit
from core.table import Table, join_ids

#: The table of a run that the card shows.
SHOWN = "errors by city"
#: What the models had not seen that predict a measured row.
UNSEEN = {
    PLACE_KNOWN: "none of the days near it",
    CITY_KNOWN: "no day of the place",
    CITY_UNSEEN: "no day of the place, nor of any other of its city",
}


def write_page(
    dataset: Dataset,
    answer: pd.DataFrame,
    nested: pd.DataFrame,
    decision: Intervals,
    exhibits: Sequence[Exhibit],
    model_id: str,
    path: Path,
) -> None:
    """Write the page of a run: test rows as they are predicted, train rows as if their places had not been measured.

    Parameters
    ----------
    answer: the submission.
    nested: predictions of the score rows by models that did not see them, ids × outputs.
    """
    told = answer.set_axis(join_ids(answer, dataset.id_columns), axis=0)[dataset.outputs[0]].astype(float)
    predicted = product_of(told.reindex(dataset.test.ids), dataset.test, decision, model_id)
    table = pd.concat([predicted, _measured(dataset.score, nested, decision, model_id)], ignore_index=True)
    unit, first = str(dataset.test.keys[UNIT].iloc[0]), str(dataset.score.keys[REGIME].iloc[0])
    shown = next((exhibit for exhibit in exhibits if exhibit.title == SHOWN), None)
    card = Card(
        title="PM2.5, day by day",
        unit=unit,
        model_id=model_id,
        columns=shown.columns if shown else (),
        rows=shown.rows if shown else (),
        notes=(
            "places with sensors show what was measured as dots, and what is predicted without it: by models that saw"
            f" {UNSEEN[first]}",
            "bands hold nine of ten days, by the errors of such predictions",
            *(shown.notes if shown else ()),
        ),
    )
    write_dashboard(table, card, path)


def _measured(score: Table, nested: pd.DataFrame, decision: Intervals, model_id: str) -> pd.DataFrame:
    """Predictions of measured rows, each under the regime of its place: what is known where others are measured."""
    first = str(score.keys[REGIME].iloc[0])  # the one in which most is known
    rows = (score.keys[REGIME] == first).to_numpy() & nested.iloc[:, 0].reindex(score.ids).notna().to_numpy()
    kept = Table(score.X[rows], None, score.keys[rows])
    told = product_of(nested.iloc[:, 0].reindex(kept.ids).astype(float), kept, decision, model_id)
    return told.assign(observed=score.labels()[rows].to_numpy(dtype=float))
