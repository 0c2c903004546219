"""A member's defaults, as far as they lie in its search space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np


class Probe:
    """Answers a search space with the defaults where they fit, and notes which do.

    It stands for Optuna's trial: a value that a distribution does not hold (None where numbers are drawn, a rate
    above the highest) cannot be enqueued there.

    Parameters
    ----------
    defaults: of the member.

    Attributes
    ----------
    fitting: the defaults that the space holds, by name.
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
        number = float(value)
        steps = 0.0 if step is None else (number - low) / step
        if not low <= number <= high or not np.isclose(steps, round(steps)) or (whole and number != round(number)):
            return low
        self.fitting[name] = _plain(value)
        return value


def _plain(value: Any) -> Any:
    """A number of NumPy as one of Python: a study keeps JSON."""
    return value.item() if isinstance(value, np.generic) else value


def fitting_defaults(search: Callable[[Any], Mapping[str, Any]], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that a search space holds, by the names it draws; none where it cannot be asked.

    >>> fitting_defaults(lambda trial: {"C": trial.suggest_float("C", 0.1, 10)}, {"C": 1.0, "penalty": "l2"})
    {'C': 1.0}
    """
    probe = Probe(defaults)
    try:
        search(probe)
    except Exception:  # a space that fails does so in a trial, where it is recorded
        return {}
    return probe.fitting
