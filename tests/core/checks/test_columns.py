"""Columns that tell nothing, and columns that name rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.checks.columns import CONSTANT, EMPTY, NAMES, ONE_FILE, columns
from core.checks.view import View
from tests.core.checks.tables import dataset, frames, one, schemes, view


def test_empty_and_constant_columns_are_noted():
    train, test = frames()
    for frame in (train, test):
        frame["gone"], frame["same"], frame["word"] = np.nan, 3, "a"
    findings = columns(view(train, test))
    assert one(findings, EMPTY).columns == ("gone",)
    assert one(findings, CONSTANT).columns == ("same", "word")
    assert {finding.severity for finding in findings} == {"note"}


def test_one_value_and_gaps_are_a_sign_not_a_constant():
    train, test = frames()
    train["flag"] = np.where(np.arange(600) % 3 == 0, 1.0, np.nan)
    test["flag"] = np.nan
    assert columns(view(train, test)) == []


@pytest.mark.parametrize("name", [lambda k: k * 7 + 5, lambda k: f"user{k}", float], ids=["whole", "text", "float"])
def test_columns_that_name_rows_are_noted(name):
    train, test = frames()
    order = np.random.default_rng(0).permutation(900)
    train["user"], test["user"] = [name(k) for k in order[:600]], [name(k) for k in order[600:]]
    assert one(columns(view(train, test)), NAMES).columns == ("user",)


def test_measurements_and_sentences_name_nothing():
    train, test = frames()
    for frame in (train, test):
        frame["text"] = [f"{k} is a number of which this sentence has a good deal to say" for k in range(len(frame))]
    assert columns(view(train, test)) == []


def test_columns_of_one_file_and_two_spellings_of_one_are_warnings():
    data = dataset(*frames())
    left = {"train": ("Blood Pressure", "cost"), "test": ("blood_pressure",)}
    data = replace(data, left_out=left)
    findings = columns(View(data, schemes(data)))
    spelled, only = (finding for finding in findings if finding.check == ONE_FILE)
    assert (spelled.severity, spelled.columns) == ("warning", ("Blood Pressure",))
    assert "'blood_pressure'" in spelled.message
    assert (only.severity, only.columns) == ("warning", ("cost",))
