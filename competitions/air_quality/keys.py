"""What splits and joins rows: where, when, and what is known of the place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.observations import Observations

PLACE, CITY, COUNTRY, LATITUDE, LONGITUDE, DAY = "place", "city", "country", "latitude", "longitude", "day"
REGIME, UNIT = "regime", "unit"
#: What is known of the place of a row: its own labels, labels of its city, nothing.
PLACE_KNOWN, CITY_KNOWN, CITY_UNSEEN = "place known", "city known", "city unseen"
REGIMES = (PLACE_KNOWN, CITY_KNOWN, CITY_UNSEEN)


def keys_of(seen: Observations, unit: str) -> pd.DataFrame:
    """Place, city, country, latitude, longitude and day of rows, and the unit of what is measured, by id."""
    parts = {PLACE: seen.place, CITY: seen.city, COUNTRY: seen.country, LATITUDE: seen.latitude}
    return pd.DataFrame(parts | {LONGITUDE: seen.longitude, DAY: seen.day}, index=seen.ids).assign(**{UNIT: unit})


def positions(keys: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Latitude and longitude in degrees, (n, 2)."""
    return keys[[LATITUDE, LONGITUDE]].to_numpy(dtype=float)


def regime_of(rows: pd.DataFrame, fitted: pd.DataFrame) -> pd.Series:
    """What is known of the place of each row from the fitted rows, by the index of the rows.

    Parameters
    ----------
    rows, fitted: keys place and city; a city without a name is known of nobody.

    >>> fitted = pd.DataFrame({"place": ["a"], "city": ["X"]})
    >>> regime_of(pd.DataFrame({"place": ["a", "b", "c", "d"], "city": ["X", "X", "Y", ""]}), fitted).tolist()
    ['place known', 'city known', 'city unseen', 'city unseen']
    """
    place_known = rows[PLACE].isin(set(fitted[PLACE])).to_numpy()
    city_known = rows[CITY].isin(set(fitted[CITY]) - {""}).to_numpy()
    found = np.where(place_known, PLACE_KNOWN, np.where(city_known, CITY_KNOWN, CITY_UNSEEN))
    return pd.Series(found.astype(object), index=rows.index, name=REGIME)
