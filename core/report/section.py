"""A part of the page."""

from __future__ import annotations

from dataclasses import dataclass

from core.report.markup import Html, element


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it.

    Parameters
    ----------
    key: in the address of the heading; unique in the page.
    title: of the heading and in the contents.
    """

    key: str
    title: str
    body: Html

    def html(self) -> Html:
        return element("section", element("h2", self.title, id=self.key), self.body)
