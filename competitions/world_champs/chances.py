"""What a forecast tells of every rider: the win, the podium, the first ten."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.world_champs.plackett_luce import podium_probabilities, top_counts, win_probabilities
from competitions.world_champs.posx import SCORED
from competitions.world_champs.race_temperature import RaceTemperature

Array = npt.NDArray[np.float64]

#: Races that are drawn.
SAMPLES = 100_000


def chances(win_strengths: Array, temperature: RaceTemperature) -> pd.DataFrame:
    """Probabilities of the riders of one race: the columns win, podium and top_10, a row for each rider.

    Those of the win and of the podium are in closed form. Those of the first ten are drawn, and put in the order of the
    log strengths, in which the true ones are: whoever is stronger is there more often.

    Parameters
    ----------
    win_strengths: log strengths for the win, (n,).
    temperature: that made them.
    """
    win = win_probabilities(win_strengths)
    podium = podium_probabilities(temperature.restated(win_strengths, 3))
    drawn = top_counts(temperature.restated(win_strengths, SCORED), (SCORED,), SAMPLES)[:, 0] / SAMPLES
    ten = np.empty(len(drawn))
    ten[np.argsort(win_strengths, kind="stable")] = np.sort(drawn)
    ten = pd.Series(ten).groupby(win_strengths).transform("mean").to_numpy()  # those alike have the same chance
    # Each is told under a temperature of its own; whoever wins is on the podium, and among the first ten.
    podium = np.maximum(podium, win)
    return pd.DataFrame({"win": win, "podium": podium, "top_10": np.maximum(ten, podium)})
