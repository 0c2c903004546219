"""The answer to a question that a competition takes besides its test rows."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.exhibit import Exhibit


@dataclass(frozen=True)
class Forecast:
    """What a finished run says of something new.

    Parameters
    ----------
    title: of the page.
    table: written as CSV.
    exhibits: tables with charts, for the terminal and the page.
    notes: what the reader must know.
    """

    title: str
    table: pd.DataFrame
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()
