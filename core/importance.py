"""Which columns a member's answers hang on: permutation importance on rows that its models have not seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from core.budget import Budget
from core.cache import MANIFEST, damage_of
from core.context import PredictContext, asks_for
from core.dataset import Dataset
from core.errors import Refusal
from core.estimators.saving import load_estimator
from core.jobs import predict_matrix
from core.member import Member
from core.objective import Judge, Score
from core.run import RunFolder
from core.table import Table

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Held-out rows that are looked at, and those of the first glance at every column.
MOST_ROWS, GLANCE_ROWS = 2000, 500
#: Columns that are measured in full: those with the most to show at the first glance.
MOST_COLUMNS = 60
REPEATS = 3
#: Rows of several shuffles that a model is asked for at once, at the first glance.
BATCH_ROWS = 2000


@dataclass(frozen=True)
class ColumnImportance:
    """How much worse the score becomes where one column says nothing.

    Parameters
    ----------
    value: in units of the metric; positive where the column helps, whichever way the metric goes.
    standard_error: over folds, NaN for a single one.
    """

    column: str
    value: float
    standard_error: float


@dataclass(frozen=True)
class Importance:
    """The importance of columns to one member.

    Parameters
    ----------
    member, seed: whose fold models were asked.
    rows, folds: how many held-out rows, of how many folds.
    repeats: shuffles of each column in each fold.
    columns: those measured in full, the most important first.
    glanced: columns with one shuffle on few rows and less to show for it than those measured in full.
    left_out: columns that the clock left no time for.
    """

    member: str
    seed: int
    rows: int
    folds: int
    repeats: int
    columns: tuple[ColumnImportance, ...]
    glanced: int
    left_out: int

    def to_json(self) -> dict[str, Any]:
        """For run.json, which knows no NaN."""
        state = asdict(self)
        for column in state["columns"]:
            error = column["standard_error"]
            column["standard_error"] = error if np.isfinite(error) else None
        return state

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Importance:
        columns = tuple(
            ColumnImportance(
                part["column"],
                part["value"],
                float("nan") if part["standard_error"] is None else part["standard_error"],
            )
            for part in state["columns"]
        )
        return cls(**{**state, "columns": columns})


def permutation_importance(
    run: RunFolder,
    member: str,
    dataset: Dataset,
    judge: Judge,
    scored: Mapping[int, Rows],
    trusted: Collection[str],
    budget: Budget,
    seed: int = 0,
) -> Importance:
    """Shuffle one column at a time among held-out rows of a fold, and score the fold's model again (Breiman 2001).

    Every column is looked at once on few rows; then those with the most to show are measured on all rows that were
    drawn, with other shuffles, so that what chose them does not flatter them. A member that reads others is asked
    with theirs predicted anew from the shuffled rows. Where the clock ends it, the columns measured by then are those
    that count most.

    Columns that say the same stand in for one another: each may look useless where both together are not.

    Parameters
    ----------
    member: by name; its first seed is asked.
    dataset: that of the run; keys are left as they are.
    judge: what the run was scored by.
    scored: positions of the scored rows, by number of the fold.
    trusted: packages whose classes saved models may name.
    budget: ends it early.
    seed: of the rows drawn and the shuffles.

    Raises
    ------
    Refusal: saved fold models are missing or damaged, or no fold has a score.
    """
    names = list(dataset.score.X.columns)
    first = min(int(number) for number in run.record["models"][member])
    sample = drawn(judge, scored, MOST_ROWS, seed)
    with threadpool_limits(int(run.record.get("threads", 1))):
        folds = [_Fold(run, member, first, number, dataset, judge, trusted) for number in sample]
        large = [fold.held(rows) for fold, rows in zip(folds, sample.values(), strict=True)]
        if all(np.isnan(held.score) for held in large):
            raise Refusal("no fold has a score on the rows drawn", "the metric is undefined on so few rows")
        glance = drawn(judge, sample, GLANCE_ROWS, seed)
        small = [fold.held(glance[number]) for number, fold in zip(sample, folds, strict=True)]
        seen = _glanced(small, names, seed, budget)
        found: list[ColumnImportance] = []
        for place in sorted(seen, key=lambda place: -seen[place] if np.isfinite(seen[place]) else np.inf):
            if len(found) == MOST_COLUMNS or not budget.allows():
                break
            lost = _lost(large, [names[place]] * REPEATS, [seed, 1, place])
            found.append(ColumnImportance(str(names[place]), *_mean_and_error(lost)))
    wanted = min(len(names), MOST_COLUMNS)
    done_apart = len(seen) - wanted if len(found) == wanted else 0
    return Importance(
        member=member,
        seed=first,
        rows=int(sum(len(rows) for rows in sample.values())),
        folds=len(sample),
        repeats=REPEATS,
        columns=tuple(sorted(found, key=lambda column: -column.value)),
        glanced=done_apart,
        left_out=len(names) - len(found) - done_apart,
    )


def drawn(judge: Judge, scored: Mapping[int, Rows], most: int, seed: int) -> dict[int, Rows]:
    """At most so many rows, from each fold its share; whole groups where the metric is averaged per group.

    Rows that count nothing are not drawn. A fold keeps two rows at least, or one group however large.
    """
    rng = np.random.default_rng(seed)
    counted = {number: rows[judge.weight[rows] > 0] for number, rows in scored.items()}
    share = min(1.0, most / max(1, sum(len(rows) for rows in counted.values())))
    chosen = {}
    for number, rows in counted.items():
        if not len(rows):
            continue
        if judge.groups is None:
            chosen[number] = np.sort(rng.permutation(rows)[: max(2, int(share * len(rows)))])
            continue
        groups = rng.permutation(np.unique(judge.groups[rows]))
        sizes = np.cumsum([int((judge.groups[rows] == group).sum()) for group in groups])
        kept = groups[: max(1, int(np.searchsorted(sizes, share * len(rows), side="right")))]
        chosen[number] = rows[np.isin(judge.groups[rows], kept)]
    return chosen


def _glanced(held: Sequence[_Held], names: Sequence[Any], seed: int, budget: Budget) -> dict[int, float]:
    """What the score loses without each column, by its place: one shuffle on few rows, in half of the time at most."""
    at_once = max(1, BATCH_ROWS // max(1, *(len(part) for part in held)))
    seen: dict[int, float] = {}
    for first in range(0, len(names), at_once):
        if not budget.allows((budget.seconds or 0.0) / 2):
            break
        lost = _lost(held, names[first : first + at_once], [seed, 0, first])
        for place, by_fold in enumerate(lost.T, start=first):
            seen[place] = Score(tuple(by_fold)).value
    return seen


def _lost(held: Sequence[_Held], names: Sequence[Any], seed: Sequence[int]) -> Array:
    """What the score of each fold loses where each of the columns is shuffled, (folds, columns)."""
    return np.array([part.lost(names, np.random.default_rng([*seed, fold])) for fold, part in enumerate(held)])


def _mean_and_error(lost: Array) -> tuple[float, float]:
    """Of the folds, each being the mean of its shuffles."""
    score = Score(tuple(lost.mean(axis=1)))
    return score.value, score.standard_error


class _Fold:
    """The models of one fold: of a member and of those it reads."""

    def __init__(
        self,
        run: RunFolder,
        member: str,
        seed: int,
        number: int,
        dataset: Dataset,
        judge: Judge,
        trusted: Collection[str],
    ) -> None:
        self.run, self.member, self.seed, self.number = run, member, seed, number
        self.dataset, self.judge, self.trusted = dataset, judge, trusted
        self._models: dict[str, Any] = {}

    def held(self, rows: Rows) -> _Held:
        return _Held(self, self.dataset.score.take(rows), rows)

    def predict(self, name: str, table: Table) -> Array:
        """Predictions (rows, outputs) by a member's model of this fold, and by those it reads."""
        record, outputs = self.run.record, self.dataset.outputs
        needs = record.get("needs", {}).get(name, ())
        # By what the member calls them: in a blend of runs they may have other names.
        read = dict(needs) if isinstance(needs, Mapping) else {need: need for need in needs}
        step = record.get("pretrain", {}).get(name)
        context = PredictContext(
            keys=table.keys,
            outputs=outputs,
            upstream={
                called: pd.DataFrame(self.predict(need, table), index=table.ids, columns=list(outputs))
                for called, need in read.items()
            },
            pretrained=None if step is None else self._model(f"pretrain-{step}"),
            threads=int(record.get("threads", 1)),
        )
        member = Member(name, lambda params, seed: None, needs=tuple(read.values()))
        return predict_matrix(self._model(self._place(name)), member, table.X, self.judge.metric.reads, context)

    def reads_keys(self, name: str) -> bool:
        """Whether a member's model, or one that it reads, is told the keys of the rows that it predicts."""
        model = self._model(self._place(name))
        method = model.predict_proba if self.judge.metric.reads == "probabilities" else model.predict
        needs = self.run.record.get("needs", {}).get(name, ())
        read = needs.values() if isinstance(needs, Mapping) else needs
        return asks_for(method, "context") or any(self.reads_keys(need) for need in read)

    def _place(self, name: str) -> str:
        """Of a member's model: with the seed that is asked, or with the only one that it has."""
        seeds = {int(number) for number in self.run.record["models"][name]}
        return f"{name}/seed-{self.seed if self.seed in seeds else min(seeds)}/fold-{self.number}"

    def _model(self, path: str) -> Any:
        if path not in self._models:
            folder = self.run.models / path
            # Checked first: some libraries end the process on a damaged file.
            damage = damage_of(folder) if (folder / MANIFEST).exists() else None
            if damage is not None or not folder.is_dir():
                raise Refusal(f"the saved model {path} is {damage or 'not there'}", "run it again with --fresh")
            self._models[path] = load_estimator(folder, self.trusted)
        return self._models[path]


class _Held:
    """Held-out rows of one fold and their score."""

    def __init__(self, fold: _Fold, table: Table, rows: Rows) -> None:
        self.fold, self.table = fold, table
        self._scored = fold.judge.of(rows)
        self.score = self._scored(fold.predict(fold.member, table))

    def __len__(self) -> int:
        return len(self.table)

    def lost(self, names: Sequence[Any], rng: np.random.Generator) -> Array:
        """How much worse the score is where each of the columns is shuffled; NaN where the fold has no score."""
        if np.isnan(self.score):
            return np.full(len(names), np.nan)
        # All at once: for so few rows, most of what a prediction costs does not hang on their number.
        copies = [self._shuffled(name, rng, number) for number, name in enumerate(names)]
        if self.fold.reads_keys(self.fold.member):  # rows of one key in several copies are not rows of one key
            parts = [self.fold.predict(self.fold.member, copy) for copy in copies]
        else:
            together = Table(pd.concat([copy.X for copy in copies]), None, pd.concat([copy.keys for copy in copies]))
            parts = np.split(self.fold.predict(self.fold.member, together), len(names))
        sign = 1 if self.fold.judge.metric.higher_is_better else -1
        return np.array([sign * (self.score - self._scored(part)) for part in parts])

    def _shuffled(self, name: Any, rng: np.random.Generator, number: int) -> Table:
        """The rows with one column shuffled, under ids of their own."""
        ids = pd.Index([f"{row}~{number}" for row in self.table.ids], dtype=object, name=self.table.ids.name)
        X = self.table.X.copy(deep=False)
        X[name] = X[name].iloc[rng.permutation(len(X))].set_axis(X.index)
        return Table(X.set_axis(ids, axis=0), None, self.table.keys.set_axis(ids, axis=0))
