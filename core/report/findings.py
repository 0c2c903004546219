"""What the checks found."""

from __future__ import annotations

from core.checks.finding import SEVERITIES
from core.report.evidence import Evidence
from core.report.markup import Cell, Html, element, paragraph, table
from core.report.section import Section


def findings(evidence: Evidence) -> Section | None:
    """Leaks, warnings and notes, with the way out of each."""
    found = evidence.record.get("findings")
    if found is None:
        return None
    if not found:
        return Section("checks", "Checks", paragraph("Nothing was found."))
    ranked = sorted(found, key=lambda finding: SEVERITIES.index(finding["severity"]))
    rows: list[list[Cell]] = [
        [_badge(finding["severity"]), finding["check"], finding["message"], finding["advice"]] for finding in ranked
    ]
    return Section("checks", "Checks", table(["", "check", "what was found", "way out"], rows, "Findings, worst first"))


def _badge(severity: str) -> Html:
    return element("span", severity, class_=f"badge {severity}")
