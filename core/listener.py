"""Who is told how a run goes. The default hears nothing; the command line shows bars and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.checks import Finding


class Listener:
    """Hooks with empty bodies; override what should be seen."""

    def step(self, text: str) -> None:
        """A step of the road begins."""

    def fits_begin(self, label: str, total: int) -> None:
        """Fits of one member and seed begin."""

    def fit_done(self, label: str, *, cached: bool) -> None:
        """One fit has ended."""

    def note(self, text: str) -> None:
        """Something the reader of the score must know: a dropped member, a stated leak."""

    def found(self, finding: Finding) -> None:
        """A check found something in the data or in the predictions."""

    def left_out(self, work: str) -> None:
        """The budget ended before this work did; more time may bring it."""
