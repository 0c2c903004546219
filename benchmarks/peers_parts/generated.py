"""Generated sets that are unlike one another. A seed draws new rows and a new world, from 1000 on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.datasets import make_classification, make_friedman1, make_regression

from benchmarks.peers_parts.task import TARGET, WEIGHT, Task, outputs_of, split
from competitions.class_imbalance.sample import draw_sample, write_sample

#: Added to every seed: what tunes the defaults of Podium draws with smaller ones.
FIRST_SEED = 1000

TRAIN_PRIOR, TEST_PRIOR = (0.94, 0.06), (0.7, 0.3)
SHIFTED_ROWS = {"train": 4000, "test": 2000}


def friedman(seed: int) -> Task:
    """Regression: five of ten numbers count, by a product, a square and two lines (Friedman 1991)."""
    X, y = make_friedman1(3000, n_features=10, noise=1.0, random_state=FIRST_SEED + seed)
    return split("friedman", FIRST_SEED + seed, _frame(X).assign(**{TARGET: y}), "rmse", redrawn=True)


def wide(seed: int) -> Task:
    """Regression: few rows, many numbers, all of it linear; where boosting is at its worst."""
    X, y = make_regression(600, n_features=120, n_informative=30, noise=60.0, random_state=FIRST_SEED + seed)
    return split("wide", FIRST_SEED + seed, _frame(X).assign(**{TARGET: y}), "rmse", redrawn=True)


def categories(seed: int) -> Task:
    """Two classes, one label in ten wrong; numbers, holes in them, and codes of many values."""
    rng = np.random.default_rng(FIRST_SEED + seed)
    X, y = make_classification(
        4000,
        n_features=20,
        n_informative=9,
        n_redundant=3,
        n_clusters_per_class=4,
        flip_y=0.1,
        random_state=FIRST_SEED + seed,
    )
    frame = _frame(X)
    for number, values in ((0, 40), (1, 12), (2, 200), (5, 5)):
        # Codes in an order of their own: nothing but the rows tells which are near to one another.
        codes = pd.qcut(frame[f"x{number}"], values, labels=False).to_numpy()
        frame[f"x{number}"] = [f"code-{place}" for place in rng.permutation(values)[codes]]
    for number in (3, 4, 6):
        frame.loc[rng.random(len(frame)) < 0.15, f"x{number}"] = np.nan
    labelled = frame.assign(**{TARGET: np.where(y == 1, "yes", "no")})
    return split("categories", FIRST_SEED + seed, labelled, "roc_auc", redrawn=True)


def unseen_groups(seed: int) -> Task:
    """Regression: groups have levels of their own and numbers that give them away, but test groups are others."""
    rng = np.random.default_rng(FIRST_SEED + seed)
    groups, rows = 60, 40
    place = np.repeat(np.arange(groups), rows)
    known = rng.normal(size=(groups, 4))  # the same in all rows of a group
    level = known[:, 0] + rng.normal(0, 1.5, groups)
    X = rng.normal(size=(groups * rows, 8))
    y = level[place] + 1.2 * X[:, 0] * X[:, 1] + np.abs(X[:, 2]) + X[:, 3] + rng.normal(0, 1, groups * rows)
    frame = pd.DataFrame(np.column_stack([X, known[place]]), columns=[f"x{number}" for number in range(12)])
    frame["site"] = [f"site-{number:02d}" for number in place]
    return split("unseen-groups", FIRST_SEED + seed, frame.assign(**{TARGET: y}), "rmse", group="site", redrawn=True)


def shifted(seed: int) -> Task:
    """Two classes: 6 % positive rows in train, 30 % in test, and everybody is told so."""
    parts = draw_sample(FIRST_SEED + seed, SHIFTED_ROWS, TRAIN_PRIOR, TEST_PRIOR)
    frame, labels = parts["train"]
    test, truth = parts["test"]
    outputs = outputs_of(labels)
    # Classes are drawn in the order of the generator's names, which is the order of the outputs.
    train = frame.assign(**{TARGET: labels, WEIGHT: weights(labels, outputs, TEST_PRIOR)})
    return Task(
        "shifted", FIRST_SEED + seed, "log_loss", "shifted", train, test, truth, outputs, TEST_PRIOR, redrawn=True
    )


def class_imbalance(seed: int) -> Task:
    """The sample data of class-imbalance; its labelled validation rows, drawn like the test rows, tell the prior.

    Podium runs its competition on the official files. The others get the rows of both labelled files, and weights
    by the class shares of the validation rows.
    """
    parts = draw_sample(FIRST_SEED + seed)
    labelled = [frame.assign(**{TARGET: labels}) for frame, labels in (parts["train"], parts["validation"])]
    train = pd.concat(labelled, ignore_index=True)
    outputs = outputs_of(train[TARGET])
    counted = parts["validation"][1].value_counts(normalize=True).reindex(outputs)
    shares = tuple(float(share) for share in counted)
    train[WEIGHT] = weights(train[TARGET], outputs, shares)
    test, truth = parts["test"]
    return Task(
        "class-imbalance",
        FIRST_SEED + seed,
        "log_loss",
        "shifted",
        train,
        test,
        truth,
        outputs,
        shares,
        redrawn=True,
        official=("class-imbalance", lambda folder: write_sample(folder, FIRST_SEED + seed)),
    )


def weights(labels: pd.Series, outputs: tuple[str, ...], shares: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """What each row counts so that the classes have given shares; the mean is 1.

    >>> weights(pd.Series(["a", "a", "a", "b"]), ("a", "b"), (0.5, 0.5)).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    ratio = pd.Series(shares, index=list(outputs)) / labels.value_counts(normalize=True).reindex(list(outputs))
    return labels.map(ratio).to_numpy(dtype=float)


def _frame(X: npt.NDArray[np.float64]) -> pd.DataFrame:
    return pd.DataFrame(X, columns=[f"x{number}" for number in range(X.shape[1])])
