"""Labels that a row may have several of."""

from __future__ import annotations

import numpy as np

from core.report.evidence import Evidence
from core.report.markup import Cell, Html, element, joined, percent, table


def of_labels(evidence: Evidence) -> Html:
    """How well each label is told, the worst first."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    rows = evidence.judged
    assert evidence.blended is not None
    predicted, truth, weight = evidence.blended[rows], evidence.truth[rows] > 0, evidence.weight[rows]
    cells: list[list[Cell]] = []
    for column, name in enumerate(evidence.outputs):
        own, score = truth[:, column], predicted[:, column]
        both = own.any() and not own.all()
        cells.append(
            [
                name,
                int(own.sum()),
                percent(float(np.average(own, weights=weight))),
                percent(float(np.average(score, weights=weight))) if evidence.are_probabilities else None,
                float(roc_auc_score(own, score, sample_weight=weight)) if both else None,
                float(average_precision_score(own, score, sample_weight=weight)) if both else None,
            ]
        )
    cells.sort(key=lambda line: (line[4] is None, line[4] if isinstance(line[4], float) else 0.0))
    headings = ["label", "rows", "share", "mean predicted", "AUC", "average precision"]
    caption = "Each label, that told worst first"
    return joined([element("h3", caption), table(headings, cells, caption)])
