"""A competition whose run takes a few seconds, with a middle to be killed in."""

from __future__ import annotations

import time

from core.estimators.lightgbm import LightGBMRegressor
from core.member import Member
from tests.support.small import Line, Small, member


class Slow(Line):
    """Takes its time, so that there is a middle to be killed in."""

    def fit(self, X, y):
        time.sleep(0.05)
        return super().fit(X, y)


class Busy(Small):
    """A few members of different kinds, four seeds each."""

    slug = "busy"

    def members(self, dataset):
        def boosting(params, seed):
            return LightGBMRegressor(n_estimators=20, min_child_samples=2, random_state=seed)

        return [member("line"), member("slow", Slow, defaults={"noise": 0.1}), Member("lightgbm", boosting)]
