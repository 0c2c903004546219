"""Adversarial validation: is test told from train, and does the headline scheme show the same difference?"""

from __future__ import annotations

import math

from core.checks.finding import Finding, Severity
from core.checks.resemblance import Resemblance, resemblance
from core.checks.view import View

APART, SCHEME = "test told from train", "another scheme is nearer to test"

#: An area under the curve from which on the difference is a warning.
WARN = 0.8


def adversarial(view: View, found: Resemblance | None = None) -> list[Finding]:
    """What the areas under the curve of `core.checks.resemblance` mean.

    Within three standard errors of 0.5 nothing is said. A pure change of class shares cannot give more than
    0.5 + d / 2, where d is what the shares of the growing classes grow by: classes that swap from 80:20 to 20:80 give
    0.8 at most, and only when the features give the class away. So up to 0.8 is a note: a changed prior is matched by
    row weights, not by folds. Beyond 0.8 by two standard errors is a warning, unless the headline scheme shows as
    large a difference itself. Another scheme that is clearly nearer to the test (by 0.05 and three standard errors) is
    a warning.
    """
    found = resemblance(view) if found is None else found
    test = found.test
    if test is None or test.area - 3 * test.error <= 0.5:
        return []
    headline = found.schemes[0] if found.schemes else None
    shown = headline is not None and test.area - headline.area <= 3 * math.hypot(test.error, headline.error)
    severity: Severity = "warning" if test.area - 2 * test.error > WARN and not shown else "note"
    columns = [(name, share) for name, share in test.columns if share >= 0.05][:3]
    said = ", ".join(f"{name!r} ({100 * share:.0f} % of the gain)" for name, share in columns)
    likewise = f"; scheme {headline.name!r} shows {headline.area:.2f} between its own sides" if headline else ""
    findings = [
        Finding(
            APART,
            severity,
            f"a model tells test rows from train rows with an area under the curve of {test.area:.2f} ±"
            f" {test.error:.2f}{likewise}; what tells most: {said or 'many columns, each a little'}",
            "look at these columns: drop or transform what cannot hold in test, or let the folds imitate the difference"
            if severity == "warning"
            else "a change of class shares alone does that, and row weights match it; otherwise look at these columns",
            tuple(name for name, _ in columns),
        )
    ]
    closest = found.closest
    if headline is not None and closest != headline.name:
        nearer = next(told for told in found.schemes if told.name == closest)
        findings.append(
            Finding(
                SCHEME,
                "warning",
                f"scheme {nearer.name!r} tells its sides with {nearer.area:.2f} ± {nearer.error:.2f}, test is told from"
                f" train with {test.area:.2f} ± {test.error:.2f}, but the headline scheme {headline.name!r} with"
                f" {headline.area:.2f} ± {headline.error:.2f}",
                f"make {nearer.name!r} the headline scheme, if the columns that tell matter to the target",
                tuple(name for name, _ in columns),
            )
        )
    return findings
