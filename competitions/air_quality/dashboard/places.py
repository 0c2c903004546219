"""Names of places that no two share."""

from __future__ import annotations

import pandas as pd

#: Letters of a site's id up to which it says more to a reader than the position does.
SHORT = 12


def labels(places: pd.DataFrame) -> pd.Series:
    """The city, with as much beside it as tells it from others of that name.

    Parameters
    ----------
    places: a row each: place (an id, or empty), city, country, lat, lon.

    >>> two = {"place": "", "city": "Middelburg", "country": "ZA", "lat": [-25.77, -31.49], "lon": [29.46, 25.01]}
    >>> list(labels(pd.DataFrame(two)))
    ['Middelburg (-25.77, 29.46)', 'Middelburg (-31.49, 25.01)']
    """
    city = places["city"].where(places["city"] != "", places["place"]).replace("", "unnamed")
    label = city.copy()
    # What is added: a country, a short id, the position, the position as it is written, any id, a number.
    for better in (
        ", " + places["country"].where(places["country"] != ""),
        " · " + places["place"].where(places["place"].str.len().between(1, SHORT)),
        _position(places, ".2f"),
        _position(places, ""),
        " · " + places["place"].where(places["place"] != ""),
    ):
        twice = label.duplicated(keep=False) & better.notna()
        proposed = city + better.fillna("")
        # It is only worth it where it tells some of them apart.
        helps = proposed[twice].groupby(label[twice]).transform("nunique") > 1
        label[helps[helps].index] = proposed[helps[helps].index]
    # A label may still be another's, such as of a city that is called "A, B".
    final: dict[str, None] = {}
    for name in label:
        number, free = 1, name
        while free in final:
            number, free = number + 1, f"{name} #{number + 1}"
        final[free] = None
    return pd.Series(list(final), index=places.index)


def _position(places: pd.DataFrame, digits: str) -> pd.Series:
    shown = [f" ({lat:{digits}}, {lon:{digits}})" for lat, lon in zip(places["lat"], places["lon"], strict=True)]
    return pd.Series(shown, index=places.index).where(places[["lat", "lon"]].notna().all(axis=1))
