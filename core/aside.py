"""A listener for fits that are not the run's own work."""

from __future__ import annotations

from core.listener import Listener


class Aside(Listener):
    """Passes on what diagnostic schemes say, but not what they leave out: `score_schemes` says that."""

    def __init__(self, inner: Listener) -> None:
        self.inner = inner

    def fits_begin(self, label: str, total: int) -> None:
        self.inner.fits_begin(label, total)

    def fit_done(self, label: str, *, cached: bool) -> None:
        self.inner.fit_done(label, cached=cached)

    def note(self, text: str) -> None:
        self.inner.note(text)
