"""Names as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.world_champs.rider_names import MAYBE, RiderNames, words_of

NAMES = {
    "tadej-pogacar": "Tadej Pogačar",
    "mathieu-van-der-poel": "Mathieu van der Poel",
    "soren-kragh-andersen": "Søren Kragh Andersen",
    "joaquim-rodriguez": "Joaquim Rodríguez",
    "alex-martinez": "Alex Martínez",
    "alejandro-martinez": "Alejandro Martínez",
    "simon-yates": "Simon Yates",
    "adam-yates": "Adam Yates",
    "daniel-martin": "Daniel Martin",
    "tony-martin": "Tony Martin",
    "guillaume-martin": "Guillaume Martin",
    "ben-o-connor": "Ben O'Connor",
    "wout-van-aert": "Wout van Aert",
}
FOUND = RiderNames(NAMES)


@pytest.mark.parametrize(
    ("written", "rider"),
    [
        ("Tadej Pogačar", "tadej-pogacar"),
        ("POGAČAR Tadej", "tadej-pogacar"),
        ("Pogacar, Tadej", "tadej-pogacar"),
        ("van der Poel", "mathieu-van-der-poel"),
        ("M. van der Poel", "mathieu-van-der-poel"),
        ("Mathieu Van Der Pole", "mathieu-van-der-poel"),
        ("Soren Kragh-Andersen", "soren-kragh-andersen"),
        ("ANDERSEN KRAGH Søren", "soren-kragh-andersen"),
        ("Purito", "joaquim-rodriguez"),
        ("WVA", "wout-van-aert"),
        ("Ben OConnor", "ben-o-connor"),
        ("simon-yates", "simon-yates"),
        ("S. Yates", "simon-yates"),
        ("Dan Martin", "daniel-martin"),
    ],
)
def test_the_rider_is_found(written, rider):
    assert FOUND.find(written).riders == (rider,)


@pytest.mark.parametrize(
    ("written", "riders"),
    [
        ("Yates", {"simon-yates", "adam-yates"}),
        ("Martin", {"daniel-martin", "tony-martin", "guillaume-martin"}),
        ("van", {"mathieu-van-der-poel", "wout-van-aert"}),
        ("A. Martinez", {"alex-martinez", "alejandro-martinez"}),
    ],
)
def test_whoever_may_be_meant_is_listed(written, riders):
    assert set(FOUND.find(written).riders) == riders


@pytest.mark.parametrize("written", ["Eddy Merckx", "", "X", "123"])
def test_a_stranger_is_nobody(written):
    assert FOUND.find(written).riders == ()


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_any_text_is_taken(text):
    assert set(FOUND.find(text).riders) <= set(NAMES)
    assert all(word.isascii() for word in words_of(text))


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Simon Carr", "Simon Clarke"),
        ("Tim van Dijke", "Mick van Dijke"),
        ("Sebastián Mora", "Sebastián Moya"),
        ("Davide Persico", "Davide Orrico"),
        ("Julian Alaphilippe", "Bryan Alaphilippe"),
    ],
)
def test_somebody_who_is_not_there_is_nobody_else(written, known):
    found = RiderNames({"other": known}).find(written)
    assert found.how in (MAYBE, "unknown")


@pytest.mark.parametrize(
    ("written", "known"), [("Tom Pidcock", "Thomas Pidcock"), ("Matt Brammeier", "Matthew Brammeier")]
)
def test_short_forms_are_understood(written, known):
    assert RiderNames({"one": known, "two": "Thomas Scully"}).find(written).riders == ("one",)
