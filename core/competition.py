"""What a competition must say, and what it may."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pandas as pd

from core.dataset import Dataset
from core.decision import Decision
from core.edition import Edition, HostRef, Option
from core.errors import Refusal
from core.estimators.constant import ConstantClassifier, ConstantRegressor
from core.exhibit import Exhibit
from core.folds import Folds
from core.forecast import Forecast
from core.listener import Listener
from core.member import Member
from core.objective import Objective
from core.outcome import Outcome
from core.predictions import MemberPredictions
from core.submission import Layout
from core.table import Table


class Competition(ABC):
    """A competition. A plain tabular one writes `load`, `schemes` and `members`; all else has defaults.

    Anything fitted lives in an estimator, a pre-training step or a `Decision`, so that it is fitted anew
    wherever honesty demands it.

    Attributes
    ----------
    slug: its name on the command line; its folder is the slug with underscores.
    host: where it is held.
    editions: its years; the first that a folder's files fit is taken.
    settings: options the user may give.
    regime: a key of score and test rows whose values may need blends of their own, such as whether a group is known.
    """

    slug: ClassVar[str]
    host: ClassVar[HostRef] = HostRef("none")
    editions: ClassVar[tuple[Edition, ...]]
    settings: ClassVar[Mapping[str, Option]] = {}
    regime: ClassVar[str | None] = None

    def __init__(self, edition: str | None = None, options: Mapping[str, str] | None = None) -> None:
        """Take an edition by name (default: the first) and the user's options.

        Raises
        ------
        Refusal: an edition or an option that the competition does not have.
        """
        by_name = {found.name: found for found in self.editions}
        if edition is not None and edition not in by_name:
            raise Refusal(f"{self.slug} has no edition {edition!r}", "use one of those", expected=", ".join(by_name))
        self.edition = by_name[edition] if edition else self.editions[0]
        unknown = sorted(set(options or {}) - set(self.settings))
        if unknown:
            known = ", ".join(self.settings) or "none"
            raise Refusal(f"{self.slug} has no option {unknown[0]!r}", "see `podium info`", expected=known)
        self.options = {name: (options or {}).get(name, option.default) for name, option in self.settings.items()}

    @classmethod
    def recognise(cls, folder: Path) -> str:
        """The name of the first edition whose files are all in the folder.

        Raises
        ------
        Refusal: no folder, or files of no edition.
        """
        if not folder.is_dir():
            raise Refusal(f"{folder}: no such folder", f"name the folder of {cls.slug}'s files with --data")
        for edition in cls.editions:
            if all((folder / name).exists() for name in edition.files):
                return edition.name
        expected = "; or ".join(f"{edition.name}: {', '.join(edition.files)}" for edition in cls.editions)
        there = sorted(path.name for path in folder.iterdir())
        raise Refusal(
            f"{folder}: not the files of any edition of {cls.slug}; there are: {', '.join(there[:8]) or 'none'}",
            "name the folder that holds them with --data",
            expected=expected,
        )

    # --- what every competition says

    @abstractmethod
    def load(self, folder: Path) -> Dataset:
        """Read the folder. `Dataset.tabular` does most of it for a plain table."""

    @abstractmethod
    def schemes(self, dataset: Dataset) -> list[Folds]:
        """Ways to validate; the first is the headline, the others are diagnostic."""

    @abstractmethod
    def members(self, dataset: Dataset) -> list[Member]:
        """Models that take part, cheapest first."""

    # --- what it may say

    def objective(self, dataset: Dataset, pilot: Callable[..., MemberPredictions]) -> Objective:
        """What to do well; asked once, before tuning.

        Parameters
        ----------
        pilot: `(member, **parameters) -> predictions` on the headline folds under the plain metric of the edition,
            fitted when first asked for.
        """
        return Objective(self.edition.metric)

    def decision(self) -> Decision | None:
        """A new, unfitted decision to take after the blend."""
        return None

    def load_test(self, folder: Path, outputs: Sequence[str]) -> Table:
        """New rows to predict with a finished run; training files need not be there if this is overridden."""
        return self.load(folder).test

    def finish(self, predictions: pd.DataFrame, test: Table, layout: Layout) -> pd.DataFrame:
        """Turn predictions (ids × outputs) into the columns of an answer; rows in any order.

        The default names each output's column like the output. Where there are two outputs and the host
        wants one column, it is the second output: the probability of the positive class. An id of several
        columns is taken from the keys of the test rows.
        """
        values = predictions
        if len(layout.value_columns) == 1 and predictions.shape[1] == 2:
            values = predictions.iloc[:, [1]].set_axis(layout.value_columns, axis=1)
        if len(layout.id_columns) == 1:
            ids = pd.DataFrame({layout.id_columns[0]: predictions.index}, index=predictions.index)
        else:
            ids = test.keys[list(layout.id_columns)]
        return pd.concat([ids, values], axis=1)

    def recognised(self, test: Table, decision: Decision | None) -> Table:
        """New rows with what only a finished run knows of them, such as whether it was fitted on their group.

        Parameters
        ----------
        test: of `load_test`.
        decision: of the run.
        """
        return test

    def product(
        self, predictions: pd.DataFrame, test: Table, decision: Decision | None, model_id: str
    ) -> pd.DataFrame | None:
        """What `podium predict` tells of new rows besides the host's columns; None for those columns alone.

        Parameters
        ----------
        predictions: decided, ids × outputs.
        model_id: names the run.
        """
        return None

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
        """Write a page to look at predictions of a finished run.

        Parameters
        ----------
        answer: the submission of the run.
        nested: predictions of the score rows by models and blends that did not see them, ids × outputs.
        exhibits: of the run.
        """
        raise Refusal(f"{self.slug} has no dashboard", "podium report RUN writes the page that every run has")

    def extras(self, outcome: Outcome) -> list[Exhibit]:
        """Tables that explain the run, asked for once it is decided; a fault in them costs the run nothing."""
        return []

    def forecast(
        self, asked: Mapping[str, Path], data: Path, model: Callable[[Table], pd.DataFrame], decision: Decision | None
    ) -> Forecast:
        """Answer a question that `podium predict` was asked with files of its own; see `questions.py` of a competition.

        Parameters
        ----------
        asked: the files, by the name of their option.
        data: the folder of the competition's files.
        model: predictions of a finished run after its decision, by id, for rows like those of `load_test`.
        decision: that of the run.
        """
        raise Refusal(f"{self.slug} takes no questions", "give a folder with rows to predict: --data DIR")

    def backtest(self, data: Path, *, members: Sequence[str], seed: int, threads: int, listener: Listener) -> Forecast:
        """Forecast the past from what came before it.

        Parameters
        ----------
        data: the folder of the competition's files.
        members: that are fitted; none for the competition's own choice.
        threads: for each fit.
        listener: told of each.
        """
        raise Refusal(f"{self.slug} has no back-test", "the scores of a run say how good it is: podium show RUN")

    def sample(self, folder: Path, seed: int = 0) -> None:
        """Write a small synthetic data set in the official layout into a folder."""
        raise Refusal(f"{self.slug} makes no sample data", "name a folder with --data")

    # --- what follows from it

    def roster(self, dataset: Dataset, objective: Objective) -> list[Member]:
        """The members, and a constant answer as baseline where none of them is one."""
        members = self.members(dataset)
        if any(member.baseline for member in members):
            return members
        return [_constant(objective), *members]


def _constant(objective: Objective) -> Member:
    metric = objective.metric
    if metric.truth == "class":
        return Member("constant", lambda params, seed: ConstantClassifier(), baseline=True, seeded=False)
    statistic = metric.best_constant
    return Member("constant", lambda params, seed: ConstantRegressor(statistic), baseline=True, seeded=False)
