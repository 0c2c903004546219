"""The class prior of the test rows, as given or as counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import Refusal


def given_prior(text: str, classes: Sequence[str]) -> pd.Series:
    """Read "class:share,class:share" and normalise it.

    Raises
    ------
    Refusal: a class that is missing, unknown or named twice, a share that is no positive number, or shares
        that sum to neither 1 nor 100.

    >>> given_prior("yes:30,no:70", ["no", "yes"]).tolist()
    [0.7, 0.3]
    """
    expected = ",".join(f"{name}:share" for name in classes)
    way_out = "give one positive share for each class, summing to 1 or 100"
    shares: dict[str, float] = {}
    for part in text.split(","):
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
    return pd.Series([shares[name] / total for name in classes], index=list(classes))


def counted_prior(labels: pd.Series, classes: Sequence[str]) -> pd.Series:
    """Class shares among labelled rows that were drawn like the test rows, half a row added to each class.

    The half row (Jeffreys' prior) keeps a class that a small file misses from being called impossible.
    """
    counts = labels.astype(str).value_counts().reindex(list(classes), fill_value=0) + 0.5
    return counts / counts.sum()
