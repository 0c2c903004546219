"""A listener that keeps what a run's record must hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.listener import Listener

if TYPE_CHECKING:
    from core.checks import Finding


class NoteKeeper(Listener):
    """Passes everything on to a listener, keeps the notes for the record and counts the fits.

    Attributes
    ----------
    notes: what holds however long the run goes on.
    unfinished: work that the clock had no time for.
    fits, from_cache: fits made by this process, and those that were there.
    """

    def __init__(self, inner: Listener) -> None:
        self.inner = inner
        self.notes: list[str] = []
        self.unfinished: list[str] = []
        self.fits = 0
        self.from_cache = 0

    def step(self, text: str) -> None:
        self.inner.step(text)

    def fits_begin(self, label: str, total: int) -> None:
        self.inner.fits_begin(label, total)

    def fit_done(self, label: str, *, cached: bool) -> None:
        self.fits += not cached
        self.from_cache += cached
        self.inner.fit_done(label, cached=cached)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
            self.inner.note(text)

    def found(self, finding: Finding) -> None:
        self.inner.found(finding)

    def done_after_all(self, works: Iterable[str]) -> None:
        """Work that was left out at first, and is done by now."""
        done = set(works)
        self.unfinished = [work for work in self.unfinished if work not in done]

    def left_out(self, work: str) -> None:
        if work not in self.unfinished:
            self.unfinished.append(work)
            self.inner.left_out(work)
