"""What trials and schemes say is passed on, but for what they leave out."""

from __future__ import annotations

from core.aside import Aside
from tests.support.small import Notes


def test_fits_and_notes_are_passed_on_and_work_that_is_left_out_is_not():
    inner = Notes()
    aside = Aside(inner)
    aside.fits_begin("line", 3)
    aside.fit_done("line", cached=True)
    aside.fit_done("line", cached=False)
    aside.note("dropped")
    aside.left_out("line")
    assert (inner.labels, inner.cached, inner.fitted) == ([("line", 3)], 1, 1)
    assert (inner.notes, inner.unfinished) == (["dropped"], [])
