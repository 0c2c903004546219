"""What one column alone says about a target: held-out scores of all columns at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.checks.cells import Array, Rows

#: Cells that a column is cut into at most; missing values get one of their own.
BINS = 32
#: A class with fewer rows is not scored.
FEWEST = 10


def bins_of(cells: Array, most: int = BINS) -> Rows:
    """The cell of each value, (columns, rows): quantiles, or single values where those are few; missing is the last."""
    ordered = np.sort(cells, axis=1)  # missing last
    known = np.count_nonzero(~np.isnan(cells), axis=1)
    bins = np.empty(cells.shape, dtype=np.intp)
    for column, values in enumerate(cells):
        present = ordered[column, : known[column]]
        starts = np.concatenate([present[:1], present[1:][present[1:] != present[:-1]]])
        if len(starts) > most:
            edges = present[np.linspace(0, len(present) - 1, most + 1).astype(int)[1:-1]]
        else:
            edges = starts[1:]
        bins[column] = np.searchsorted(edges, values, side="right")
    bins[np.isnan(cells)] = BINS
    return bins


def class_scores(bins: Rows, codes: Rows, classes: int, halves: npt.NDArray[np.bool_]) -> Array:
    """How well each column alone tells each class from the rest: held-out area under the curve, (columns, classes).

    The share of a class in a cell is learnt on one half of the rows and ranks those of the other half, both ways. NaN
    for a class of fewer than ten rows in a half.
    """
    scores = np.full((len(bins), classes), np.nan)
    sizes = np.stack([np.bincount(codes[side], minlength=classes) for side in (halves, ~halves)])
    others = sizes.sum(axis=1)[:, None] - sizes
    scored = np.flatnonzero((np.minimum(sizes, others) >= FEWEST).all(axis=0))
    if not len(scored) or not len(bins):
        return scores
    base = (sizes.sum(axis=0) / sizes.sum())[scored]
    each = (BINS + 1) * 2 * classes
    flat = (np.arange(len(bins))[:, None] * each + (bins * 2 + halves) * classes + codes).ravel()
    counts = np.bincount(flat, minlength=len(bins) * each).reshape(len(bins), BINS + 1, 2, classes)
    totals = counts.sum(axis=3)
    both = []
    for learn, held_out in ((0, 1), (1, 0)):
        share = (counts[:, :, learn, scored] + base) / (totals[:, :, learn, None] + 1)
        order = np.argsort(share, axis=1, kind="stable")
        positive = np.take_along_axis(counts[:, :, held_out, scored], order, axis=1)
        negative = np.take_along_axis(totals[:, :, held_out, None] - counts[:, :, held_out, scored], order, axis=1)
        below = negative.cumsum(axis=1) - negative / 2
        both.append((positive * below).sum(axis=1) / (positive.sum(axis=1) * negative.sum(axis=1)))
    scores[:, scored] = np.mean(both, axis=0)
    return scores


def value_scores(bins: Rows, values: Array, halves: npt.NDArray[np.bool_]) -> Array:
    """How much of the variance of values each column alone explains: held-out R², (columns,)."""
    scores = np.full(len(bins), np.nan)
    for column, cells in enumerate(bins):
        both = []
        for learn in (halves, ~halves):
            held_out = ~learn
            if not learn.any() or not held_out.any() or values[held_out].std() == 0:
                continue
            mean = values[learn].mean()
            sums = np.bincount(cells[learn], weights=values[learn] - mean, minlength=BINS + 1)
            told = mean + sums / (np.bincount(cells[learn], minlength=BINS + 1) + 1)
            both.append(1 - np.mean((values[held_out] - told[cells[held_out]]) ** 2) / values[held_out].var())
        if both:
            scores[column] = np.mean(both)
    return scores


def halves_of(codes: Rows, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Half of the rows of each class, by lot."""
    lot = rng.permutation(len(codes))
    halves = np.empty(len(codes), dtype=bool)
    halves[lot[np.argsort(codes[lot], kind="stable")]] = np.arange(len(codes)) % 2 == 0
    return halves


@dataclass(frozen=True)
class Standing:
    """A column beside the others.

    Parameters
    ----------
    column: its position.
    score: its own, of 1 at most.
    next_best: the best score among the others it is held against.
    """

    column: int
    score: float
    next_best: float


def standouts(scores: Array, warn: float, leak: float, times: float = 5) -> list[Standing]:
    """Columns that score at least so much, and miss perfection several times less than the best of the others.

    A leak is held against the columns that are none (the answer may be there twice), a lesser score against all.
    """
    found = []
    for column in np.flatnonzero(scores >= warn)[np.argsort(-scores[scores >= warn], kind="stable")]:
        others = scores[scores < leak] if scores[column] >= leak else np.delete(scores, column)
        next_best = float(np.nanmax(others)) if np.isfinite(others).any() else 0.0
        if 1 - next_best >= times * (1 - scores[column]):
            found.append(Standing(int(column), float(scores[column]), next_best))
    return found


def refined_class_score(values: Array, positive: npt.NDArray[np.bool_], halves: npt.NDArray[np.bool_]) -> float:
    """The same where cells are too coarse to see perfection: by the values as they are, or by a small tree of them."""
    from sklearn.metrics import roc_auc_score
    from sklearn.tree import DecisionTreeClassifier

    X = _ranks(values)
    rising = roc_auc_score(positive, X[:, 0])
    scores = []
    for learn in (halves, ~halves):
        tree = DecisionTreeClassifier(max_depth=5, min_samples_leaf=3, random_state=0).fit(X[learn], positive[learn])
        scores.append(roc_auc_score(positive[~learn], tree.predict_proba(X[~learn])[:, 1]))
    return float(max(rising, 1 - rising, np.mean(scores)))


def refined_value_score(values: Array, y: Array, halves: npt.NDArray[np.bool_]) -> float:
    """R² of a tree on the values themselves."""
    from sklearn.metrics import r2_score
    from sklearn.tree import DecisionTreeRegressor

    X = _ranks(values)
    scores = []
    for learn in (halves, ~halves):
        tree = DecisionTreeRegressor(max_depth=10, min_samples_leaf=2, random_state=0).fit(X[learn], y[learn])
        scores.append(r2_score(y[~learn], tree.predict(X[~learn])))
    return float(np.mean(scores))


def _ranks(values: Array) -> Array:
    """(rows, 1): the rank of each value among the distinct ones, which no number is too large for; missing is -1."""
    ranks = np.unique(values, return_inverse=True)[1].astype(float)
    ranks[np.isnan(values)] = -1
    return ranks[:, None]
