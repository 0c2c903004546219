"""The class prior of the test rows: given, counted, estimated, or estimated from all there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from core.dataset import Dataset
from core.errors import Refusal
from core.predictions import MemberPredictions
from core.priors import Evidence, Prior, class_shares, estimated_prior

#: The ways to find the prior that an option may name.
WAYS = ("validation", "estimate", "joint")
#: The member whose predictions the estimate reads; of all learners its bias was the least.
PILOT = "lightgbm"
#: Its parameters: a few large steps tell the shares as well as many small ones, in a quarter of the time.
QUICK = {"n_estimators": 60, "learning_rate": 0.1, "num_leaves": 8}
#: Counted and estimated shares that differ more than chance does in one of a hundred cases contradict each other.
DOUBT = 0.01


def given_prior(text: str, classes: Sequence[str]) -> Prior:
    """Read "class:share,class:share" and normalise it.

    Raises
    ------
    Refusal: a class that is missing, unknown or named twice, a share that is no positive number, or shares
        that sum to neither 1 nor 100.

    >>> given_prior("yes:30,no:70", ["no", "yes"]).shares.tolist()
    [0.7, 0.3]
    """
    expected = ",".join(f"{name}:share" for name in classes) + f"; or one of {', '.join(WAYS)}"
    way_out = "give one positive share for each class, summing to 1 or 100"
    shares: dict[str, float] = {}
    for part in _parts(text, classes):
        name, _, number = part.strip().rpartition(":")
        try:
            share = float(number)
        except ValueError:
            share = float("nan")
        if name not in classes or name in shares or not (np.isfinite(share) and share > 0):
            raise Refusal(f"--option prior: cannot read {part.strip()!r}", way_out, expected=expected)
        shares[name] = share
    missing = [name for name in classes if name not in shares]
    if missing:
        raise Refusal(f"--option prior: no share for class {missing[0]!r}", way_out, expected=expected)
    total = sum(shares.values())
    if min(abs(total - 1), abs(total / 100 - 1)) > 0.01:
        raise Refusal(f"--option prior: the shares sum to {total:g}", way_out, expected=expected)
    return Prior.known(classes, [shares[name] for name in classes])


def _parts(text: str, classes: Sequence[str]) -> list[str]:
    """The text between commas, but for those in names of classes."""
    parts, start = [], 0
    while start <= len(text):
        rest = text[start:]
        own = max((name for name in classes if rest.lstrip().startswith(f"{name}:")), key=len, default="")
        begin = start + len(rest) - len(rest.lstrip()) + len(own)
        end = text.find(",", begin)
        end = len(text) if end < 0 else end
        parts.append(text[start:end])
        start = end + 1
    return parts


def counted_prior(labels: pd.Series, classes: Sequence[str]) -> Prior:
    """Class shares among labelled rows that were drawn like the test rows, half a row added to each class.

    The half row (Jeffreys' prior) keeps a class that a small file misses from being called impossible.
    """
    counts = labels.astype(str).value_counts().reindex(list(classes), fill_value=0).to_numpy(dtype=float) + 0.5
    shares = counts / counts.sum()
    covariance = (np.diag(shares) - np.outer(shares, shares)) / (counts.sum() + 1)
    return Prior(tuple(classes), shares, covariance, f"counted in {len(labels)} labelled rows")


def known_priors(
    option: str | None, dataset: Dataset, pilot: Callable[..., MemberPredictions]
) -> tuple[tuple[Prior, ...], tuple[str, ...]]:
    """All that is known of the prior of the test, the one to use first, and what is to be said of it.

    Parameters
    ----------
    option: shares, one of `WAYS`, or None for the best there is: labelled validation rows and test features
        together where they agree, the labels alone where they do not, the features alone where there are no labels.
    pilot: gives out-of-fold and test predictions under the prior of the fitted rows.

    Raises
    ------
    Refusal: labels are asked for and there are none.
    """
    classes = dataset.outputs
    if option is not None and option not in WAYS:
        return (given_prior(option, classes),), ()
    labels = dataset.extra["validation"].labels() if "validation" in dataset.extra else None
    if labels is None and option in ("validation", "joint"):
        raise Refusal(
            f"--option prior={option}: there is no labelled validation file",
            "put validation.csv and validation_ground_truth.csv beside train.csv, or leave the option out:"
            " the prior is then estimated from the features of the test rows",
        )
    if labels is not None and option == "validation":
        return (counted_prior(labels, classes),), ()
    evidence = _evidence(dataset, pilot(PILOT, **QUICK))
    estimated = estimated_prior(classes, evidence)
    if labels is None:
        said = "there is no labelled validation file: the test prior is estimated from the features of the test rows"
        return (estimated,), (said,)
    return _of_both(option, counted_prior(labels, classes), estimated, labels, evidence)


def _evidence(dataset: Dataset, predictions: MemberPredictions) -> Evidence:
    """Of the rows that were predicted out of fold: not all are, where only some folds are fitted."""
    codes = pd.Index(dataset.outputs).get_indexer(pd.Index(dataset.score.labels().astype(str)))
    known = np.isfinite(predictions.mean_out_of_fold).all(axis=1)
    return Evidence(predictions.mean_out_of_fold[known], codes[known], predictions.mean_test)


def _of_both(
    option: str | None, counted: Prior, estimated: Prior, labels: pd.Series, evidence: Evidence
) -> tuple[tuple[Prior, ...], tuple[str, ...]]:
    counts = labels.astype(str).value_counts().reindex(list(counted.classes), fill_value=0)
    joint = estimated_prior(counted.classes, evidence, counts.to_numpy(dtype=float))
    doubt = disagreement(estimated, counted)
    contradict = contradicted((estimated, counted))
    said = (
        f"warning: the labelled validation rows count {said_of(counted)}, but the features of the test rows say"
        f" {said_of(estimated)} (p = {doubt:.2g}): either the features of a class differ between train and test, or"
        " the validation rows were not drawn like the test rows"
    )
    notes = (said,) if contradict else ()
    if option == "estimate":
        return (estimated, joint, counted), notes
    if option == "joint" or not contradict:
        return (joint, counted, estimated), notes
    return (counted, estimated, joint), (f"{said}; the counted prior is used",)


def contradicted(priors: Sequence[Prior]) -> bool:
    """Whether labels and features are there and say what chance alone would seldom let them say together.

    Features that tell little leave intervals so wide and so lopsided that Wald's test, which takes them for a bell,
    is sure of nothing: where the intervals hold what was counted, there is no contradiction.
    """
    counted = next((prior for prior in priors if prior.source.startswith("counted")), None)
    estimated = from_features(priors)
    if counted is None or estimated is None or estimated.covers(counted.shares):
        return False
    return disagreement(estimated, counted) < DOUBT


def from_features(priors: Sequence[Prior]) -> Prior | None:
    """The prior that the features of the test rows say without labels."""
    return next((prior for prior in priors if prior.source.endswith("without labels")), None)


def disagreement(one: Prior, other: Prior) -> float:
    """How often chance alone sets two independent estimates of one prior so far apart: the p value of Wald's test."""
    apart = one.shares[1:] - other.shares[1:]
    spread = (one.covariance + other.covariance)[1:, 1:]
    return float(chi2.sf(apart @ np.linalg.pinv(spread) @ apart, len(apart)))


def said_of(prior: Prior) -> str:
    """The shares as a sentence holds them: "no 0.652, yes 0.348"."""
    return ", ".join(f"{name} {share:.3f}" for name, share in zip(prior.classes, prior.shares, strict=True))


def is_natural(prior: Prior, labels: pd.Series) -> bool:
    """Whether the prior is estimated and its interval holds the class shares of these labels."""
    return bool(prior.covariance.any()) and prior.covers(class_shares(labels, prior.classes))
