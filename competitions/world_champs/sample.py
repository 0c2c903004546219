"""Synthetic road racing in the official layout."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

RIDERS, YEARS = 260, (2015, 2016, 2017, 2018, 2019, 2020)
#: One-day races of the first and of the second rank, and stage races, held every year.
TOP, SECOND, STAGED, STAGES = 22, 14, 6, 4
#: From this year on half of the first rank is withheld.
WITHHELD_FROM = 2019
#: What riders are good at, and races ask for.
SKILLS = ("climbing", "sprint", "endurance", "time trial")
NATIONS = ("Alland", "Borne", "Corvia", "Dunmark", "Estria", "Fennia", "Galdia", "Hestia")
GIVEN = tuple(re.findall(r"\w+", "Aldo Bram Ciro Dries Émile Finn Goran Hugo Iñaki Jörg Kasper Luca Matej"))
FAMILY = tuple(
    re.findall(
        r"[^,]+",
        "Almeda,van Berg,Çelik,Duval,Eriksen,Ferrán,Grünwald,Høst,Ivarsson,de Jonghe,Kral,Lefèvre,Moreau,Novák,O'Shea,"
        "Pinto,Quist,Rossi,Šimek,Thys,Urán,Visser",
    )
)
PLACES = tuple(
    re.findall(
        r"\w+",
        "Alto Brenna Costa Doren Elva Forge Gavre Havel Ister Jura Kemmel Lome Marne Nera Ossa Pavia Quarne Rhona Serra"
        " Turin Umbra Varde",
    )
)
KINDS_OF_NAME = ("Ronde van {}", "GP {}", "{} Classic", "Trofeo {}", "Omloop {}", "Giro di {}")
SPONSORS = ("", "", "Velobank ", "Ciclomax ")
#: Points by place in the first and the second rank, as falling powers.
WORTH = {"1.UWT": 400.0, "1.Pro": 200.0, "1.1": 120.0, "WC": 500.0, "2.UWT": 90.0}
CHAMPIONSHIP = "World Championships - Road Race (WC)"


@dataclass(frozen=True)
class Race:
    """A race that is held every year: its name, class, first day of the year, length in km and demands."""

    name: str
    race_class: str
    day: int
    distance: float
    demands: Array
    staged: bool = False


def write_sample(folder: Path, seed: int = 0) -> None:
    """Write results, events, riders, start lists and a sample submission.

    Riders have hidden skills and a form that drifts, races ask for skills, and who suits a race finishes in front more
    often. Light riders climb. Some do not finish. As in the real data, half of the one-day races of the first rank are
    withheld in the last years, and the World Championships of the last one.
    """
    rng = np.random.default_rng(seed)
    world = _World(rng)
    events, results, starters = world.seasons()
    folder.mkdir(parents=True, exist_ok=True)
    held = results[~results["event_id"].isin(starters["event_id"])]
    held.reset_index(drop=True).to_parquet(folder / "results.parquet", index=False)
    for name, frame in {
        "riders": world.riders(),
        "races": events,
        "startlists": starters,
        "sample_submission": starters.assign(score=0),
    }.items():
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


class _World:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.skill = rng.normal(0, 1.3, (RIDERS, len(SKILLS))) + rng.gamma(1.2, 0.45, RIDERS)[:, None] - 0.5
        self.weight = np.round(68 - 4.0 * self.skill[:, 0] / 1.3 + 2.0 * self.skill[:, 1] + rng.normal(0, 3, RIDERS), 1)
        self.form = rng.normal(0, 0.5, RIDERS)
        self.nation = rng.integers(0, len(NATIONS), RIDERS)
        self.names = self._names()
        self.races = self._calendar()

    def _names(self) -> list[str]:
        every = [f"{given} {family}" for given in GIVEN for family in FAMILY]
        return [every[number] for number in self.rng.permutation(len(every))[:RIDERS]]

    def _calendar(self) -> list[Race]:
        rng, found = self.rng, []
        names = [kind.format(place) for place in PLACES for kind in KINDS_OF_NAME]
        names = [names[number] for number in rng.permutation(len(names))]
        classes = ["1.UWT"] * (TOP // 2) + ["1.Pro"] * (TOP - TOP // 2) + ["1.1"] * SECOND + ["2.UWT"] * STAGED
        for name, race_class in zip(names, classes, strict=False):
            demands = rng.dirichlet(np.full(len(SKILLS) - 1, 0.35))
            staged = race_class == "2.UWT"
            day, distance = int(rng.integers(40, 285)), float(np.round(rng.uniform(165, 260), 1))
            found.append(Race(name, race_class, day, distance, np.append(demands, 0.0), staged))
        return sorted(found, key=lambda race: race.day)

    def seasons(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Events, results (of the withheld ones too) and the start lists of the withheld ones."""
        events, results = [], []
        for year in YEARS:
            demands = np.append(self.rng.dirichlet(np.ones(len(SKILLS) - 1)), 0.0)
            final = Race(CHAMPIONSHIP, "WC", 268, float(np.round(self.rng.uniform(255, 275), 1)), demands)
            last = 0
            for race in sorted([*self.races, final], key=lambda race: race.day):
                self._drift(race.day - last)
                last = race.day
                for event, result in self._held(race, year):
                    events.append(event)
                    results.append(result)
            self.skill += self.rng.normal(0, 0.15, self.skill.shape)
        frame = pd.DataFrame(events)
        top = frame["race_class"].isin(["1.UWT", "1.Pro"]) & (frame["kind"] == "one_day")
        recent = pd.to_datetime(frame["date"]).dt.year >= WITHHELD_FROM
        drawn = top & recent & (self.rng.random(len(frame)) < 0.5)
        crowned = (frame["race_class"] == "WC") & (frame["date"].str[:4] == str(YEARS[-1]))
        frame["is_test"] = (drawn | crowned).astype(int)
        every = pd.concat(results, ignore_index=True)
        withheld = frame.loc[frame["is_test"] == 1, "event_id"]
        starters = every.loc[every["event_id"].isin(withheld), ["event_id", "rider_id"]].reset_index(drop=True)
        return frame, every, starters

    def _drift(self, days: int) -> None:
        keep = 0.5 ** (days / 40)
        self.form = keep * self.form + np.sqrt(1 - keep**2) * self.rng.normal(0, 0.5, RIDERS)

    def _held(self, race: Race, year: int) -> list[tuple[dict[str, object], pd.DataFrame]]:
        """The event of a race in a year, with its result; of a stage race the stages and the final classification."""
        day = pd.Timestamp(year, 1, 1) + pd.Timedelta(days=race.day + int(self.rng.integers(-3, 4)))
        field = self._field(race)
        if not race.staged:
            label = race.name if race.race_class == "WC" else f"{self._sponsor()}{race.name} ({race.race_class})"
            return [self._event(race, label, "", "one_day", day, race.distance, self._run(race.demands, field, 1.0))]
        found, spent = [], np.zeros(len(field))
        parent = f"{race.name} ({race.race_class})"
        for number in range(1, STAGES + 1):
            timed = number == STAGES - 1
            asked = (
                np.append(self.rng.dirichlet(np.ones(len(SKILLS) - 1)), 0.0) if not timed else np.eye(len(SKILLS))[-1]
            )
            marks = self._run(asked, field, 1.0)
            spent += np.where(np.isnan(marks), -9, marks)
            length = float(np.round(self.rng.uniform(8, 30) if timed else self.rng.uniform(140, 200), 1))
            kind, name = ("itt_stage", f"Stage {number} (ITT)") if timed else ("stage", f"Stage {number}")
            date = day + pd.Timedelta(days=number - 1)
            found.append(self._event(race, name, parent, kind, date, length, marks, field))
        total = race.distance * STAGES / 2
        end = day + pd.Timedelta(days=STAGES - 1)
        found.append(self._event(race, "General classification", parent, "gc", end, total, spent, field))
        return found

    def _sponsor(self) -> str:
        return SPONSORS[int(self.rng.integers(len(SPONSORS)))]

    def _field(self, race: Race) -> npt.NDArray[np.intp]:
        """Who starts: the better ones more often in the first rank."""
        size = int(self.rng.integers(70, 120)) if race.race_class != "1.1" else int(self.rng.integers(50, 90))
        level = self.skill @ race.demands + self.skill.mean(axis=1)
        pull = {"1.UWT": 1.0, "2.UWT": 0.8, "WC": 1.5}.get(race.race_class, 0.3) * level + self.rng.gumbel(0, 1, RIDERS)
        self._last_field = np.sort(np.argsort(-pull)[:size])
        return self._last_field

    def _run(self, demands: Array, field: npt.NDArray[np.intp], noise: float) -> Array:
        """Marks on the day, larger in front; NaN for those who do not finish."""
        marks = 1.2 * (self.skill[field] @ demands) + self.form[field] + noise * self.rng.gumbel(0, 1, len(field))
        gone = self.rng.random(len(field)) < 0.28 / (1 + np.exp(marks - np.median(marks)))
        return np.where(gone, np.nan, marks)

    def _event(
        self,
        race: Race,
        label: str,
        parent: str,
        kind: str,
        date: pd.Timestamp,
        distance: float,
        marks: Array,
        field: npt.NDArray[np.intp] | None = None,
    ) -> tuple[dict[str, object], pd.DataFrame]:
        riders = self._last_field if field is None else field
        order = np.argsort(-np.where(np.isnan(marks), -np.inf, marks))
        place = np.empty(len(marks))
        place[order] = np.arange(1, len(marks) + 1)
        place = np.where(np.isnan(marks), np.nan, place)
        points = np.where(
            place <= 30, WORTH[race.race_class] * 0.86 ** (np.nan_to_num(place, nan=99) - 1), np.nan
        ).round(0)
        slug = "-".join(f"{parent} {label}".casefold().replace("(", "").replace(")", "").split())
        event_id = f"{date:%Y%m%d}-{slug}"
        event: dict[str, object] = {
            "event_id": event_id,
            "date": f"{date:%Y-%m-%d}",
            "race": label,
            "parent_race": parent,
            "race_class": race.race_class,
            "kind": kind,
            "distance_km": distance,
        }
        result = pd.DataFrame(
            {
                **{name: event[name] for name in ("event_id", "date", "race", "parent_race", "race_class", "kind")},
                "distance_km": distance,
                "rider_id": [self._id(rider) for rider in riders],
                "position": place,
                "status": np.where(np.isnan(place), "DNF", "FIN"),
                "pcs_points": points,
                "uci_points": points,
            }
        )
        return event, result

    def _id(self, rider: int) -> str:
        return slug_of(self.names[rider])

    def riders(self) -> pd.DataFrame:
        born = pd.Timestamp(1985, 1, 1) + pd.to_timedelta(self.rng.integers(0, 4000, RIDERS), unit="D")
        known = self.rng.random(RIDERS) < 0.85
        return pd.DataFrame(
            {
                "rider_id": [self._id(rider) for rider in range(RIDERS)],
                "name": self.names,
                "birth_date": born.strftime("%Y-%m-%d"),
                "nationality": np.where(known, np.array(NATIONS)[self.nation], ""),
                "height_m": np.round(1.45 + 0.005 * self.weight + self.rng.normal(0, 0.04, RIDERS), 2),
                "weight_kg": np.where(self.rng.random(RIDERS) < 0.9, self.weight, np.nan),
            }
        ).sort_values("rider_id")


def slug_of(name: str) -> str:
    """A rider's id, made of the name."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())
