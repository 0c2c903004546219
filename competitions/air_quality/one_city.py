"""A place is in one city."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from competitions.air_quality.observations import Observations
from core.errors import Refusal


def with_one_city(seen: Observations, path: Path) -> Observations:
    """The rows, each with the one city and country of its place: else it would stand on both sides of a fold of cities.

    What some rows of a place leave empty is what the others say.

    Parameters
    ----------
    path: of the table, for the message.

    Raises
    ------
    Refusal: a place in two cities or countries.
    """
    city, country = (_one(values, seen.place, name, path) for name, values in
                     (("city", seen.city), ("country", seen.country)))  # fmt: skip
    return replace(seen, city=city, country=country)


def _one(values: pd.Series, place: pd.Series, name: str, path: Path) -> pd.Series:
    said = values.where(values != "").groupby(place.to_numpy()).transform("first").fillna("").astype(object)
    other = ((values != said) & (values != "")).to_numpy()
    if other.any():
        row = int(other.argmax())
        raise Refusal(
            f"{path}, row {row + 2}: place {place.iloc[row]!r} is in {name} {values.iloc[row]!r}, and elsewhere in"
            f" {said.iloc[row]!r} ({int(other.sum())} such rows)",
            "write one name for each place in every row",
        )
    return said
