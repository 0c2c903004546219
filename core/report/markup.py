"""HTML from values: whatever is text is escaped, whatever is markup says so by its type."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence

from core.exhibit import is_words

#: What neither HTML nor XML can hold: control characters, halves of surrogate pairs, non-characters.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

#: Rows of a table that are seen at once; the others unfold.
SEEN = 20

#: Columns of a heat map, and letters of their names, from which on these stand upright.
UPRIGHT, LETTERS = 8, 16


class Html(str):
    """Text that is markup already, and is not escaped again."""


Cell = Html | str | float | int | None


def printable(text: object) -> str:
    """Text with a mark in place of each character that no page can hold.

    >>> printable("a\\x00b")
    'a\\ufffdb'
    """
    return UNPRINTABLE.sub("\ufffd", str(text))


def escaped(text: object) -> Html:
    """Text as it is to be read, or markup as it is.

    >>> escaped("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return text if isinstance(text, Html) else Html(html.escape(printable(text), quote=True))


def element(name: str, *content: object, **attributes: object) -> Html:
    """An element with attributes (`class_` for class, `data_x` for data-x) and content, each escaped.

    >>> element("td", "a < b", class_="number")
    '<td class="number">a &lt; b</td>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{given}>{joined(content)}</{name}>")


def joined(parts: Iterable[object], between: str = "") -> Html:
    return Html(between.join(escaped(part) for part in parts))


def number(value: float | None, digits: int = 5) -> str:
    """So many digits that count, or a dash where nothing is known.

    >>> number(0.123456), number(float("nan")), number(12, 2)
    ('0.12346', '–', '12')
    """
    return "–" if value is None or not math.isfinite(value) else f"{value:.{digits}g}".replace("-", "−")


def plus_minus(value: float | None, error: float | None, digits: int = 5) -> str:
    """A value with its standard error, which two digits say in full.

    >>> plus_minus(0.5, 0.0123)
    '0.5 ± 0.012'
    """
    return number(value, digits) + ("" if error is None or not math.isfinite(error) else f" ± {number(error, 2)}")


def percent(share: float | None) -> str:
    """A share with one decimal.

    >>> percent(0.1234)
    '12.3 %'
    """
    return "–" if share is None or not math.isfinite(share) else f"{100 * share:.1f} %"


def short(text: object, most: int = 30) -> str:
    """A name for a picture, where long ones have no room.

    >>> short("abcdefgh", 5)
    'abcd…'
    """
    said = printable(text).replace("\n", " ")
    return said if len(said) <= most else said[: most - 1] + "…"


def paragraph(*content: object, class_: str | None = None) -> Html:
    return element("p", *content, class_=class_)


def callout(severity: str, *content: object) -> Html:
    """A coloured box: "leak", "warning" or "note"."""
    words = {"leak": "Leak", "warning": "Warning", "note": "Note"}
    return element(
        "div", element("strong", f"{words[severity]}: "), *content, class_=f"callout {severity}", role="note"
    )


def unfolding(summary: object, *content: object) -> Html:
    return element("details", element("summary", summary), *content)


def listed(items: Iterable[object]) -> Html:
    return element("ul", *(element("li", item) for item in items))


def table(headings: Sequence[object], rows: Sequence[Sequence[Cell]], caption: str, *, most: int = SEEN) -> Html:
    """A table in a box of its own that scrolls where it is too wide; what comes after the first rows unfolds.

    Parameters
    ----------
    rows: numbers stand to the right with five digits, None is a dash.
    caption: what it shows; seen by those who hear the page read.
    """
    first = _table(headings, rows[:most], caption)
    rest = rows[most:]
    if not rest:
        return first
    return joined([first, unfolding(f"{len(rest)} more rows", _table(headings, rest, f"{caption}, continued"))])


def _table(headings: Sequence[object], rows: Sequence[Sequence[Cell]], caption: str) -> Html:
    words = [any(is_words(row[place]) for row in rows) for place in range(len(headings))]
    head = element(
        "tr",
        *(
            element("th", heading, scope="col", class_=None if text else "number")
            for heading, text in zip(headings, words, strict=True)
        ),
    )
    body = [
        element(
            "tr",
            *(
                element(
                    "td" if place else "th",
                    _shown(cell),
                    scope=None if place else "row",
                    class_=_class(cell) if words[place] else "number",
                )
                for place, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    whole = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return scrolling(whole, caption)


def scrolling(content: Html, label: str) -> Html:
    """A box that scrolls sideways by itself, with the keyboard too."""
    return element("div", content, class_="scroll", tabindex="0", role="region", aria_label=label)


def _class(cell: Cell) -> str | None:
    if not isinstance(cell, str) or isinstance(cell, Html):
        return None
    return "long" if len(cell) > 40 else "name" if len(cell) < 30 else None


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return number(cell) if isinstance(cell, float) or cell is None else str(cell)


def heat(
    rows: Sequence[object],
    columns: Sequence[object],
    values: Sequence[Sequence[float | None]],
    caption: str,
    corner: str = "",
    digits: int = 2,
) -> Html:
    """A table whose cells are the darker the larger their value is beside the largest; negative ones in another hue."""
    known = [abs(value) for line in values for value in line if value is not None and math.isfinite(value)]
    top = max(known, default=0.0) or 1.0
    names = (element("th", element("span", name), scope="col") for name in columns)
    head = element("tr", element("th", corner, scope="col"), *names)
    body = [
        element("tr", element("th", name, scope="row"), *(_heat_cell(value, top, digits) for value in line))
        for name, line in zip(rows, values, strict=True)
    ]
    upright = len(columns) > UPRIGHT or any(len(str(name)) > LETTERS for name in columns)
    whole = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *body),
        class_="heat upright" if upright else "heat",
    )
    return scrolling(whole, caption)


def _heat_cell(value: float | None, top: float, digits: int) -> Html:
    if value is None or not math.isfinite(value):
        return element("td", "–")
    share = round(100 * abs(value) / top)
    said = f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")
    return element("td", said, class_="below" if value < 0 else None, style=f"--share:{share}%")
