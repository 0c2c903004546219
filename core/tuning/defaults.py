"""A member's defaults as a point of its search space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from core.member import Member


class Probe:
    """Answers a search space with the defaults, and notes which it holds.

    It stands for Optuna's trial. A number that a distribution does not hold is moved to the nearest that it does; what
    is no number where numbers are drawn (None) cannot be enqueued there.

    Parameters
    ----------
    defaults: of the member.

    Attributes
    ----------
    fitting: the defaults in the space, by name.
    """

    number = 0

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        self.defaults = defaults
        self.fitting: dict[str, Any] = {}

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> Any:
        return self._answer(name, low, high, step)

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> Any:
        return self._answer(name, low, high, step, whole=True)

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        value = self.defaults.get(name)
        known = name in self.defaults and any(value is choice or value == choice for choice in choices)
        if known:
            self.fitting[name] = _plain(value)
        return value if known else choices[0]

    def _answer(self, name: str, low: float, high: float, step: float | None, *, whole: bool = False) -> Any:
        value = self.defaults.get(name)
        if not isinstance(value, int | float | np.number) or isinstance(value, bool | np.bool_):
            return low
        number = min(max(float(value), low), high)
        if step is not None:
            number = low + step * min(round((number - low) / step), int((high - low) / step + 1e-9))
        self.fitting[name] = round(number) if whole else _plain(value) if number == value else number
        return self.fitting[name]


def _plain(value: Any) -> Any:
    """A number of NumPy as one of Python: a study keeps JSON."""
    return value.item() if isinstance(value, np.generic) else value


def settings_of(member: Member) -> dict[str, Any]:
    """What a member is fitted with: its defaults, and those of the constructors that it leaves as they are.

    A parameter of an estimator inside another stands under its own name, unless the outer one has that name too.
    """
    try:
        own = member.build(dict(member.defaults), 0).get_params()
    except Exception:  # no estimator of scikit-learn's kind; what cannot be built fails in a fit, where it is recorded
        own = {}
    inner_first = sorted(own, key=lambda name: -name.count("__"))
    return {name.rpartition("__")[2]: own[name] for name in inner_first} | dict(member.defaults)


def fitting_defaults(search: Callable[[Any], Mapping[str, Any]], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults in a search space, by the names it draws; none where it cannot be asked.

    >>> fitting_defaults(lambda trial: {"C": trial.suggest_float("C", 0.1, 10)}, {"C": 1.0, "penalty": "l2"})
    {'C': 1.0}
    """
    probe = Probe(defaults)
    try:
        search(probe)
    except Exception:  # a space that fails does so in a trial, where it is recorded
        return {}
    return probe.fitting
