"""World Champs: rank the start list of a road race from results of earlier races."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.world_champs.backtest import backtest, members_of
from competitions.world_champs.backtest_exhibits import exhibits
from competitions.world_champs.extras import explain
from competitions.world_champs.forecast import forecast
from competitions.world_champs.members import NAMES, roster, torch_is_installed
from competitions.world_champs.places import PLACES
from competitions.world_champs.plackett_luce import win_probabilities
from competitions.world_champs.posx import posx_of
from competitions.world_champs.race_temperature import RaceTemperature
from competitions.world_champs.records import EVENT, RIDER, read_records, read_starters
from competitions.world_champs.sample import write_sample
from competitions.world_champs.scoring import FITTED_CLASSES, WARM_UP, is_scored, learnt
from competitions.world_champs.seasons import seasons
from competitions.world_champs.starter_table import table_of
from core.competition import Competition
from core.dataset import Dataset
from core.decision import Decision
from core.edition import Edition, HostRef
from core.errors import Refusal
from core.exhibit import Exhibit
from core.folds import Folds
from core.forecast import Forecast
from core.listener import Listener
from core.member import Member
from core.objective import Objective
from core.outcome import Outcome
from core.predictions import MemberPredictions
from core.reading import read_csv
from core.submission import Layout
from core.table import Table, join_ids

WIN = "win_probability"
FILES = ("races.csv", "riders.csv", "startlists.csv", "sample_submission.csv")


class WorldChamps(Competition):
    """Who finishes in front: NDCG of the first ten, race by race; PosX = exp(-0.1815 (place - 1)) is learnt."""

    slug = "world-champs"
    host = HostRef("none")
    editions = (
        Edition(
            "road-2013-2022",
            metric=PLACES,
            files=("results.parquet", *FILES),
            optional_columns=(WIN,),
            optional_per=EVENT,
        ),
        Edition("own", metric=PLACES, files=("results.csv", *FILES), optional_columns=(WIN,), optional_per=EVENT),
    )

    def load(self, folder: Path) -> Dataset:
        records = read_records(folder)
        sample = read_csv(folder / "sample_submission.csv", text=(EVENT, RIDER), unique=(EVENT, RIDER))
        if list(sample.columns) != [EVENT, RIDER, "score"]:
            raise Refusal(
                f"{folder / 'sample_submission.csv'}, row 1: the columns are {', '.join(map(str, sample.columns))}",
                "use the official file",
                expected=f"{EVENT},{RIDER},score",
            )
        starters = read_starters(folder / "startlists.csv", records)
        known = learnt(records)
        if known.empty:
            raise Refusal(
                f"{folder}: no one-day race of a class that is learnt from, {WARM_UP} days after the first result",
                "give results of more than one season",
                expected=f"classes {', '.join(FITTED_CLASSES)}",
            )
        everybody = pd.concat([known[[EVENT, RIDER]], starters], ignore_index=True)
        table = table_of(records, everybody)
        fitted, test = table.take(np.arange(len(known))), table.take(np.arange(len(known), len(everybody)))
        y = pd.Series(posx_of(known["position"]), index=fitted.ids, name="posx")
        fitted = Table(fitted.X, y, fitted.keys)
        ids = join_ids(sample, (EVENT, RIDER))
        if set(ids) != set(test.ids):
            raise Refusal(
                f"{folder}: startlists.csv and sample_submission.csv name other riders", "use both of one edition"
            )
        return Dataset(
            fit=fitted,
            score=fitted.take(np.flatnonzero(is_scored(known, records))),
            test=test,
            outputs=("posx",),
            sample_submission=sample,
            id_columns=(EVENT, RIDER),
        )

    def load_test(self, folder: Path, outputs: Sequence[str]) -> Table:
        records = read_records(folder)
        return table_of(records, read_starters(folder / "startlists.csv", records))

    def schemes(self, dataset: Dataset) -> list[Folds]:
        return [seasons(dataset)]

    def objective(self, dataset: Dataset, pilot: Callable[..., MemberPredictions]) -> Objective:
        last, first = dataset.fit.keys["day"].max(), dataset.test.keys["day"].min()
        notes: tuple[str, ...] = () if torch_is_installed() else ("networks are left out: torch is not installed",)
        if last >= first:
            said = (
                "the models that predict the test are fitted on all races, those after a test race too (features never"
            )
            notes += (f"{said} read later results); scores are of models fitted on earlier years alone",)
        return Objective(self.edition.metric, per=EVENT, notes=notes)

    def members(self, dataset: Dataset) -> list[Member]:
        return roster(tuple(column for column in dataset.fit.X.columns if column not in NAMES))

    def decision(self) -> Decision | None:
        return RaceTemperature()

    def finish(self, predictions: pd.DataFrame, test: Table, layout: Layout) -> pd.DataFrame:
        """Log strengths as scores, and the probabilities to win that follow from them."""
        score = predictions.iloc[:, 0]
        wins = score.groupby(test.keys[EVENT].to_numpy()).transform(lambda race: win_probabilities(race.to_numpy()))
        answer = super().finish(predictions.set_axis(layout.value_columns, axis=1), test, layout)
        return answer.assign(**{WIN: wins.to_numpy()})

    def extras(self, outcome: Outcome) -> list[Exhibit]:
        return explain(outcome)

    def forecast(
        self, asked: Mapping[str, Path], data: Path, model: Callable[[Table], pd.DataFrame], decision: Decision | None
    ) -> Forecast:
        """The first ten of a race to come, from a start list and a race card."""
        temperature = decision if isinstance(decision, RaceTemperature) else RaceTemperature()
        return forecast(
            read_records(data),
            asked["startlist"],
            asked["race"],
            data,
            lambda table: model(table).iloc[:, 0],
            temperature,
        )

    def backtest(self, data: Path, *, members: Sequence[str], seed: int, threads: int, listener: Listener) -> Forecast:
        """Every year from earlier races alone, beside the source's network and the points of a season."""
        records = read_records(data)
        starters = read_starters(data / "startlists.csv", records)
        withheld_from = int(records.events["day"][starters[EVENT].unique()].min())
        found = backtest(
            records, withheld_from, seed=seed, threads=threads, step=listener.step, members=members_of(members)
        )
        notes = (
            "up to the first race of the test, half of the scored races at a time are withheld from history, as the"
            " test withholds them; World Championships always",
        )
        return Forecast("World Champs, back-test", found.rows, exhibits(found, records), notes)

    def sample(self, folder: Path, seed: int = 0) -> None:
        write_sample(folder, seed)
