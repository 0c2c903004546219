"""What a run says of its schemes, as rows for a screen or a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.objective import Score

SCHEME_COLUMNS = ("scheme", "all rows", "mean of folds", "± s.e.", "more hopeful by", "sides told apart", "")


def scheme_rows(record: Mapping[str, Any]) -> list[tuple[str | float, ...]]:
    """A row for each scheme: names and figures, the headline first; then how well test is told from train.

    All rows are those of all folds together. More hopeful by: how much better than under the headline the member seems
    to be, which is what a scheme unlike the test promises in vain. Sides told apart: the area under the curve of a
    model that tells fitted from scored rows; the scheme whose area is that of test and train resembles the real test.

    Parameters
    ----------
    record: of a run.
    """
    schemes, resemblance = record["schemes"], record.get("resemblance") or {}
    areas = {told["name"]: f"{told['area']:.2f}" for told in resemblance.get("schemes", ())}
    closest, first = resemblance.get("closest"), record["folds"]["scheme"]
    sign = 1.0 if record["result"]["higher_is_better"] else -1.0
    rows: list[tuple[str | float, ...]] = []
    for name, told in schemes.items():
        score = Score(tuple(float("nan") if value is None else value for value in told["folds"]))
        together, headline = told.get("together"), schemes.get(first, {}).get("together")
        known = together is not None
        gap: str | float = (
            "" if name == first or not known or headline is None else float(f"{sign * (together - headline):.3g}")
        )
        said = ["headline"] if name == first else []
        said += ["resembles the test most"] if name == closest else []
        rows.append(
            (
                name,
                together if known else "",
                score.value,
                score.standard_error,
                gap,
                areas.get(name, ""),
                ", ".join(said),
            )
        )
    if resemblance.get("test"):
        rows.append(("test and train", "", "", "", "", f"{resemblance['test']['area']:.2f}", "the real thing"))
    return rows
