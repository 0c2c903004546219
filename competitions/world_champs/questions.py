"""What `podium predict world-champs` may be asked with."""

from __future__ import annotations

from collections.abc import Mapping

QUESTIONS: Mapping[str, str] = {
    "startlist": "who starts: a CSV file with a column name, and perhaps nationality and born",
    "race": "the race: a TOML file with date, and as far as known name, distance_km, climbing_m, class, like",
}
