"""Checks that tell before the deadline what would cost a medal."""

from core.checks.finding import Finding, Severity
from core.checks.inspection import Inspection, inspect, inspect_predictions

__all__ = ["Finding", "Inspection", "Severity", "inspect", "inspect_predictions"]
