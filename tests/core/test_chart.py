from __future__ import annotations

import json

import pytest

from core.chart import Chart, Series

LINE = Series("blend", (0.1, 0.5), (0.2, None), (0.1, None), (0.3, None))


@pytest.mark.parametrize("chart", [Chart("line", (LINE,), "predicted", "observed", "a"), Chart("bar", ())])
def test_json_keeps_a_chart(chart):
    from dataclasses import asdict

    again = Chart.from_json(json.loads(json.dumps(asdict(chart), allow_nan=False)))
    assert again == chart
    assert hash(again) == hash(chart)  # tuples all through


@pytest.mark.parametrize(
    "parts",
    [((1, 2), (1.0,)), ((1,), (1.0,), (0.5, 0.6), (1.5, 1.6)), ((1,), (1.0,), (0.5,)), ((1,), (1.0,), (), (1.5,))],
)
def test_parts_of_different_lengths_are_an_error_that_names_the_series(parts):
    with pytest.raises(ValueError, match="'odd'"):
        Series("odd", *parts)


def test_an_unknown_kind_is_an_error_that_names_those_there_are():
    with pytest.raises(ValueError, match="line, bar, scatter, heatmap, not 'pie'"):
        Chart("pie", ())
