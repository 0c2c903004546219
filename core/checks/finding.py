"""What a check has to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["leak", "warning", "note"]

#: Worst first.
SEVERITIES: tuple[Severity, ...] = ("leak", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing that may cost a medal.

    Parameters
    ----------
    check: what looked, such as "duplicate rows".
    severity: "leak" (the validation score will lie), "warning" (look at it before the deadline) or "note".
    message: what and where, with counts and an example of a row id or a column.
    advice: the way out.
    columns: those it is about, as text.
    """

    check: str
    severity: Severity
    message: str
    advice: str
    columns: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "severity": self.severity,
            "message": self.message,
            "advice": self.advice,
            "columns": list(self.columns),
        }

    @classmethod
    def of_json(cls, state: Mapping[str, Any]) -> Finding:
        return cls(**{**state, "columns": tuple(state["columns"])})


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Leaks, warnings, notes; within each as they came."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def listed(names: Iterable[object], most: int = 5) -> str:
    """Names with commas, the first few of many.

    >>> listed("abcdefg", most=3)
    'a, b, c, … (7 in all)'
    """
    texts = [str(name) for name in names]
    return ", ".join(texts[:most]) + (f", … ({len(texts)} in all)" if len(texts) > most else "")


def percent(share: float) -> str:
    """A share as people read it.

    >>> percent(0.0123), percent(0.5)
    ('1.2 %', '50 %')
    """
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"
