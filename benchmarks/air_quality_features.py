"""Features of air quality on a table as large as Zindi 2020. Bars: 10 s of one core, 3 times the memory of the inputs.

Made-up numbers: 30,557 rows of 340 places on 94 days, 82 inputs named as in the file of 2020, some days without a row,
products missing together. Beside it: the same features by a plain pandas reindex, groupby-shift, -rolling and
-transform, which must find the same values.
"""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pandas as pd

from competitions.air_quality.features import features
from competitions.air_quality.observations import Observations
from competitions.air_quality.products import followed

ROWS, PLACES, DAYS, CITIES, FIRST = 30_557, 340, 94, 60, 18_263
SECONDS, MEMORY = 10.0, 3.0
ANGLES = ("sensor_azimuth_angle", "sensor_zenith_angle", "solar_azimuth_angle", "solar_zenith_angle")
PRODUCTS = {
    "NO2": "NO2_column_number_density tropospheric_NO2_column_number_density stratospheric_NO2_column_number_density "
    "NO2_slant_column_number_density tropopause_pressure absorbing_aerosol_index cloud_fraction sensor_altitude",
    "O3": "O3_column_number_density O3_effective_temperature cloud_fraction",
    "CO": "CO_column_number_density H2O_column_number_density cloud_height sensor_altitude",
    "HCHO": "tropospheric_HCHO_column_number_density tropospheric_HCHO_column_number_density_amf "
    "HCHO_slant_column_number_density cloud_fraction",
    "CLOUD": "cloud_fraction cloud_top_height cloud_top_pressure cloud_base_height cloud_base_pressure "
    "cloud_optical_depth surface_albedo",
    "AER_AI": "absorbing_aerosol_index sensor_altitude",
    "SO2": "SO2_column_number_density SO2_column_number_density_amf SO2_slant_column_number_density cloud_fraction "
    "absorbing_aerosol_index",
    "CH4": "CH4_column_volume_mixing_ratio_dry_air aerosol_height aerosol_optical_depth",
}
WEATHER = (
    "precipitable_water_entire_atmosphere relative_humidity_2m_above_ground specific_humidity_2m_above_ground "
    "temperature_2m_above_ground u_component_of_wind_10m_above_ground v_component_of_wind_10m_above_ground"
)
#: Up to 82 inputs, where the file has keys and labels too.
MORE = " ".join(f"reading_{number}" for number in range(1, 9))


def measure() -> bool:
    seen = made()
    frame = int(seen.inputs.memory_usage(index=False).sum())
    began = time.process_time()
    found = features(seen)
    taken = time.process_time() - began
    tracemalloc.start()
    features(seen)
    memory = tracemalloc.get_traced_memory()[1] / frame
    tracemalloc.stop()
    began = time.process_time()
    beside = plain(seen)
    slow = time.process_time() - began
    np.testing.assert_allclose(found[beside.columns], beside, rtol=1e-4, atol=1e-4)
    met = taken <= SECONDS and memory <= MEMORY
    size = f"{len(seen):,} × {seen.inputs.shape[1]}"
    print(f"{found.shape[1]} features of {size}: {taken:.2f} s of one core, bar {SECONDS:.0f}")
    print(f"  peak of memory: {memory:.2f} times the inputs of {frame / 1e6:.0f} MB, bar {MEMORY:.0f}")
    print(f"  plain pandas, {beside.shape[1]} of them: {slow:.1f} s, {slow / taken:.0f} times as long")
    print(f"air-quality-features: {'met' if met else 'MISSED'}\n")
    return met


def made() -> Observations:
    """Made-up observations, shuffled."""
    rng = np.random.default_rng(0)
    cells = rng.choice(PLACES * DAYS, ROWS, replace=False)
    place, day = pd.Series(cells // DAYS), pd.Series(cells % DAYS + FIRST)
    names = {
        product: [f"L3_{product}_{name}" for name in (*said.split(), *ANGLES)] for product, said in PRODUCTS.items()
    }
    inputs = {}
    for columns in names.values():
        clouded = rng.random(ROWS) < 0.2
        inputs |= {name: np.where(clouded, np.nan, rng.normal(size=ROWS)) for name in columns}
    inputs |= {name: rng.normal(size=ROWS) for name in f"{WEATHER} {MORE}".split()}
    ids = pd.Index([f"{where} X {when}" for where, when in zip(place, day, strict=True)])
    text = pd.Series([f"place {number:03}" for number in place], ids)
    city, country = pd.Series([f"city {number % CITIES}" for number in place], ids), pd.Series("", ids)
    nowhere = pd.Series(np.nan, ids)
    return Observations(ids, text, city, country, nowhere, nowhere, day.set_axis(ids), pd.DataFrame(inputs, ids))


def plain(seen: Observations) -> pd.DataFrame:
    """Lags, leads, windows, aggregates of places and cities of the followed inputs, as one writes them in pandas."""
    names = followed(seen.inputs.columns)
    rows = seen.inputs[names].assign(place=seen.place, city=seen.city, day=seen.day)
    every = pd.MultiIndex.from_product([sorted(set(rows["place"])), range(FIRST, FIRST + DAYS)], names=["place", "day"])
    grid = rows.set_index(["place", "day"])[names].reindex(every)
    found = {}
    for name in names:
        column = grid[name]
        by_place = column.groupby(level="place")
        for shift in (1, 2, 3):
            found[f"{name}_lag_{shift}"] = by_place.shift(shift)
        for shift in (1, 2):
            found[f"{name}_lead_{shift}"] = by_place.shift(-shift)
        found[f"{name}_change"] = column - by_place.shift(1)
        for length in (3, 7, 15):
            window = by_place.rolling(length, min_periods=1, center=True)
            found[f"{name}_mean_{length}_days"] = window.mean().droplevel(0)
        for measure_name in ("mean", "std", "min", "max"):
            found[f"{name}_place_{measure_name}"] = by_place.transform(measure_name)
        found[f"{name}_less_place_mean"] = column - by_place.transform("mean")
    grid = pd.DataFrame(found).loc[pd.MultiIndex.from_frame(rows[["place", "day"]])].set_axis(seen.ids)
    of_city = rows.groupby(["city", "day"])[names]
    city = of_city.transform("mean").where(of_city.transform("count") > 1) - rows[names]
    return grid.join(city.add_suffix("_city_day_mean_less_row"))
