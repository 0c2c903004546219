"""Satellite products: which columns belong to one, which say where the satellite and the sun stood, which are followed.

Columns of the same quantity have other names in the editions of 2020 (`L3_NO2_…`) and of 2024 (`nitrogendioxide_…`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: How the columns of a product begin, in small letters.
PREFIXES = {
    "l3_no2_": "NO2",
    "l3_o3_": "O3",
    "l3_co_": "CO",
    "l3_hcho_": "HCHO",
    "l3_cloud_": "CLOUD",
    "l3_aer_ai_": "AER_AI",
    "l3_aer_lh_": "AER_LH",
    "l3_so2_": "SO2",
    "l3_ch4_": "CH4",
    "nitrogendioxide_": "NO2",
    "ozone_": "O3",
    "carbonmonoxide_": "CO",
    "formaldehyde_": "HCHO",
    "cloud_": "CLOUD",
    "uvaerosolindex_": "AER_AI",
    "uvaerosollayerheight_": "AER_LH",
    "sulphurdioxide_": "SO2",
    "methane_": "CH4",
}
GEOMETRY = re.compile(r"(^|_)((sensor|solar)_(zenith|azimuth)_angle|sensor_altitude)$")
#: What is no measurement of the air though it belongs to no product: the date, and where the place lies.
FIXED = re.compile(
    r"(year|quarter|month|week|weekday|day|dayofyear|dayofweek|hour|minute|date|time|lat|lon|long|altitude)"
    r"|.*(latitude|longitude|elevation|population|night_?lights?).*"
)
#: Followed over days, in this order: the product and the whole rest of the name. None stands for no product. Left out
#: are what repeats another column (slant columns, air mass factors, the clouds of every single product) and methane
#: and the height of aerosols, which are nearly always missing.
FOLLOWED: tuple[tuple[str | None, re.Pattern[str]], ...] = (
    ("NO2", re.compile(r"(tropospheric_|stratospheric_)?no2_column_number_density")),
    ("O3", re.compile(r"o3_column_number_density")),
    ("CO", re.compile(r"(co|h2o)_column_number_density")),
    ("HCHO", re.compile(r"tropospheric_hcho_column_number_density")),
    ("SO2", re.compile(r"so2_column_number_density")),
    ("AER_AI", re.compile(r"absorbing_aerosol_index")),
    ("CLOUD", re.compile(r"cloud_fraction|cloud_optical_depth|cloud_top_height|surface_albedo")),
    ("NO2", re.compile(r"tropopause_pressure")),
    (None, re.compile(r".*")),
    ("O3", re.compile(r"(o3_)?effective_temperature")),
)
#: More are not followed: each gives seventeen features.
LIMIT = 16


def product_of(column: str) -> str | None:
    """The satellite product of a column, None for weather and all else.

    >>> product_of("L3_AER_AI_sensor_altitude"), product_of("nitrogendioxide_cloud_fraction")
    ('AER_AI', 'NO2')
    >>> product_of("relative_humidity_2m_above_ground") is None
    True
    """
    return _split(column)[0]


def is_geometry(column: str) -> bool:
    """Whether a column says where the satellite and the sun stood, which gives the place away.

    >>> is_geometry("L3_NO2_sensor_altitude"), is_geometry("cloud_solar_zenith_angle")
    (True, True)
    >>> is_geometry("cloud_cloud_top_height")
    False
    """
    return bool(GEOMETRY.search(column.lower()))


def followed(columns: Iterable[str]) -> list[str]:
    """The measurements that are followed from day to day, `LIMIT` at most, in the order of `FOLLOWED`.

    >>> followed(["month", "u_wind", "L3_CO_cloud_height", "L3_CO_CO_column_number_density", "L3_CO_sensor_altitude"])
    ['L3_CO_CO_column_number_density', 'u_wind']
    """
    ranked = [(rank, column) for column in columns if (rank := _rank(column)) is not None]
    return [column for _, column in sorted(ranked, key=lambda pair: pair[0])][:LIMIT]


def _rank(column: str) -> int | None:
    product, rest = _split(column)
    if is_geometry(column) or (product is None and FIXED.fullmatch(rest)):
        return None
    return next((n for n, (of, name) in enumerate(FOLLOWED) if of == product and name.fullmatch(rest)), None)


def _split(column: str) -> tuple[str | None, str]:
    """Product, and the rest of the name in small letters."""
    name = column.lower()
    prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
    return PREFIXES.get(prefix), name[len(prefix) :]
