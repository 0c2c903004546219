"""Small data of the layout, by files and in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from competitions.class_imbalance.competition import ID, SUFFIX, TARGET
from competitions.class_imbalance.validation import with_validation
from core.dataset import Dataset, tabular_table
from core.folds import Fold, Folds
from core.metrics import LOG_LOSS
from core.objective import Objective
from core.outcome import Outcome
from core.predictions import MemberPredictions
from core.priors import Prior, class_shares, correct_prior, prior_weights
from core.table import Table

#: Not in the order of the alphabet.
CLASSES = ["sick", "well", "ill"]
COUNTS = {"sick": 10, "well": 40, "ill": 10}


def features(rows, rng):
    return {"number": rng.normal(size=rows).round(3), "name": rng.choice(["TL", "TR"], rows)}


def frames():
    """The files of a tiny edition by their names; the features tell nothing."""
    rng = np.random.default_rng(0)
    labels = [name for name in sorted(COUNTS) for _ in range(COUNTS[name])]
    truth = ["sick"] * 4 + ["well"] * 4 + ["ill"] * 2
    validation = pd.DataFrame({ID: [f"0{k}" for k in range(10)], **features(10, rng)})
    test = pd.DataFrame({ID: [f"t{k}" for k in range(6)], **features(6, rng)})
    sample = test[[ID]].assign(**{name + SUFFIX: 1 / 3 for name in CLASSES})
    return {
        "train": pd.DataFrame({ID: [f"r{k:03d}" for k in range(60)], **features(60, rng), TARGET: labels}),
        "validation": validation,
        "validation_ground_truth": pd.DataFrame({ID: validation[ID], TARGET: truth}),
        "test": test,
        "sample_submission": sample.iloc[::-1],
    }


def written(folder, without=(), **changed):
    folder.mkdir(exist_ok=True)
    for name, frame in {**frames(), **changed}.items():
        if name not in without:
            frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def no_pilot(name):
    raise AssertionError("no pilot is needed")


def drawn(counts: Mapping[str, int], seed: int, prefix: str, apart: float = 2.0) -> pd.DataFrame:
    """Rows of each class whose feature `x` is normal around 0, `apart`, 2 `apart`, …, in random order."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation([name for name, count in counts.items() for _ in range(count)])
    centre = {name: apart * number for number, name in enumerate(counts)}
    x = rng.normal([centre[name] for name in labels])
    ids = [f"{prefix}{number}" for number in range(len(labels))]
    return pd.DataFrame({ID: ids, "x": x, "noise": rng.normal(size=len(labels)), TARGET: labels})


def world(
    train: Mapping[str, int],
    test: Mapping[str, int],
    validation: Mapping[str, int] | None = None,
    apart: float = 2.0,
    seed: int = 0,
) -> Dataset:
    """Data of classes that are drawn alike in all files; the outputs are the classes of train."""
    frame, new = drawn(train, seed, "r", apart), drawn(test, seed + 1, "t", apart).drop(columns=TARGET)
    sample = new[[ID]].assign(**{name + SUFFIX: 1 / len(train) for name in train})
    dataset = Dataset.tabular(frame, new, sample, target=TARGET, id_columns=[ID], outputs=list(train))
    if validation is None:
        return with_validation(dataset, None, "train.csv", "validation.csv")
    labelled = drawn(validation, seed + 2, "v", apart)
    table = tabular_table(labelled, ["x", "noise"], [ID], target=TARGET)
    return with_validation(dataset, table, "train.csv", "validation.csv")


class ExactPilot:
    """Posteriors of `world` under the class shares of the fitted rows; it counts who is asked for."""

    def __init__(self, dataset: Dataset, apart: float = 2.0, rows: Sequence[int] | None = None) -> None:
        self.asked: list[str] = []
        self.dataset, self.apart, self.rows = dataset, apart, rows

    def __call__(self, name: str, **params: object) -> MemberPredictions:
        self.asked.append(name)
        said = self.said(self.dataset.score)
        if self.rows is not None:  # only these were predicted out of fold
            said = np.where(np.isin(np.arange(len(said)), self.rows)[:, None], said, np.nan)
        return MemberPredictions({0: said}, {0: self.said(self.dataset.test)})

    def said(self, table: Table) -> np.ndarray:
        outputs = self.dataset.outputs
        density = norm.pdf(table.X["x"].to_numpy()[:, None] - self.apart * np.arange(len(outputs)))
        even = density / density.sum(axis=1, keepdims=True)
        return correct_prior(even, np.ones(len(outputs)), class_shares(self.dataset.fit.labels(), outputs))


def outcome(
    labels: Sequence[str],
    validation: Sequence[int],
    folds: Sequence[Sequence[int]],
    members: Mapping[str, np.ndarray],
    nested: np.ndarray,
    *,
    classes: Sequence[str],
    priors: Sequence[Prior] = (),
    weighted: bool = True,
    fitted: Sequence[int] | None = None,
    test_rows: int = 4,
) -> Outcome:
    """What a run came to, by hand; the first prior weighs the rows.

    Parameters
    ----------
    validation: which rows came from the validation file.
    folds: the rows that each scores.
    """
    ids = pd.Index([f"r{number}" for number in range(len(labels))])
    part = np.where(np.isin(np.arange(len(labels)), list(validation)), "validation", "train")
    X = pd.DataFrame({"x": 0.0}, index=ids)
    table = Table(X, pd.Series(list(labels), index=ids), pd.DataFrame({"part": part}, index=ids))
    new = Table(pd.DataFrame({"x": 0.0}, index=[f"t{number}" for number in range(test_rows)]))
    sample = pd.DataFrame({ID: new.ids, **dict.fromkeys(classes, 0.5)})
    dataset = Dataset(table, table, new, tuple(classes), sample, (ID,))
    scheme = Folds(
        "by hand",
        tuple(
            Fold(str(number), np.setdiff1d(np.arange(len(labels)), rows), np.asarray(rows), np.array([], dtype=int))
            for number, rows in enumerate(folds)
        ),
        "nothing",
    )
    weight = prior_weights(table.labels(), classes, priors[0].shares) if weighted else None
    objective = Objective(LOG_LOSS, weight, priors=tuple(priors))
    return Outcome(
        dataset=dataset,
        objective=objective,
        judge=objective.judge(dataset),
        folds=scheme,
        fitted=tuple(range(len(folds)) if fitted is None else fitted),
        members=members,
        baselines=frozenset(),
        blended=frozenset(members),
        nested=nested,
        test=np.full((test_rows, len(classes)), 1 / len(classes)),
    )
