"""A shape counts what is there."""

from __future__ import annotations

import pytest

from core.metrics import LOG_LOSS, RMSE, Metric
from core.portfolio import Shape
from tests.core.portfolio.test_roster import dataset


@pytest.mark.parametrize(("metric", "classes"), [(LOG_LOSS, 3), (RMSE, 1)], ids=["classes", "value"])
def test_rows_columns_and_classes_are_counted(metric: Metric, classes: int):
    shape = Shape.of(dataset(metric), classes)
    assert shape == Shape(160, 3, 3, classes)
    assert (shape.columns, shape.cells) == (6, 960)
