"""Which columns of a table say where, when and how much."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from core.errors import Refusal

#: How units are written, and what they are called here.
UNITS = {
    "ug/m3": "ug/m3",
    "µg/m3": "ug/m3",
    "μg/m3": "ug/m3",
    "µg/m³": "ug/m3",
    "μg/m³": "ug/m3",
    "ug/m³": "ug/m3",
    "aqi": "AQI points",
    "aqi points": "AQI points",
}
NEEDED = ("place", "date", "target", "unit")


@dataclass(frozen=True)
class Schema:
    """The files of an edition and their columns.

    Parameters
    ----------
    name: of the edition.
    place, date, target: columns of the site, the day and what is measured there.
    unit: of the target: "ug/m3" or "AQI points".
    train, test, sample: files; no sample for an edition that has none.
    id: the column of row ids; None where place and date make them.
    city, country, latitude, longitude: columns, None where there are none.
    drop: columns that are no inputs.
    """

    name: str
    place: str
    date: str
    target: str
    unit: str
    train: str = "Train.csv"
    test: str = "Test.csv"
    sample: str | None = "SampleSubmission.csv"
    id: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    drop: tuple[str, ...] = ()

    @property
    def text(self) -> list[str]:
        """Columns that are read as text."""
        return [name for name in (self.id, self.place, self.date, self.city, self.country) if name]

    @property
    def no_inputs(self) -> frozenset[str]:
        """Columns that are no inputs."""
        return frozenset([*self.text, self.target, *self.drop, *filter(None, (self.latitude, self.longitude))])


#: Zindi, Urban Air Pollution Challenge (2020). What only train has of the day's target is dropped by name.
ZINDI_2020 = Schema(
    "zindi-2020",
    place="Place_ID",
    date="Date",
    target="target",
    unit="AQI points",
    id="Place_ID X Date",
    drop=("target_min", "target_max", "target_variance", "target_count"),
)
#: Zindi, AirQo African Air Quality Prediction Challenge (2024).
AIRQO_2024 = Schema(
    "airqo-2024",
    place="site_id",
    date="date",
    target="pm2_5",
    unit="ug/m3",
    id="id",
    city="city",
    country="country",
    latitude="site_latitude",
    longitude="site_longitude",
)


def read_schema(path: Path) -> Schema:
    """Read what the columns of one's own tables are called, from a TOML file.

    Raises
    ------
    Refusal: no TOML, a key that is unknown, lacking or of another kind, an unknown unit, one coordinate alone,
        one column for two things.
    """
    try:
        with path.open("rb") as file:
            given = tomllib.load(file)
    except FileNotFoundError:
        raise Refusal(f"{path}: no such file", "say which columns there are", expected=_example()) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Refusal(f"{path}: no TOML ({error})", "write key = value in each line", expected=_example()) from None
    known = [field.name for field in fields(Schema) if field.name != "name"]
    unknown = [key for key in given if key not in known]
    if unknown:
        raise Refusal(f"{path}: unknown key {unknown[0]!r}", "use one of those", expected=", ".join(known))
    lacking = [key for key in NEEDED if key not in given]
    if lacking:
        raise Refusal(f"{path}: no key {lacking[0]!r}", "name the column", expected=_example())
    unit = UNITS.get(_text(path, "unit", given["unit"]).strip().lower())
    if unit is None:
        said = f"{path}: unit = {given['unit']!r}"
        raise Refusal(said, "write the unit of the target", expected='"ug/m3" or "AQI points"')
    if ("latitude" in given) != ("longitude" in given):
        there, missing = ("latitude", "longitude") if "latitude" in given else ("longitude", "latitude")
        raise Refusal(f"{path}: {there} without {missing}", f"name the column of {missing}, or leave both out")
    _refuse_shared(path, given)
    drop = given.get("drop", [])
    if not isinstance(drop, list) or not all(isinstance(name, str) for name in drop):
        raise Refusal(f"{path}: drop = {drop!r}", "name columns in brackets", expected='drop = ["remark"]')
    names = {key: _text(path, key, value) for key, value in given.items() if key not in ("unit", "drop")}
    return Schema(**{"name": "custom", "sample": None} | names, unit=unit, drop=tuple(drop))  # type: ignore[arg-type]


def _refuse_shared(path: Path, given: dict[str, Any]) -> None:
    """A place may be a city and the other way round; a day, a position and a target are nothing else."""
    roles = [key for key in ("id", *NEEDED[:3], "city", "country", "latitude", "longitude") if key in given]
    for key in roles:
        same = [other for other in roles if other != key and given[other] == given[key]]
        if same and key in ("date", "target", "latitude", "longitude"):
            said = f"{path}: {key} and {same[0]} are both the column {given[key]!r}"
            raise Refusal(said, "name another column for one of them", expected=_example())


def _text(path: Path, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refusal(f"{path}: {key} = {value!r}", "write a name in quotes", expected=_example())
    return value


def _example() -> str:
    return 'place = "station", date = "day", target = "pm25", unit = "ug/m3"'
