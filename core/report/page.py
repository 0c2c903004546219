"""A whole page: nothing in it is run, and nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.report.markup import Html, element, joined
from core.report.pictures import with_unique_ids
from core.report.section import Section


def page(title: str, top: Html, sections: Sequence[Section]) -> str:
    """The HTML of a page.

    Parameters
    ----------
    top: above all sections, with the first heading.
    sections: each in the contents too.
    """
    contents = element(
        "nav",
        element("ol", *(element("li", element("a", s.title, href=f"#{s.key}")) for s in sections)),
        aria_label="Contents",
    )
    style = Html(Path(__file__).with_name("style.css").read_text(encoding="utf-8"))
    head = joined(
        [
            Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'),
            # Whatever a name holds, nothing is run and nothing is fetched.
            Html('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '),
            Html("style-src 'unsafe-inline'; img-src data:\">"),
            element("title", title),
            element("style", style),
        ]
    )
    body = element("div", contents, element("main", top, *(section.html() for section in sections)), class_="page")
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>{with_unique_ids(body)}</body>\n</html>\n'
