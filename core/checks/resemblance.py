"""How well a model tells the two sides of a split: train from test, and fitted from scored rows of each scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.checks.cells import Array, Rows
from core.checks.single import halves_of
from core.checks.view import View
from core.folds import Folds

#: Schemes compared, splits averaged for each where rows are many, and rounds of the model.
SCHEMES, SPLITS, ROUNDS = 5, 2, 12


@dataclass(frozen=True)
class Told:
    """How well two sides are told apart.

    Parameters
    ----------
    name: of the scheme; "test" for train and test.
    area: under the curve, on rows that the model did not see; 0.5 is a guess.
    error: its standard error.
    columns: shares of the gain of the columns that tell, largest first.
    """

    name: str
    area: float
    error: float
    columns: tuple[tuple[str, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "area": self.area, "standard_error": self.error, "columns": dict(self.columns)}


@dataclass(frozen=True)
class Resemblance:
    """Train against test, and each scheme's own split, told by equal models on equally many rows.

    Parameters
    ----------
    test: None where there are too few rows or columns.
    schemes: the headline first.
    """

    test: Told | None
    schemes: tuple[Told, ...] = ()

    @property
    def closest(self) -> str | None:
        """The scheme whose area is nearest to that of the test; the headline where none is clearly nearer."""
        if self.test is None or not self.schemes:
            return None
        headline = self.schemes[0]
        best = min(self.schemes, key=lambda told: _apart(told, self.test))  # type: ignore[arg-type]
        return best.name if self.clearly_nearer(best, headline) else headline.name

    def to_json(self) -> dict[str, Any]:
        return {
            "test": None if self.test is None else self.test.to_json(),
            "schemes": [told.to_json() for told in self.schemes],
            "closest": self.closest,
        }

    def clearly_nearer(self, one: Told, other: Told) -> bool:
        """Whether one scheme's area is nearer to the test's than another's, by 0.05 and three standard errors."""
        assert self.test is not None
        gain = _apart(other, self.test) - _apart(one, self.test)
        return gain > max(0.05, 3 * float(np.hypot(one.error, other.error)))


def _apart(one: Told, other: Told) -> float:
    """How far two areas lie apart; less than a guess is a guess."""
    return abs(max(0.5, one.area) - max(0.5, other.area))


def resemblance(view: View) -> Resemblance:
    """Adversarial validation by small LightGBM models, cross-fitted in two halves.

    For train against test, and for a fold of each of the first five schemes, rows/4 rows of either side are told apart
    (from 5,000 rows on two draws, from two folds), so that all areas come from models that learnt from equally many
    rows. The standard error is that of Hanley and McNeil (1982), or the spread over the draws where that is larger.
    Bins of the values are shared by all fits: they know no side.
    """
    if not view.columns or len(view.stacked("test")) == 0:
        return Resemblance(None)
    side = min(max(20, view.rows // 4), len(view.stacked("fit")) // 2, len(view.stacked("test")) // 2)
    if side < 10:
        return Resemblance(None)
    splits = SPLITS if view.rows >= 5_000 else 1
    draws = {"test": [_draw(view, view.stacked("fit"), view.stacked("test"), side, f"test{k}") for k in range(splits)]}
    schemes: dict[str, Folds] = {}
    for scheme in view.schemes[:SCHEMES]:
        schemes.setdefault(scheme.name, scheme)
    for name, scheme in schemes.items():
        draws[f"scheme {name}"] = _of_folds(view, scheme, side, splits)
    judge = _Judge(view, [rows for pairs in draws.values() for pair in pairs for rows in pair])
    test = judge.told("test", draws["test"])
    told = [judge.told(name, draws[f"scheme {name}"]) for name in schemes if draws[f"scheme {name}"]]
    return Resemblance(test, tuple(told))


def _draw(view: View, one: Rows, other: Rows, side: int, tag: str) -> tuple[Rows, Rows]:
    return view.sample(one, side, tag + "a"), view.sample(other, side, tag + "b")


def _of_folds(view: View, scheme: Folds, side: int, splits: int) -> list[tuple[Rows, Rows]]:
    chosen = np.linspace(0, len(scheme) - 1, min(splits, len(scheme))).astype(int)
    pairs = []
    for number in chosen:
        fold = scheme.folds[number]
        fit, score = view.stacked("fit", fold.fit), view.stacked("score", fold.score)
        if min(len(fit), len(score)) >= 10:
            pairs.append(_draw(view, fit, score, side, f"{scheme.name}{number}"))
    return pairs


class _Judge:
    """One binned table for all fits."""

    def __init__(self, view: View, rows: Sequence[Rows]) -> None:
        import lightgbm

        self.columns, self.rng = view.columns, view.rng("halves")
        self.rows = np.unique(np.concatenate(rows))
        cells = view.cells[:, self.rows]
        cells[np.isinf(cells)] = np.nan
        self.matrix = np.ascontiguousarray(cells.T)
        self.parameters = {
            "objective": "binary",
            "learning_rate": 0.2,
            "num_leaves": 5,
            "min_child_samples": 5,
            "min_child_weight": 1e-3,
            "lambda_l2": 1.0,
            "max_bin": 31,
            "bin_construct_sample_cnt": 2_000,
            "min_data_in_bin": 1,
            "feature_pre_filter": False,
            "seed": view.seed,
            "num_threads": view.threads,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }
        self.data = lightgbm.Dataset(self.matrix, np.zeros(len(self.rows)), params=self.parameters, free_raw_data=False)
        self.data.construct()

    def told(self, name: str, pairs: Sequence[tuple[Rows, Rows]]) -> Told:
        areas, errors, gains = [], [], np.zeros(len(self.columns))
        for one, other in pairs:
            area, error, gain = self._two_halves(one, other)
            areas.append(area)
            errors.append(error)
            gains += gain
        error = float(np.sqrt(np.square(errors).sum()) / len(errors))
        spread = float(np.std(areas, ddof=1) / np.sqrt(len(areas))) if len(areas) > 1 else 0.0
        shares = gains / gains.sum() if gains.sum() > 0 else gains
        order = np.argsort(-shares, kind="stable")[:5]
        columns = tuple((str(self.columns[k]), float(shares[k])) for k in order if shares[k] > 0)
        return Told(name, float(np.mean(areas)), max(error, spread), columns)

    def _two_halves(self, one: Rows, other: Rows) -> tuple[float, float, Array]:
        """Area, standard error and gains by column of models cross-fitted on two halves."""
        import lightgbm

        rows = np.searchsorted(self.rows, np.concatenate([one, other]))
        label = np.repeat([0.0, 1.0], [len(one), len(other)])
        # By lot: every other row would follow what comes in turns along a file.
        halves = halves_of(label.astype(np.intp), self.rng)
        areas, errors, gains = [], [], np.zeros(len(self.columns))
        for learn in (halves, ~halves):
            order = np.argsort(rows[learn], kind="stable")  # a subset must be in order
            data = self.data.subset(rows[learn][order]).construct()
            data.set_label(label[learn][order])
            model = lightgbm.train(self.parameters, data, num_boost_round=ROUNDS)
            told = np.asarray(model.predict(self.matrix[rows[~learn]], num_threads=self.parameters["num_threads"]))
            truth = label[~learn]
            area = _area(truth, told)
            areas.append(area)
            errors.append(_error(area, int(truth.sum()), int((1 - truth).sum())))
            gains += model.feature_importance("gain")
        return float(np.mean(areas)), float(np.sqrt(np.square(errors).sum()) / 2), gains


def _area(truth: Array, told: Array) -> float:
    from scipy.stats import rankdata

    ranks, positive = rankdata(told), truth > 0
    count = int(positive.sum())
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(truth) - count)))


def _error(area: float, positive: int, negative: int) -> float:
    """The standard error of an area under the curve (Hanley and McNeil 1982)."""
    one, other = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (positive - 1) * (one - area**2) + (negative - 1) * (other - area**2)
    return float(np.sqrt(max(variance, 0.25 / max(positive, negative)) / (positive * negative)))
