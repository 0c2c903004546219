import numpy as np
import pytest

from competitions.air_quality.dashboard.classes import CLASSES, SCALES, aqi_class, scale_of
from core.errors import Refusal

NAMES = [each.name for each in CLASSES]


def test_concentrations_are_cut_off_to_a_tenth_before_they_are_compared():
    values = [0, 9.0, 9.09, 9.1, 35.4, 35.49, 35.5, 55.4, 55.5, 125.4, 125.5, 225.4, 225.5, 900]
    classes = [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert aqi_class(values, "ug/m3") == [NAMES[k] for k in classes]


def test_points_of_the_index_are_rounded_before_they_are_compared():
    values = [0, 50, 50.4, 50.5, 100, 101, 150.49, 151, 200, 201, 300, 301, 815]
    classes = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert aqi_class(values, "AQI points") == [NAMES[k] for k in classes]


@pytest.mark.parametrize("unit", SCALES)
def test_each_breakpoint_belongs_to_the_class_below(unit):
    for number, upper in enumerate(SCALES[unit].upper):
        assert aqi_class([upper, np.nextafter(upper, 0), upper + 1], unit) == [NAMES[number]] * 2 + [NAMES[number + 1]]


def test_what_is_missing_has_no_class():
    assert aqi_class([np.nan, 5], "ug/m3") == ["", "Good"]
    assert aqi_class([], "ug/m3") == []


@pytest.mark.parametrize("unit", ["µg/m³", "μg/m3", " ug/m3 "])
def test_a_unit_may_be_written_in_other_ways(unit):
    assert scale_of(unit) is SCALES["ug/m3"]
    assert scale_of("AQI") is SCALES["AQI points"]


def test_a_unit_without_classes_is_refused():
    with pytest.raises(Refusal, match="ppm") as refused:
        aqi_class([1.0], "ppm")
    assert refused.value.expected == "ug/m3, AQI points"


def test_names_can_be_read_on_their_colours():
    """A contrast of 4.5 or more (WCAG 2.1, AA)."""

    def light(colour):
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    for each in CLASSES:
        dark, bright = sorted((light(each.colour), light(each.ink)))
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, each.name
    assert len({each.colour for each in CLASSES}) == len(NAMES)
