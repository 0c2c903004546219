"""Columns that tell nothing, and columns that name rows."""

from __future__ import annotations

import numpy as np

from core.checks.finding import Finding, listed
from core.checks.view import View

EMPTY, CONSTANT, NAMES = "empty columns", "constant columns", "id-like columns"
ONE_FILE = "columns of one file only"


def columns(view: View) -> list[Finding]:
    """Empty: nothing but missing values in train. Constant: one value, none missing. Id-like: whole numbers or short
    texts of which no two train rows share one (at least 50 rows). One file only: a warning where a name differs from
    one of the other file only by case or spaces.
    """
    train = view.train
    empty, constant, names = [], [], []
    for number, column in enumerate(view.columns):
        values = view.cells[number, train]
        known = values[~np.isnan(values)]
        if len(known) == 0:
            empty.append(column)
        elif (known == known[0]).all():
            if len(known) == len(values):
                constant.append(column)
        elif column in view.names_rows:
            names.append(column)
    said = []
    if empty:
        said.append(_finding(EMPTY, f"{listed(map(repr, empty))}: no value in train", "drop them", empty))
    if constant:
        said.append(_finding(CONSTANT, f"{listed(map(repr, constant))}: one value in all of train", "drop", constant))
    if names:
        message = f"{listed(map(repr, names))}: every train row has a value of its own"
        advice = "drop them, or make features of their parts: as names they repeat nowhere"
        said.append(_finding(NAMES, message, advice, names))
    return said + _left_out(view)


def _left_out(view: View) -> list[Finding]:
    """Columns that are no features since only one of the files has them."""
    left = view.dataset.left_out
    train, test = left.get("train", ()), left.get("test", ())
    folded = {_folded(name): name for name in test}
    alike = [(name, folded[_folded(name)]) for name in train if _folded(name) in folded]
    said = []
    if alike:
        shown = listed((f"{one!r} and {other!r}" for one, other in alike), 3)
        advice = "give them one name in `load`: as it is, neither is a feature"
        message = f"train and test differ only in how they write {shown}"
        said.append(Finding(ONE_FILE, "warning", message, advice, tuple(str(one) for one, _ in alike)))
    for file, names in (("train", train), ("test", test)):
        rest = [name for name in names if name not in {name for pair in alike for name in pair}]
        if rest:
            advice = "no feature is made of them: nothing to do, unless you expected them in the other file too"
            message = f"only {file} has {listed(map(repr, rest))}"
            said.append(Finding(ONE_FILE, "warning", message, advice, tuple(map(str, rest))))
    return said


def _folded(name: object) -> str:
    return "".join(str(name).split()).replace("_", "").casefold()


def _finding(check: str, message: str, advice: str, names: list[str]) -> Finding:
    return Finding(check, "note", message, advice, tuple(map(str, names)))
