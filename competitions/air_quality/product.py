"""What is told of new rows: a prediction with its interval, its class of air quality, and what made it."""

from __future__ import annotations

import pandas as pd

from competitions.air_quality.dashboard.classes import aqi_class
from competitions.air_quality.intervals import Intervals
from competitions.air_quality.keys import CITY, COUNTRY, DAY, LATITUDE, LONGITUDE, PLACE, REGIME, UNIT
from core.table import Table


def product_of(predictions: pd.Series, test: Table, decision: Intervals, model_id: str) -> pd.DataFrame:
    """A row for each prediction: where, when, how much, between which bounds in nine of ten cases.

    Parameters
    ----------
    predictions: decided, by id.
    test: the rows that they are of.

    Returns
    -------
    id, place, city, country, lat, lon, date, prediction, low, high, aqi_class, unit, regime (what is known of the
    place: see `regime_of`), model_id.
    """
    keys = test.keys.loc[predictions.index]
    told = predictions.to_numpy(dtype=float)
    bounds, unit = decision.bounds(told, keys), str(keys[UNIT].iloc[0])
    return pd.DataFrame(
        {
            "id": predictions.index,
            "place": keys[PLACE].to_numpy(),
            "city": keys[CITY].to_numpy(),
            "country": keys[COUNTRY].to_numpy(),
            "lat": keys[LATITUDE].to_numpy(),
            "lon": keys[LONGITUDE].to_numpy(),
            "date": pd.to_datetime(keys[DAY].to_numpy(), unit="D").strftime("%Y-%m-%d"),
            "prediction": told,
            "low": bounds[:, 0],
            "high": bounds[:, 1],
            "aqi_class": aqi_class(told, unit),
            "unit": keys[UNIT].to_numpy(),
            "regime": keys[REGIME].to_numpy(),
            "model_id": model_id,
        }
    )
