"""The report of a run: one page that needs nothing but itself."""

from core.report.report import REPORT, write_report

__all__ = ["REPORT", "write_report"]
