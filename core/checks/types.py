"""Columns that hold numbers in one table and text in another, and numbers written as text."""

from __future__ import annotations

import re

import pandas as pd

from core.checks.cells import texts
from core.checks.finding import Finding, listed, percent
from core.checks.view import View

UNLIKE, WORDS, WRITTEN = "columns of unlike type", "a few words in a column of numbers", "numbers written as text"

_PLAIN = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_PERCENT = re.compile(r"\s*[+-]?\d+([.,]\d+)?\s*%\s*")
_GROUPED = re.compile(r"\s*[+-]?\d{1,3}([ ,.'\u00a0\u202f]\d{3})+([.,]\d+)?\s*")
_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def types(view: View) -> list[Finding]:
    """Types compared between tables; the distinct texts of text columns, read as numbers where they can be.

    A column has a few words in it when at least 90 % of its rows and 20 distinct texts are plain numbers. Numbers are
    written as text when 95 % of the rows are numbers with a decimal comma, separators of thousands or a percent sign,
    of at least five kinds.
    """
    findings = []
    unread = [name for name, kind in view.kinds["fit"].items() if kind is None]
    for column in view.kinds["fit"]:
        if column in unread:
            continue
        kinds = {name: kinds.get(column) for name, kinds in view.kinds.items()}
        findings += _unlike(view, column, {name: kind for name, kind in kinds.items() if kind in ("number", "text")})
        if kinds["fit"] == "text":
            findings += _as_numbers(view, column)
    return findings


def _unlike(view: View, column: str, kinds: dict[str, str | None]) -> list[Finding]:
    if len(set(kinds.values())) < 2:
        return []
    name = next(name for name, kind in kinds.items() if kind == "text")
    other = next(name for name, kind in kinds.items() if kind == "number")
    values = view.tables[name].X[column].dropna()
    unread = values[pd.to_numeric(values, errors="coerce").isna()]
    example = unread if len(unread) else values
    return [
        Finding(
            UNLIKE,
            "warning",
            f"{column!r} holds numbers in {_called(other)} and text in {_called(name)}; such as {example.iloc[0]!r} at"
            f" row {example.index[0]!r}",
            "mend the text, or read the column as text in both: as it is, no model can use it",
            (str(column),),
        )
    ]


def _as_numbers(view: View, column: str) -> list[Finding]:
    table = view.table("fit").X[column]
    some = [text for text in texts(table.iloc[:: max(1, len(table) // 200)]) if text is not None]
    if sum(_is_number(text) for text in some) < len(some) / 2:
        return []
    counts = pd.Series(texts(table)).value_counts()
    if len(counts) < 5:
        return []
    plain = counts.index.map(lambda text: bool(_PLAIN.fullmatch(text))).to_numpy(bool)
    share = counts[plain].sum() / counts.sum()
    if 0.9 <= share < 1 and plain.sum() >= 20:
        words = counts.index[~plain]
        row = table.index[texts(table) == words[0]][0]
        return [
            Finding(
                WORDS,
                "warning",
                f"{column!r}: {percent(share)} of its values in train are numbers, but {counts[~plain].sum()} are not"
                f" ({listed(map(repr, words), 3)}; such as row {row!r})",
                "read the words as missing (na_values) and the column as numbers: as text, its order is lost",
                (str(column),),
            )
        ]
    written = counts.index.map(_is_number).to_numpy(bool)
    if counts[written].sum() / counts.sum() >= 0.95 and (written & ~plain).sum() >= 5:
        first = counts.index[written & ~plain][0]
        row = table.index[texts(table) == first][0]
        return [
            Finding(
                WRITTEN,
                "warning",
                f"{column!r} holds numbers written as text, such as {first!r} at row {row!r}",
                "read them as numbers: remove separators of thousands and percent signs, write a decimal point"
                " (read_csv has decimal= and thousands=)",
                (str(column),),
            )
        ]
    return []


def _is_number(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_PLAIN, _PERCENT, _GROUPED, _COMMA))


def _called(table: str) -> str:
    return {"fit": "train", "score": "the scored table", "test": "test"}[table]
