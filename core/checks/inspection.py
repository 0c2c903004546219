"""All checks in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.checks.adversarial import adversarial
from core.checks.cells import Array
from core.checks.columns import columns
from core.checks.drift import drift
from core.checks.duplicates import duplicates
from core.checks.familiarity import familiarity
from core.checks.finding import Finding, worst_first
from core.checks.fold_giveaway import fold_giveaways
from core.checks.giveaway import target_giveaways
from core.checks.near_duplicates import near_duplicates
from core.checks.ranges import ranges
from core.checks.resemblance import Resemblance, resemblance
from core.checks.row_order import row_order
from core.checks.types import types
from core.checks.view import View
from core.dataset import Dataset
from core.folds import Folds


@dataclass(frozen=True)
class Inspection:
    """What the checks of a data set found.

    Parameters
    ----------
    findings: leaks first.
    resemblance: how well test is told from train, and the sides of each scheme.
    checks: names of the checks that were made.
    """

    findings: tuple[Finding, ...]
    resemblance: Resemblance
    checks: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "findings": [finding.to_json() for finding in self.findings],
            **self.resemblance.to_json(),
            "checks": list(self.checks),
        }


def inspect(
    dataset: Dataset, schemes: Sequence[Folds], *, rows: int = 2_000, seed: int = 0, threads: int = 1
) -> Inspection:
    """Hold a data set and its schemes against everything that is known to cost medals, before any fit.

    A check that fails says so in a warning: no check ends a run.

    Parameters
    ----------
    schemes: the first is the headline.
    rows: how many rows a check samples per table, where it does not read all.
    """
    view = View(dataset, schemes, rows, seed, threads)
    told = Resemblance(None)

    def by_models(view: View) -> list[Finding]:
        nonlocal told
        told = resemblance(view)
        return adversarial(view, told)

    checks: dict[str, Callable[[View], list[Finding]]] = {
        "copies of rows": duplicates,
        "near copies of rows": near_duplicates,
        "features that give away the target": target_giveaways,
        "features that give away the fold": fold_giveaways,
        "row order": row_order,
        "types": types,
        "ranges": ranges,
        "adversarial validation": by_models,
        "groups": familiarity,
        "columns": columns,
    }
    findings: list[Finding] = []
    for name, check in checks.items():
        try:
            findings += check(view)
        except Exception as error:
            advice = "the other checks were made; please report this"
            findings.append(Finding(name, "warning", f"not made: {type(error).__name__}: {error}", advice))
    return Inspection(tuple(worst_first(findings)), told, tuple(checks))


def inspect_predictions(
    out_of_fold: Array, test: Array, weight: Array | None, outputs: Sequence[str], reads: str = "values"
) -> list[Finding]:
    """What predictions say once they are there: see `core.checks.drift`."""
    scored, predicted = (np.asarray(values, dtype=float) for values in (out_of_fold, test))
    return worst_first(drift(scored, predicted, weight, outputs, reads))
