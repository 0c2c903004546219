"""Ranks, shares and means within a field, beside pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.world_champs.fields import Fields

ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.0, 2.5, 7.0, -1.0])), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, data=st.data())
def test_ranks_shares_and_means_are_those_of_pandas(rows, data):
    event = pd.factorize(np.array([event for event, _ in rows]))[0]
    values = np.array([value for _, value in rows])
    missing = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    values = np.where(missing, np.nan, values)
    fields, groups = Fields(event), pd.Series(values).groupby(event)
    filled = pd.Series(np.nan_to_num(values, nan=-1e9))
    expected = filled.groupby(event).rank(ascending=False, method="average")
    assert fields.rank(values).tolist() == expected.tolist()
    np.testing.assert_allclose(fields.mean(values), groups.mean().to_numpy())
    best = groups.transform("max").to_numpy()
    share = np.where(np.nan_to_num(best) > 0, np.nan_to_num(values) / np.where(np.nan_to_num(best) > 0, best, 1), 0)
    np.testing.assert_allclose(fields.share_of_best(values), share)
    top = groups.apply(lambda part: part.nlargest(2).mean()).to_numpy()
    np.testing.assert_allclose(fields.mean_of_best(values, 2), top)
