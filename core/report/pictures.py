"""Pictures as SVG that stand in a page: its fonts, its colours by day and by night, ids that occur once."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from core.report.markup import Html, element, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours to draw with. None of them is seen: the page puts its own in their place.
INK, MUTED, LINE = "#0a0b01", "#0a0b02", "#0a0b03"
SERIES = ("#0a0b11", "#0a0b12", "#0a0b13", "#0a0b14", "#0a0b15", "#0a0b16")
GOOD, BAD = "#0a0b21", "#0a0b22"

#: What the page calls them.
VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    LINE: "line",
    GOOD: "good",
    BAD: "bad",
    **{colour: f"series-{number}" for number, colour in enumerate(SERIES, start=1)},
}

#: Width of a picture in CSS pixels: so narrow that a telephone shows it nearly whole.
WIDTH, HEIGHT = 400, 290

#: In ids that are not yet unique in the page.
MARK = "~"


@contextmanager
def axes(width: int = WIDTH, height: int = HEIGHT) -> Iterator[tuple[Figure, Axes]]:
    """An empty picture to draw into, in CSS pixels."""
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.figure import Figure

    style: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "podium",
        "text.parse_math": False,
        "font.size": 12,
        "axes.titlesize": 12,
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "axes.edgecolor": LINE,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=SERIES),
        "grid.color": LINE,
        "grid.linewidth": 0.7,
        "xtick.color": LINE,
        "ytick.color": LINE,
        "xtick.labelcolor": MUTED,
        "ytick.labelcolor": MUTED,
        "axes.formatter.useoffset": False,
        "axes.formatter.limits": (-4, 6),
        "axes.unicode_minus": True,
        "legend.frameon": False,
        "legend.fontsize": 11,
        "patch.linewidth": 0,
        "path.simplify": True,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.family": "DejaVu Sans",
    }
    with warnings.catch_warnings(), mpl.rc_context(style):
        warnings.simplefilter("ignore")  # of letters that this font lacks: the page's font has them
        figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
        yield figure, figure.add_subplot()


def picture(figure: Figure, title: object, said: object) -> Html:
    """A drawn figure with its caption.

    Parameters
    ----------
    title: of the caption; also what those hear who do not see the picture.
    said: what it shows, in a sentence or two.
    """
    caption = element("figcaption", element("b", title), " ", said)
    return element("figure", svg(figure, f"{title}. {said}"), caption)


def svg(figure: Figure, label: str) -> Html:
    """The figure as an element of the page."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    file = io.StringIO()
    # Not savefig, which draws twice: once for the room that texts take, which constrained layout has seen to.
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(file, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawn = ElementTree.fromstring(printable(file.getvalue()))
    _clean(drawn, {reference for node in drawn.iter() for reference in _references(node)})
    view = drawn.attrib["viewBox"]
    drawn.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": view,
        "role": "img",
        "aria-label": printable(label),
        "style": f"max-width:{float(view.split()[2]):.0f}px",
    }
    return Html(ElementTree.tostring(drawn, encoding="unicode"))


def _clean(node: ElementTree.Element, used: set[str]) -> None:
    """Drop what a page has no use for; put its colours and fonts in; mark ids."""
    node.tag = _local(node.tag)
    node.text, node.tail = (node.text or "").strip() or None, None
    for child in list(node):
        if _local(child.tag) in ("metadata", "style"):
            node.remove(child)
        else:
            _clean(child, used)
    for name, value in list(node.attrib.items()):
        del node.attrib[name]
        if name == "id":
            if value in used:
                node.set("id", MARK + value)
            continue
        put_in = re.sub(r"#0a0b[0-9a-f]{2}", lambda found: f"var(--{VARIABLES[found[0]]})", value)
        put_in = re.sub(r"url\(#", f"url(#{MARK}", put_in).replace("'DejaVu Sans'", "var(--sans)")
        node.set(_local(name), f"#{MARK}{value[1:]}" if _local(name) == "href" else put_in)


def _references(node: ElementTree.Element) -> Iterator[str]:
    """The ids that an element points at."""
    for name, value in node.attrib.items():
        if _local(name) == "href":
            yield value[1:]
        yield from re.findall(r"url\(#([^)]+)\)", value)


def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def with_unique_ids(page: str) -> Html:
    """The page with the ids of each picture made its own."""
    parts = page.split("<svg ")
    for k, part in enumerate(parts[1:], start=1):
        inside, end, after = part.partition("</svg>")
        parts[k] = re.sub(rf'( id="|"#|url\(#){MARK}', rf"\g<1>p{k}-", inside) + end + after
    return Html("<svg ".join(parts))


def side_by_side(pictures: Sequence[Html]) -> Html:
    """As many in a row as there is room for."""
    return element("div", *pictures, class_="pictures") if pictures else Html("")


def names_on_y(axes: Axes, names: Sequence[str]) -> None:
    """Names from top to bottom at 0, 1, 2, …"""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def legend(figure: Figure, names: Sequence[str]) -> None:
    """Above the picture, in as many columns as the names have room for."""
    columns = max(1, min(3, 42 // (max(map(len, names), default=1) + 6)))
    figure.legend(loc="outside upper left", ncols=columns)


def interval(axes: Axes, x: Any, y: Any, low: Any, high: Any, colour: str, *, sideways: bool = False) -> None:
    """Thin lines from low to high at each point."""
    draw = axes.hlines if sideways else axes.vlines
    draw(y if sideways else x, low, high, colors=colour, linewidth=1.6, alpha=0.75)
