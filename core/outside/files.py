"""The files of a member of another make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class OutsideFiles:
    """What a user brings.

    Parameters
    ----------
    name: of the member.
    test: its predictions of the test rows.
    out_of_fold: those of the score rows; None where there are none, so that nothing can be validated.
    """

    name: str
    test: Path
    out_of_fold: Path | None = None
