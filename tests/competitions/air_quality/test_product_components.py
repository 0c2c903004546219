"""The first principal component of each product."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from competitions.air_quality.product_components import ProductComponents

NO2 = [f"nitrogendioxide_{name}" for name in ("no2_column_number_density", "cloud_fraction", "tropopause_pressure")]
OTHERS = ["nitrogendioxide_sensor_zenith_angle", "ozone_cloud_fraction", "temperature"]


@pytest.fixture
def inputs():
    rng = np.random.default_rng(0)
    common = rng.normal(size=(80, 1))
    values = np.hstack([common + 0.5 * rng.normal(size=(80, 3)), rng.normal(size=(80, 3))]) * 7 + 3
    return pd.DataFrame(values, columns=[*NO2, *OTHERS])


def test_it_is_that_of_scaled_columns(inputs):
    found = ProductComponents().fit(inputs, list(inputs.columns)).transform(inputs)
    assert list(found.columns) == ["component_NO2"]  # one column alone, and an angle, make none
    scaled = ((inputs[NO2] - inputs[NO2].mean()) / inputs[NO2].std(ddof=0)).to_numpy()
    expected = PCA(1).fit_transform(scaled)[:, 0]
    assert abs(np.corrcoef(found["component_NO2"], expected)[0, 1]) == pytest.approx(1)
    np.testing.assert_allclose(np.abs(found["component_NO2"]), np.abs(expected), rtol=1e-9)


def test_where_nothing_is_known_there_is_none_and_a_gap_counts_as_the_median(inputs):
    learnt = ProductComponents().fit(inputs, list(inputs.columns))
    gaps = inputs.copy()
    gaps.loc[0, NO2], gaps.loc[1, NO2[1]] = np.nan, np.nan
    found = learnt.transform(gaps)["component_NO2"]
    assert np.isnan(found[0])
    filled = inputs.copy()
    filled.loc[1, NO2[1]] = inputs[NO2[1]].median()
    assert found[1] == pytest.approx(learnt.transform(filled)["component_NO2"][1])
    pd.testing.assert_frame_equal(ProductComponents.from_json(learnt.to_json()).transform(gaps), learnt.transform(gaps))
