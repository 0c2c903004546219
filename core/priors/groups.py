"""The class prior of the test in each of its groups, and the weights of rows that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.calibration import Calibration
from core.priors.correction import class_shares, correct_prior
from core.priors.estimation import Evidence, em
from core.priors.prior import Prior

Array = npt.NDArray[np.float64]

#: As many rows that the group would have without a shift of its own are added to its test rows.
STRENGTH = 50.0
#: As many rows of the class shares of all fitted rows are added to the fitted rows of each group.
SMOOTHING = 5.0
#: A class share that is nearer than this to what it should be is reached.
TOLERANCE = 1e-6
#: Where classes lie far apart the shares are reached slowly, and then they hardly matter.
ROUNDS = 200
#: No row weighs less than this part of what it would weigh without groups.
FLOOR = 0.01


def group_priors(
    classes: Sequence[str],
    evidence: Evidence,
    fit_groups: pd.Series,
    test_groups: pd.Series,
    overall: Prior,
    counts: Mapping[Any, npt.ArrayLike] | None = None,
    strength: float = STRENGTH,
) -> dict[Any, Array]:
    """The class prior in each group of the test rows, by EM within the group, drawn to what no shift in it would give.

    Hosts may shift the prior differently in parts of the test set (Quora Question Pairs, Kaggle 2017). The features
    of a class are taken to be distributed alike in a group of the fitted rows and in the same group of the test. The
    likelihood of a row within its group is proportional to p_k over the prior that the classifier implies there: the
    class shares of the group for one that learnt the group, pi for one that ignores it. It is the prior under which
    the out-of-fold rows of the group tell their own class shares. The probabilities are calibrated first, on rows that
    are weighted to the overall prior. Where the prior changed alike everywhere, that of a group is its fitted shares
    times rho / pi, to which all are drawn.

    Parameters
    ----------
    classes: in the order of the columns.
    fit_groups, test_groups: of the out-of-fold rows (n,) and the test rows (m,) of the evidence, in their order.
    overall: the prior of all test rows, rho.
    strength: as many labelled rows weighs what no shift in the group would give (a Dirichlet prior).
    counts: by group, labelled rows of each class drawn like its test rows, (k,).

    Returns
    -------
    By group of the test rows, missing ones left out, (k,). A group without fitted rows has the overall prior.

    Raises
    ------
    ValueError: groups of other rows than those of the evidence.
    """
    if len(fit_groups) != len(evidence.out_of_fold) or len(test_groups) != len(evidence.test):
        raise ValueError(f"{len(fit_groups)} and {len(test_groups)} groups do not fit the rows of the evidence")
    pi, rho = evidence.prior, overall.by_name()[list(classes)].to_numpy()
    corrected = correct_prior(evidence.out_of_fold, pi, rho)
    calibration = Calibration.fit(corrected, evidence.codes, (rho / pi)[evidence.codes])
    ratios = calibration.apply(correct_prior(evidence.test, pi, rho)) * pi / rho
    natural = correct_prior(calibration.apply(corrected), rho, pi)
    names = test_groups.dropna().unique().tolist()
    fitted, tested = places(fit_groups, names), places(test_groups, names)
    found = {}
    for number, rows in enumerate(cells(fitted, evidence.codes, len(names) + 1, len(pi))[:-1]):
        if not rows.any():
            found[names[number]] = rho
            continue
        shares = (rows + SMOOTHING * pi) / (rows.sum() + SMOOTHING)
        implied = _implied(natural[fitted == number], shares, pi)
        centre = shares * rho / pi
        centre /= centre.sum()
        labelled = np.asarray((counts or {}).get(names[number], np.zeros(len(pi))), dtype=float)
        found[names[number]] = em(ratios[tested == number] / implied, labelled + strength * centre, start=centre)[0]
    return found


def _implied(posteriors: Array, shares: Array, pi: Array) -> Array:
    """The prior under which rows of these posteriors, corrected to the shares, have the shares on average, (k,).

    Rows and columns are scaled in turn (Sinkhorn 1967); the first round gives the mean posterior. As smoothing, rows
    that the classifier tells nothing of are added.
    """
    rows = np.vstack([posteriors, pi])
    weights = np.r_[np.ones(len(posteriors)), SMOOTHING] / (len(posteriors) + SMOOTHING)
    implied = shares
    for _ in range(ROUNDS):
        joint = rows * (shares / implied)
        mean = weights @ (joint / joint.sum(axis=1, keepdims=True))
        implied = implied * mean / shares
        if np.abs(mean - shares).max() < TOLERANCE:
            break
    return np.asarray(implied / implied.sum())


def group_weights(
    y: pd.Series,
    groups: pd.Series,
    classes: Sequence[str],
    priors: Mapping[Any, npt.ArrayLike],
    test_groups: pd.Series,
    overall: Prior,
) -> pd.Series:
    """The weight of each row that makes groups, and classes within groups, count as they do in the test.

    w = P_test(group) rho_group,y / (P_fit(group) share_group,y), with mean 1.

    Rows whose group is missing or not in the test stand together for the test rows whose group is missing or not
    fitted, under the overall prior. Where there are no such test rows, they do not count in the score, but for
    one part in a hundred of what they would weigh without groups: so a class that has no other row keeps its weight.
    What the priors give to a class in a group without a row of it goes to the other rows of the class.

    Parameters
    ----------
    y, groups: of the scored rows, (n,), in one order.
    priors: by group, as `group_priors` gives them.
    test_groups: of the test rows, (m,).
    overall: the prior of all test rows.
    """
    there = set(groups.dropna().unique().tolist())
    names = [name for name in priors if name in there]
    place, codes = places(groups, names), pd.Index(classes).get_indexer(pd.Index(y.astype(str)))
    shares = class_shares(y, classes)  # an error, if y holds another class
    elsewhere = overall.by_name()[list(classes)].to_numpy()
    tested = np.bincount(places(test_groups, names), minlength=len(names) + 1) / len(test_groups)
    target = tested[:, None] * np.array([*(priors[name] for name in names), elsewhere], dtype=float)
    own = cells(place, codes, len(names) + 1, len(classes)) / len(y)
    totals = target.sum(axis=0)
    weights = target[place, codes] / own[place, codes]
    weights = np.maximum(weights, FLOOR * totals[codes] / shares[codes])
    weights *= totals[codes] / (np.bincount(codes, weights=weights, minlength=len(classes)) / len(y))[codes]
    return pd.Series(weights / weights.mean(), index=y.index)


def places(groups: pd.Series, names: Sequence[Any]) -> npt.NDArray[np.intp]:
    """The position of the group of each row among the names, (n,); behind them all where it is none of them."""
    found = pd.Index(names, dtype=object).get_indexer(pd.Index(groups.astype(object)))
    return np.where(found < 0, len(names), found)


def cells(
    place: npt.NDArray[np.intp], codes: npt.NDArray[np.intp], groups: int, classes: int, weight: Array | None = None
) -> Array:
    """How many rows each group has of each class, or how much they weigh, (groups, classes)."""
    flat = np.bincount(place * classes + codes, weights=weight, minlength=groups * classes)
    return np.asarray(flat.reshape(groups, classes), dtype=float)
