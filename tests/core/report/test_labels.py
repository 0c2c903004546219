from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from core.report.evidence import Evidence
from core.report.labels import of_labels
from tests.core.report.runs import a_run, tables


def test_each_label_has_its_areas_the_worst_first(tmp_path):
    found = Evidence(a_run(tmp_path, "labels", outputs=("cat", "dog", "owl"), weighted=True))
    rows = found.judged
    truth, predicted, weight = found.truth[rows], found.blended[rows], found.weight[rows]
    ((_, *lines),) = tables(of_labels(found))
    areas = [float(line[4]) for line in lines]
    assert areas == sorted(areas)
    for name, count, _, _, area, precision in lines:
        k = ("cat", "dog", "owl").index(name)
        assert count == str(int(truth[:, k].sum()))
        assert area == f"{roc_auc_score(truth[:, k], predicted[:, k], sample_weight=weight):.5g}"
        assert precision == f"{average_precision_score(truth[:, k], predicted[:, k], sample_weight=weight):.5g}"


def test_a_label_that_no_row_has_stands_at_the_end(tmp_path):
    run = a_run(tmp_path, "labels", outputs=("cat", "dog"))
    with np.load(tmp_path / "folds.npz") as arrays:
        kept = dict(arrays)
    kept["truth"][:, 0] = 0
    np.savez(tmp_path / "folds.npz", **kept)
    ((*_, last),) = tables(of_labels(Evidence(run)))
    assert last[:2] == ["cat", "0"]
    assert last[4:] == ["–", "–"]
