"""By how much one set of predictions is better than another."""

from __future__ import annotations

import math

import pytest

from core.outside.gain import Gain


@pytest.mark.parametrize(("error", "errors"), [(0.1, 5.0), (0.0, math.nan), (math.nan, math.nan), (math.inf, math.nan)])
def test_errors_are_counted_where_they_tell_something(error, errors):
    assert Gain(0.5, error, 0.1).errors == pytest.approx(errors, nan_ok=True)


def test_a_share_that_is_not_known_is_not_said():
    assert str(Gain(0.5, 0.1, math.nan)) == "0.5, which is 5 standard errors"
    assert str(Gain(0.5, 0.1, 0.333)) == "0.5, which is 5 standard errors and 33 % of the way to a perfect score"
