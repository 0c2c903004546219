"""Columns of unlike type, and numbers written as text."""

from __future__ import annotations

import numpy as np
import pytest

from core.checks.types import UNLIKE, WORDS, WRITTEN, types
from tests.core.checks.tables import frames, one, view


@pytest.mark.parametrize("where", ["train", "test"])
def test_numbers_in_one_and_text_in_the_other_are_a_warning_that_names_a_row(where):
    train, test = frames()
    frame = train if where == "train" else test
    frame["x2"] = frame["x2"].astype(str)
    frame.loc[7, "x2"] = "unknown"
    found = one(types(view(train, test)), UNLIKE)
    assert (found.severity, found.columns) == ("warning", ("x2",))
    assert f"text in {where}" in found.message
    assert "'unknown'" in found.message
    assert repr(frame["id"][7]) in found.message


def test_an_empty_column_has_no_type():
    train, test = frames()
    test["x2"], train["x3"], train["colour"] = np.nan, None, None
    assert types(view(train, test)) == []


def test_a_few_words_in_a_column_of_numbers_are_a_warning_that_names_one_and_a_row():
    train, test = frames()
    for frame in (train, test):
        frame["x2"] = frame["x2"].astype(str)
    train.loc[[11, 12], "x2"] = "n.a."
    found = one(types(view(train, test)), WORDS)
    assert (found.severity, found.columns) == ("warning", ("x2",))
    assert "'n.a.'" in found.message
    assert repr(train["id"][11]) in found.message


@pytest.mark.parametrize(
    "form", ["{:.2f}", "{:,.2f}", "{:.1f} %", "{:,.0f}"], ids=["comma", "thousands", "percent", "both"]
)
def test_numbers_written_as_text_are_a_warning(form):
    train, test = frames()
    for frame in (train, test):
        written = [form.format(value) for value in frame["x2"] * 3_000]
        frame["x2"] = [text.replace(".", ",") for text in written] if form == "{:.2f}" else written
    found = one(types(view(train, test)), WRITTEN)
    assert (found.severity, found.columns) == ("warning", ("x2",))


@pytest.mark.parametrize(
    "text",
    [
        lambda k: f"{k % 7:03d}",
        str,
        lambda k: f"a{k}",
        lambda k: f"{k % 5},{k % 3}a",
        lambda k: ["1", "2", "many"][k % 3],
    ],
    ids=["zeros", "numbers", "names", "pairs", "few"],
)
def test_codes_and_names_are_text(text):
    train, test = frames()
    for frame in (train, test):
        frame["code"] = [text(k) for k in range(len(frame))]
    assert types(view(train, test)) == []
