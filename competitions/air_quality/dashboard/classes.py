"""The classes of the air quality index, by colour and by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import Refusal


@dataclass(frozen=True)
class AqiClass:
    """A class of the index.

    Parameters
    ----------
    colour: the official one.
    ink: black or white, whichever can be read on it (a contrast of 4.5 or more: WCAG 2.1, AA).
    """

    name: str
    colour: str
    ink: str


#: Names and colours: US EPA, Technical Assistance Document for the Reporting of Daily Air Quality (2024), table 2.
CLASSES = (
    AqiClass("Good", "#00e400", "#000000"),
    AqiClass("Moderate", "#ffff00", "#000000"),
    AqiClass("Unhealthy for sensitive groups", "#ff7e00", "#000000"),
    AqiClass("Unhealthy", "#ff0000", "#000000"),
    AqiClass("Very unhealthy", "#8f3f97", "#ffffff"),
    AqiClass("Hazardous", "#7e0023", "#ffffff"),
)


@dataclass(frozen=True)
class Scale:
    """A unit that predictions come in.

    Parameters
    ----------
    unit: as tables write it.
    shown: as people read it.
    upper: the highest value of each class but the last.
    decimals: of a value that is compared with `upper`: concentrations are cut off there, index points rounded.
    guideline: of the WHO for 24 hours (2021), where it is in this unit.
    """

    unit: str
    shown: str
    upper: tuple[float, ...]
    decimals: int
    guideline: float | None = None

    def compared(self, values: ArrayLike) -> NDArray[np.float64]:
        """Values as they are compared with the upper ends of classes."""
        given = np.asarray(values, dtype=np.float64)
        # 9.0 may have become 8.9999999 on its way.
        return np.floor(given * 10 + 1e-6) / 10 if self.decimals else np.floor(given + 0.5)


SCALES = {
    "ug/m3": Scale("ug/m3", "µg/m³", (9.0, 35.4, 55.4, 125.4, 225.4), 1, guideline=15.0),
    "AQI points": Scale("AQI points", "AQI points", (50, 100, 150, 200, 300), 0),
}
#: How units are written too; the micro sign and the Greek letter look the same.
ALIASES = {
    "ug/m^3": "ug/m3",
    "µg/m³": "ug/m3",
    "μg/m³": "ug/m3",
    "µg/m3": "ug/m3",
    "μg/m3": "ug/m3",
    "AQI": "AQI points",
}


def scale_of(unit: str) -> Scale:
    """The scale of a unit.

    Raises
    ------
    Refusal: no classes are known for it.
    """
    name = ALIASES.get(unit.strip(), unit.strip())
    if name not in SCALES:
        raise Refusal(f"no AQI classes for the unit {unit!r}", "use one of those", expected=", ".join(SCALES))
    return SCALES[name]


def class_numbers(values: ArrayLike, scale: Scale) -> NDArray[np.int64]:
    """The place of each value's class in `CLASSES`; -1 for NaN."""
    compared = scale.compared(values)
    return np.where(np.isnan(compared), -1, np.searchsorted(np.array(scale.upper), compared, side="left"))


def aqi_class(values: ArrayLike, unit: str) -> list[str]:
    """The name of each daily mean's class; empty where there is no value.

    For ug/m3 the breakpoints of the US EPA for PM2.5 over 24 hours as of May 2024 (89 FR 16202, table 1 to
    40 CFR 58 appendix G), to which concentrations are cut off to one decimal; index points are rounded.

    Raises
    ------
    Refusal: another unit.

    >>> aqi_class([9.04, 9.1, 300.0], "ug/m3")
    ['Good', 'Moderate', 'Hazardous']
    >>> aqi_class([50.4, 50.5], "AQI points")
    ['Good', 'Moderate']
    """
    names = (*(each.name for each in CLASSES), "")
    return [names[number] for number in class_numbers(np.atleast_1d(np.asarray(values)), scale_of(unit))]
