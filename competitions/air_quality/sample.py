"""Synthetic air in the layouts of the two official editions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

#: Name, country, latitude, longitude, sites. The last city is held out whole, the first two lose some sites.
CITIES = (
    ("Kampala", "Uganda", 0.32, 32.58, 11),
    ("Lagos", "Nigeria", 6.52, 3.38, 9),
    ("Accra", "Ghana", 5.60, -0.19, 7),
    ("Bujumbura", "Burundi", -3.38, 29.36, 5),
    ("Yaoundé", "Cameroon", 3.87, 11.52, 6),
    ("Nairobi", "Kenya", -1.29, 36.82, 9),
)
HELD_OUT = {"Kampala": 3, "Lagos": 2}
#: Days of a year, and the share of them that a site has rows of.
FIRST, DAYS, SHARE = pd.Timestamp("2023-03-01"), 270, 0.22
#: Satellite products: columns that follow the air, with how strongly, and how often clouds hide all of it.
PRODUCTS: dict[str, tuple[dict[str, float], float]] = {
    "nitrogendioxide": ({"no2_column_number_density": 0.6, "cloud_fraction": 0.0, "tropopause_pressure": 0.0}, 0.5),
    "carbonmonoxide": ({"co_column_number_density": 0.8, "h2o_column_number_density": -0.3, "cloud_height": 0.0}, 0.4),
    "formaldehyde": ({"tropospheric_hcho_column_number_density": 0.4, "cloud_fraction": 0.0}, 0.4),
    "uvaerosolindex": ({"absorbing_aerosol_index": 0.8}, 0.0),
    "ozone": ({"o3_column_number_density": 0.1, "o3_effective_temperature": 0.0}, 0.03),
    "cloud": ({"cloud_fraction": 0.0, "cloud_top_height": 0.0, "surface_albedo": 0.0}, 0.35),
}
ANGLES = ("sensor_zenith_angle", "solar_zenith_angle")


@dataclass(frozen=True)
class Air:
    """Rows of all sites: site, city, where, day, target (µg/m³) and inputs."""

    frame: pd.DataFrame
    inputs: pd.DataFrame


def write_sample(folder: Path, seed: int = 0) -> None:
    """Write Train.csv, Test.csv and SampleSubmission.csv in the layout of AirQo 2024.

    The log of a day's PM2.5 is the sum of a season, of what is peculiar to the city and to the site, which no input
    tells, and of the day's air, which all sites of a city share, which lasts for days and which satellites see through
    noise; now and then something burns. The test has sites of known cities, and one city that train does not have.
    """
    rng = np.random.default_rng(seed)
    air = _air(rng)
    frame = air.frame
    held = frame["city"] == CITIES[-1][0]
    for city, count in HELD_OUT.items():
        sites = sorted(frame.loc[frame["city"] == city, "site_id"].unique())
        held |= frame["site_id"].isin(sites[-count:])
    rows = pd.concat([frame.drop(columns="target"), air.inputs], axis=1)
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "Train": rows[~held].assign(pm2_5=frame.loc[~held, "target"]),
        "Test": rows[held],
        "SampleSubmission": rows.loc[held, ["id"]].assign(pm2_5=0),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


def write_zindi_sample(folder: Path, seed: int = 0) -> None:
    """Write the three files in the layout of Zindi 2020: places without names of cities and positions, AQI points."""
    rng = np.random.default_rng(seed)
    air = _air(rng)
    place = air.frame["site_id"].str.upper()
    points = (np.minimum(air.frame["target"] * 2.2, 500)).round()
    keys = pd.DataFrame({"Place_ID X Date": place + " X " + air.frame["date"], "Date": air.frame["date"]})
    names = {name: _zindi_name(name) for name in air.inputs.columns}
    rows = pd.concat([keys.assign(Place_ID=place), air.inputs.rename(columns=names)], axis=1)
    rows["u_component_of_wind_10m_above_ground"] = rng.normal(size=len(rows))
    rows["v_component_of_wind_10m_above_ground"] = rng.normal(size=len(rows))
    spread = np.abs(rng.normal(size=len(rows))) * 10
    told = {"target": points, "target_min": points - spread, "target_max": points + spread}
    held = place.isin(sorted(place.unique())[::3])
    folder.mkdir(parents=True, exist_ok=True)
    train = rows.assign(**told, target_variance=spread**2, target_count=24)
    tables = {
        "Train": train[~held],
        "Test": rows[held],
        "SampleSubmission": rows.loc[held, ["Place_ID X Date"]].assign(target=0),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


def _air(rng: np.random.Generator) -> Air:
    parts = [_city(rng, *city) for city in CITIES]
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    inputs = pd.concat([part.inputs for part in parts], ignore_index=True)
    order = rng.permutation(len(frame))
    frame, inputs = (part.iloc[order].reset_index(drop=True) for part in (frame, inputs))
    frame.insert(0, "id", [f"id_{number:06x}" for number in rng.choice(16**6, len(frame), replace=False)])
    return Air(frame, inputs)


def _city(rng: np.random.Generator, name: str, country: str, latitude: float, longitude: float, sites: int) -> Air:
    """Rows of the sites of a city."""
    day = np.arange(DAYS)
    air = _lasting(rng, DAYS)
    level, season = rng.normal(0, 0.35), 0.35 * np.sin(2 * np.pi * (day / 365.25 + 0.15 + latitude / 60))
    places, inputs = [], []
    for number in range(sites):
        seen = np.flatnonzero(rng.random(DAYS) < SHARE * rng.uniform(0.6, 1.4))
        peculiar = rng.normal(0, 0.25)
        burns = (rng.random(len(seen)) < 0.01) * rng.uniform(1.0, 2.5, len(seen))
        log = 3.1 + level + season + 0.45 * air
        target = np.exp(log[seen] + peculiar + burns + rng.normal(0, 0.12, len(seen)))
        where = rng.uniform(-0.12, 0.12, 2)
        places.append(
            pd.DataFrame(
                {
                    "site_id": f"{name[:3].lower()}{number:02d}{int(rng.integers(16**6)):06x}",
                    "site_latitude": round(latitude + where[0], 5),
                    "site_longitude": round(longitude + where[1], 5),
                    "city": name,
                    "country": country,
                    "date": (FIRST + pd.to_timedelta(seen, unit="D")).strftime("%Y-%m-%d"),
                    "hour": rng.integers(10, 14, len(seen)),
                    "month": (FIRST + pd.to_timedelta(seen, unit="D")).month,
                    "target": target.round(4),
                }
            )
        )
        inputs.append(_seen(rng, air[seen] + 1.2 * season[seen], latitude))
    return Air(pd.concat(places, ignore_index=True), pd.concat(inputs, ignore_index=True))


def _lasting(rng: np.random.Generator, days: int) -> Array:
    """Air that stays for some days: each is most of the one before."""
    found, air = np.empty(days), 0.0
    for number, news in enumerate(rng.normal(size=days)):
        air = 0.8 * air + 0.6 * news
        found[number] = air
    return found


def _seen(rng: np.random.Generator, air: Array, latitude: float) -> pd.DataFrame:
    """What satellites say of the days of a site: whole products are missing under clouds."""
    clouds = rng.random(len(air))
    columns: dict[str, Array] = {}
    for product, (measured, hidden) in PRODUCTS.items():
        gone = clouds < hidden * rng.uniform(0.8, 1.2)
        for column, share in measured.items():
            columns[f"{product}_{column}"] = share * air + rng.normal(0, 0.6, len(air))
        for number, angle in enumerate(ANGLES):
            columns[f"{product}_{angle}"] = latitude + (10 + 20 * number) * rng.normal(1, 0.2, len(air))
        for column in [name for name in columns if name.startswith(f"{product}_")]:
            columns[column] = np.where(gone, np.nan, columns[column].round(5))
    return pd.DataFrame(columns)


def _zindi_name(name: str) -> str:
    """`L3_NO2_NO2_column_number_density` for `nitrogendioxide_no2_column_number_density`."""
    product, _, rest = name.partition("_")
    called = {"nitrogendioxide": "NO2", "carbonmonoxide": "CO", "formaldehyde": "HCHO", "uvaerosolindex": "AER_AI",
              "ozone": "O3", "cloud": "CLOUD"}[product]  # fmt: skip
    gas = rest.replace("no2_", "NO2_").replace("co_", "CO_").replace("o3_", "O3_").replace("hcho_", "HCHO_")
    return f"L3_{called}_{gas}"
