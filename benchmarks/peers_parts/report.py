"""The tables and the bars of the comparison, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.peers_parts.cells import Cell
from benchmarks.peers_parts.comparison import (
    OURS,
    Block,
    average_ranks,
    complete_blocks,
    difference,
    optimism,
)

#: The peer that is not to be ahead on any set, and the standard errors that are no distance.
RIVAL, ERRORS = "autogluon", 2.0

Sets = Mapping[str, Mapping[int, Block]]


def report(cells: Sequence[Cell], tools: Sequence[str]) -> tuple[str, bool]:
    """Everything that the cells say, and whether all bars are met; they are missed where there is nothing yet."""
    sets = complete_blocks(cells, tools)
    if not sets:
        return "peers: no set has been run by every tool yet", False
    lines, met = zip(_first(sets, tools), _never_behind(sets), _honest(sets), strict=True)
    parts = [
        _versions(cells, tools),
        _scores(sets, tools),
        _differences(sets, tools),
        _ranks(sets, tools),
        _times(sets, tools),
        _optimism(sets, tools),
        _failures(cells),
        "\n".join(lines),
    ]
    return "\n\n".join(part for part in parts if part), all(met)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns as wide as they need to be; the first is aligned left, the others right.

    >>> print(table([["set", "score"], ["wine", "0.1"]]))
    set   score
    wine    0.1
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    said = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        said.append("  ".join(cells).rstrip())
    return "\n".join(said)


def number(value: float, digits: int = 4) -> str:
    """A number in so many significant digits, without an exponent.

    >>> number(0.012344), number(55.2063), number(float("nan"))
    ('0.01234', '55.21', '–')
    """
    if not np.isfinite(value):
        return "–"
    return np.format_float_positional(value, precision=digits, unique=False, fractional=False, trim="k").rstrip(".")


def _versions(cells: Sequence[Cell], tools: Sequence[str]) -> str:
    said = [f"{tool} {', '.join(sorted({cell.version for cell in cells if cell.tool == tool}))}" for tool in tools]
    minutes = ", ".join(sorted({f"{cell.minutes:g}" for cell in cells}))
    return f"equal minutes ({minutes}), two cores: {'; '.join(said)}"


def _scores(sets: Sets, tools: Sequence[str]) -> str:
    rows = [["held-out score", "metric", "rows", "seeds", *tools]]
    for name, seeds in sets.items():
        first = next(iter(seeds.values()))[tools[0]]
        lengths = [len(cell.truth) for block in seeds.values() for cell in block.values()]
        means = [_mean_score([block[tool] for block in seeds.values()]) for tool in tools]
        rows.append([name, first.metric, str(max(lengths)), str(len(seeds)), *means])
    return table(rows)


def _mean_score(cells: Sequence[Cell]) -> str:
    known = [cell.judged.score for cell in cells if not cell.failed]
    if not known:
        return "failed"
    return number(float(np.mean(known))) + ("*" if len(known) < len(cells) else "")


def _differences(sets: Sets, tools: Sequence[str]) -> str:
    peers = [tool for tool in tools if tool != OURS]
    rows = [["we lose more by", *(text for peer in peers for text in (f"than {peer}", "± error", "errors"))]]
    for name, seeds in sets.items():
        row = [name]
        for peer in peers:
            found = difference(seeds, peer)
            if found is None:
                row += ["–", "–", "–"]
            else:
                row += [number(found.value, 3), number(found.error, 2), _in_errors(found.value, found.error)]
        rows.append(row)
    return table(rows) + "\n(negative: we are ahead)"


def _in_errors(value: float, error: float) -> str:
    return f"{value / error:+.1f}" if error > 0 else "–"


def _ranks(sets: Sets, tools: Sequence[str]) -> str:
    rows = [["average rank", "value", "95 % interval"]]
    ranked = average_ranks(sets, tools)
    rows += [[one.tool, f"{one.value:.2f}", f"{one.low:.2f} to {one.high:.2f}"] for one in ranked]
    return table(rows)


def _times(sets: Sets, tools: Sequence[str]) -> str:
    rows = [["wall time, share of the minutes", "median", "longest", "over by 5 %"]]
    for tool in tools:
        cells = [block[tool] for seeds in sets.values() for block in seeds.values()]
        shares = np.array([cell.seconds / cell.limit for cell in cells])
        over = f"{int((shares > 1.05).sum())} of {len(shares)}"
        rows.append([tool, f"{np.median(shares):.2f}", f"{shares.max():.2f}", over])
    return table(rows)


def _optimism(sets: Sets, tools: Sequence[str]) -> str:
    rows = [["own estimate", "tool", "own", "held out", "too good by", "in own errors", "in both errors"]]
    for name, seeds in sets.items():
        kind = next(iter(seeds.values()))[tools[0]].kind
        for tool in tools:
            found = optimism(seeds, tool)
            if found is None:
                continue
            rows.append(
                [
                    name if kind == "plain" else f"{name} ({kind})",
                    tool,
                    number(found.own),
                    number(found.held),
                    number(found.too_good, 3),
                    _in_errors(found.too_good, found.own_error),
                    _in_errors(found.too_good, found.error),
                ]
            )
    return table(rows)


def _failures(cells: Sequence[Cell]) -> str:
    said = []
    for cell in cells:
        for tried, error in enumerate(cell.errors, start=1):
            last = error.splitlines()[-1] if error else "said nothing"
            verdict = "failed" if cell.failed else "well the second time"
            said.append(f"{cell.tool} on {cell.set}, seed {cell.seed}, try {tried} ({verdict}): {last}")
    return "\n".join(said)


def _first(sets: Sets, tools: Sequence[str]) -> tuple[str, bool]:
    best, second, *_ = average_ranks(sets, tools)
    met = best.tool == OURS and best.value < second.value
    return _bar(f"first on average rank: {best.tool}, {best.value:.2f} before {second.value:.2f}", met), met


def _never_behind(sets: Sets) -> tuple[str, bool]:
    """Behind where the difference is beyond two errors, or where we failed and the rival did not."""
    behind = []
    for name, seeds in sets.items():
        found = difference(seeds, RIVAL)
        lost = any(block[OURS].failed and not block[RIVAL].failed for block in seeds.values())
        if lost or (found is not None and found.value > ERRORS * found.error):
            behind.append(name)
    said = f"never behind {RIVAL} by more than two errors, on {len(sets)} sets"
    return _bar(said + (f"; behind on {', '.join(behind)}" if behind else ""), not behind), not behind


def _honest(sets: Sets) -> tuple[str, bool]:
    """Over grouped and shifted sets; a set on which we say nothing is missed."""
    of_interest = [name for name, seeds in sets.items() if next(iter(seeds.values()))[OURS].kind != "plain"]
    missed = [name for name in of_interest if (found := optimism(sets[name], OURS)) is None or not found.honest]
    said = f"own estimate within two errors of the held-out score on {len(of_interest)} grouped or shifted sets"
    met = bool(of_interest) and not missed
    return _bar(said + (f"; not on {', '.join(missed)}" if missed else ""), met), met


def _bar(said: str, met: bool) -> str:
    return f"{said}: {'met' if met else 'MISSED'}"
