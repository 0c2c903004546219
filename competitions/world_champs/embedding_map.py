"""What the source's network learnt of riders, as a map."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.chart import Chart, Series
from core.exhibit import Cell, Exhibit

#: Riders in the table, those of most points.
SHOWN = 20
#: Thirds of riders by how their places follow the climb index, from light riders' races to heavy riders'.
STYLES = ("better where it climbs", "in between", "better where it is flat")


def embedding_map(embedding: pd.DataFrame, riders: pd.DataFrame) -> Exhibit:
    """The two directions in which embeddings differ most, coloured by style.

    Parameters
    ----------
    embedding: riders × width.
    riders: by rider id: name, climb_slope (how PosX rises with the climb index) and points_365.
    """
    known = riders[riders["climb_slope"].notna() & riders.index.isin(embedding.index)]
    values = embedding.loc[known.index].to_numpy()
    values = values - values.mean(axis=0)
    _, _, directions = np.linalg.svd(values, full_matrices=False)
    # The sign of a direction is drawn by lot: the largest part of each is made positive.
    signs = np.sign(directions[np.arange(2), np.abs(directions[:2]).argmax(axis=1)])
    place = values @ (directions[:2] * signs[:, None]).T
    third = pd.qcut(known["climb_slope"].rank(method="first"), len(STYLES), labels=False).to_numpy()
    series = tuple(
        Series(style, tuple(map(float, place[third == number, 0])), tuple(map(float, place[third == number, 1])))
        for number, style in enumerate(STYLES)
    )
    first = np.argsort(-known["points_365"].to_numpy(), kind="stable")[:SHOWN]
    rows: list[tuple[Cell, ...]] = [
        (str(known["name"].iloc[row]), float(place[row, 0]), float(place[row, 1]), STYLES[third[row]]) for row in first
    ]
    chart = Chart("scatter", series, x_label="first direction", y_label="second direction")
    note = f"{len(known)} riders; the table has those of most points in the last season"
    return Exhibit("riders as the network sees them", ("rider", "first", "second", "style"), tuple(rows), (note,),
                   brief=False, charts=(chart,))  # fmt: skip
