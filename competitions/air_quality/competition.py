"""Air quality: daily PM2.5 where there is no sensor, from satellite, weather and what other places measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pandas as pd

from competitions.air_quality.extras import explain
from competitions.air_quality.features import features
from competitions.air_quality.intervals import Intervals
from competitions.air_quality.keys import CITY_UNSEEN, REGIME, REGIMES, keys_of, regime_of
from competitions.air_quality.members import roster
from competitions.air_quality.observations import Observations
from competitions.air_quality.page import write_page
from competitions.air_quality.product import product_of
from competitions.air_quality.reading import read_observations, read_sample, read_train_and_test
from competitions.air_quality.regimes import diagnostic, headline, row_weights, scored_table
from competitions.air_quality.sample import write_sample
from competitions.air_quality.schema import AIRQO_2024, ZINDI_2020, Schema, read_schema
from core.competition import Competition
from core.dataset import Dataset
from core.decision import Decision
from core.edition import Edition, HostRef, Option
from core.errors import Refusal
from core.exhibit import Exhibit
from core.folds import Folds
from core.member import Member
from core.metrics import RMSE
from core.objective import Objective
from core.outcome import Outcome
from core.predictions import MemberPredictions
from core.submission import ValueRules
from core.table import Table

SCHEMA_FILE = "air-quality.toml"
NOT_NEGATIVE = ValueRules(minimum=0.0)
OFFICIAL = ("Train.csv", "Test.csv", "SampleSubmission.csv")


class AirQuality(Competition):
    """RMSE of daily PM2.5 at places without sensors: in cities that have other sensors, and in cities without any."""

    slug = "air-quality"
    host = HostRef("zindi", "airqo-african-air-quality-prediction-challenge")
    editions = (
        Edition("airqo-2024", metric=RMSE, files=OFFICIAL, rules=NOT_NEGATIVE),
        Edition("zindi-2020", metric=RMSE, files=OFFICIAL, rules=NOT_NEGATIVE),
        Edition("custom", metric=RMSE, files=(SCHEMA_FILE,), rules=NOT_NEGATIVE),
    )
    settings: ClassVar[Mapping[str, Option]] = {
        "mode": Option("historical: inputs of later days are read too; forecast: of the day and earlier ones alone",
                       "historical"),
        "geometry": Option("keep or drop the angles and the altitude of the satellite, which tell places apart",
                           "keep"),
    }  # fmt: skip
    regime = REGIME

    def __init__(self, edition: str | None = None, options: Mapping[str, str] | None = None) -> None:
        super().__init__(edition, options)
        for name, known in (("mode", ("historical", "forecast")), ("geometry", ("keep", "drop"))):
            if self.options[name] not in known:
                said = f"--option {name}={self.options[name]}"
                raise Refusal(said, "use one of those", expected=" or ".join(known))
        self.notes: tuple[str, ...] = ()

    @classmethod
    def recognise(cls, folder: Path) -> str:
        """As every competition does; whoever says what the columns are means it, and two editions have files of the
        same names and are told apart by their ids."""
        if (folder / SCHEMA_FILE).exists():
            return "custom"
        found = super().recognise(folder)
        if found != "airqo-2024":
            return found
        with (folder / "Train.csv").open(encoding="utf-8", errors="replace") as file:
            return "zindi-2020" if ZINDI_2020.place in file.readline() else found

    def schema(self, folder: Path) -> Schema:
        """Which columns say what, of the edition."""
        if self.edition.name == "custom":
            return read_schema(folder / SCHEMA_FILE)
        return ZINDI_2020 if self.edition.name == "zindi-2020" else AIRQO_2024

    def load(self, folder: Path) -> Dataset:
        schema = self.schema(folder)
        train, test, self.notes = read_train_and_test(folder, schema)
        train = train.in_order()  # what is fitted does not depend on the order of a file
        fit, tested = self._tables(train, test, schema)
        there = set(tested.keys[REGIME])
        regimes = [regime for regime in REGIMES if regime in there]
        if len(regimes) == 1:  # a plain table: every row is scored under the one regime
            fit = replace(fit, keys=fit.keys.assign(**{REGIME: regimes[0]}))
        sample = read_sample(folder, schema, test)
        return Dataset(
            fit=fit,
            score=fit if len(regimes) == 1 else scored_table(fit, regimes),
            test=tested,
            outputs=(schema.target,),
            sample_submission=sample,
            id_columns=(str(sample.columns[0]),),
        )

    def _tables(self, train: Observations, test: Observations, schema: Schema) -> tuple[Table, Table]:
        """Features are of the inputs of all rows; no label is among them."""
        X = self._features(Observations.concat([train, test]))
        keys, tested_keys = keys_of(train, schema.unit), keys_of(test, schema.unit)
        tested_keys[REGIME] = regime_of(tested_keys, keys)
        assert train.target is not None
        fit = Table(X.iloc[: len(train)], train.target.rename(schema.target), keys)
        return fit, Table(X.iloc[len(train) :], None, tested_keys)

    def _features(self, seen: Observations) -> pd.DataFrame:
        return features(seen, mode=self.options["mode"], geometry=self.options["geometry"] == "keep")

    def load_test(self, folder: Path, outputs: Sequence[str]) -> Table:
        """New rows; the regime of each is told by the run (see `recognised`)."""
        schema = self.schema(folder)
        if (folder / schema.train).exists():  # the same inputs of the same places as in `load`
            train, test, _ = read_train_and_test(folder, schema)
            return self._tables(train, test, schema)[1]
        seen = read_observations(folder, schema, "test")
        return Table(self._features(seen), None, keys_of(seen, schema.unit).assign(**{REGIME: CITY_UNSEEN}))

    def recognised(self, test: Table, decision: Decision | None) -> Table:
        """What is known of the place of each new row, by the places and cities that the run was fitted on."""
        if not isinstance(decision, Intervals):
            return test
        known = decision.known
        return replace(test, keys=test.keys.assign(**{REGIME: regime_of(test.keys, known)}))

    def schemes(self, dataset: Dataset) -> list[Folds]:
        return [headline(dataset), *diagnostic(dataset)]

    def objective(self, dataset: Dataset, pilot: Callable[..., MemberPredictions]) -> Objective:
        shares = dataset.test.keys[REGIME].value_counts(normalize=True)
        said = ", ".join(f"{regime} {share:.0%}" for regime, share in shares.items())
        return Objective(
            self.edition.metric,
            row_weights(dataset),
            notes=(f"what is known of the places of the test: {said}; each is scored by folds of its own", *self.notes),
        )

    def members(self, dataset: Dataset) -> list[Member]:
        return roster(dataset)

    def decision(self) -> Decision | None:
        return Intervals()

    def extras(self, outcome: Outcome) -> list[Exhibit]:
        return explain(outcome)

    def product(
        self, predictions: pd.DataFrame, test: Table, decision: Decision | None, model_id: str
    ) -> pd.DataFrame | None:
        """Each prediction with its interval and class of air quality; none of a run of one fold, without intervals."""
        if not isinstance(decision, Intervals):
            return None
        return product_of(predictions.iloc[:, 0], test, decision, model_id)

    def dashboard(
        self,
        dataset: Dataset,
        answer: pd.DataFrame,
        nested: pd.DataFrame,
        decision: Decision | None,
        exhibits: Sequence[Exhibit],
        model_id: str,
        path: Path,
    ) -> None:
        """A page with a map: the test rows as they are predicted, and train rows as if they had not been measured."""
        if not isinstance(decision, Intervals):
            raise Refusal(f"run {model_id} has no intervals: it scored one fold", "make a run of all folds")
        write_page(dataset, answer, nested, decision, exhibits, model_id, path)

    def sample(self, folder: Path, seed: int = 0) -> None:
        write_sample(folder, seed)
