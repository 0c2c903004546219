"""A column that answers by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competitions.world_champs.column import Column
from core.estimators.saving import load_estimator, save_estimator


def test_what_is_missing_is_worse_than_anything_known():
    found = Column("p").fit(pd.DataFrame(), pd.Series()).predict(pd.DataFrame({"p": [-3.0, np.nan, 2.0]}))
    assert found.argmin() == 1
    assert np.isfinite(Column("p").predict(pd.DataFrame({"p": [np.nan, np.nan]}))).all()


def test_it_is_read_back(tmp_path):
    save_estimator(Column("p"), tmp_path / "model")
    X = pd.DataFrame({"p": [1.0, 3.0]})
    assert load_estimator(tmp_path / "model").predict(X).tolist() == [1.0, 3.0]
