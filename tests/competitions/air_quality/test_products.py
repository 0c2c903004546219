"""Names of columns in both editions."""

from __future__ import annotations

import doctest

import pytest

from competitions.air_quality import products
from competitions.air_quality.products import LIMIT, followed, is_geometry, product_of

ZINDI = {
    "L3_NO2_NO2_column_number_density": "NO2",
    "L3_O3_O3_effective_temperature": "O3",
    "L3_CO_H2O_column_number_density": "CO",
    "L3_HCHO_tropospheric_HCHO_column_number_density_amf": "HCHO",
    "L3_CLOUD_surface_albedo": "CLOUD",
    "L3_AER_AI_sensor_altitude": "AER_AI",
    "L3_SO2_absorbing_aerosol_index": "SO2",
    "L3_CH4_aerosol_height": "CH4",
}
AIRQO = {
    "nitrogendioxide_stratospheric_no2_column_number_density": "NO2",
    "ozone_solar_zenith_angle": "O3",
    "carbonmonoxide_cloud_height": "CO",
    "formaldehyde_cloud_fraction": "HCHO",
    "cloud_cloud_top_height": "CLOUD",
    "uvaerosolindex_absorbing_aerosol_index": "AER_AI",
    "uvaerosollayerheight_aerosol_pressure": "AER_LH",
    "sulphurdioxide_so2_slant_column_number_density": "SO2",
}
NONE = ("hour", "month", "temperature_2m_above_ground", "u_component_of_wind_10m_above_ground", "site_latitude")


def test_the_examples_hold():
    assert doctest.testmod(products).failed == 0


@pytest.mark.parametrize(("column", "product"), [*ZINDI.items(), *AIRQO.items(), *((name, None) for name in NONE)])
def test_products_of_both_editions(column, product):
    assert product_of(column) == product


@pytest.mark.parametrize(
    "what", ["sensor_zenith_angle", "sensor_azimuth_angle", "solar_zenith_angle", "sensor_altitude"]
)
def test_geometry_of_every_product(what):
    assert all(is_geometry(f"{product}_{what}") for product in ("L3_NO2", "L3_AER_AI", "nitrogendioxide", "cloud"))
    assert is_geometry(what)


def test_measurements_are_not_geometry():
    assert [name for name in (*ZINDI, *AIRQO, *NONE) if is_geometry(name)] == [
        "L3_AER_AI_sensor_altitude",
        "ozone_solar_zenith_angle",
    ]


def test_the_same_quantities_are_followed_in_both_editions():
    zindi = ["L3_NO2_NO2_column_number_density", "L3_CLOUD_cloud_fraction", "L3_AER_AI_absorbing_aerosol_index"]
    airqo = [
        "nitrogendioxide_no2_column_number_density",
        "cloud_cloud_fraction",
        "uvaerosolindex_absorbing_aerosol_index",
    ]
    assert followed(zindi) == [zindi[0], zindi[2], zindi[1]]
    assert followed(airqo) == [airqo[0], airqo[2], airqo[1]]


def test_what_repeats_another_column_or_is_no_measurement_is_not_followed():
    assert not followed(
        [
            "L3_NO2_NO2_slant_column_number_density",
            "L3_SO2_SO2_column_number_density_amf",
            "sulphurdioxide_so2_column_number_density_15km",
            "L3_HCHO_cloud_fraction",
            "L3_CO_sensor_altitude",
            "sensor_altitude",
            "hour",
            "month",
            "site_latitude",
            "population",
        ]
    )


def test_weather_is_followed_and_no_more_than_the_limit():
    assert followed(["land_temperature_day", "u_wind"]) == ["land_temperature_day", "u_wind"]
    many = [f"reading_{number}" for number in range(30)]
    assert followed([*many, "L3_CO_CO_column_number_density"]) == ["L3_CO_CO_column_number_density", *many[: LIMIT - 1]]
