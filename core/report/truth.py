"""Out-of-fold predictions against the truth, in the form that fits the task."""

from __future__ import annotations

from core.report.classes import of_classes
from core.report.evidence import Evidence
from core.report.groups import by_group
from core.report.labels import of_labels
from core.report.markup import Html, joined, paragraph
from core.report.section import Section
from core.report.values import of_order, of_values


def truth(evidence: Evidence) -> Section | None:
    """Calibration, curves and confusions of classes; errors of values; scores of groups."""
    if evidence.task is None or evidence.blended is None or not len(evidence.judged):
        return None
    parts = [paragraph(_whose(evidence))]
    if evidence.result.get("per"):
        parts.append(by_group(evidence))
    if evidence.task == "class":
        parts.append(of_classes(evidence))
    elif evidence.task == "labels":
        parts.append(of_labels(evidence))
    elif evidence.metric is not None and evidence.metric.only_order:
        parts.append(of_order(evidence))
    else:
        parts.append(of_values(evidence))
    return Section("truth", "Out of fold against the truth", joined(parts))


def _whose(evidence: Evidence) -> Html | str:
    rows = f"{len(evidence.judged)} rows"
    if evidence.result.get("weighted"):
        rows += ", weighted to the test"
    if evidence.nested:
        return f"{rows}. Each is predicted by models and a blend that did not see it."
    said = (
        f"{rows}. Each is predicted by models that did not see it; the weights of the blend have seen all rows, so that"
        " these pictures flatter it a little."
    )
    if evidence.record.get("decision") is not None and not evidence.decided:
        said += " The decision that follows the blend is not applied here."
    return said
