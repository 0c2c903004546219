from __future__ import annotations

import numpy as np
import pytest

from core.report.evidence import Evidence
from core.report.truth import truth
from tests.core.report.runs import Page, a_run


@pytest.mark.parametrize(
    ("task", "outputs", "metric", "said"),
    [
        ("class", ("no", "yes"), None, "ROC curve of yes"),
        ("class", ("a", "b", "c"), "house special", "Confusion"),
        ("labels", ("a", "b"), None, "Each label"),
        ("value", ("y",), None, "Residuals"),
        ("value", ("y",), "spearman", "truth by tenth of the prediction"),
        ("values", ("x", "y"), None, "Residuals"),
    ],
)
def test_the_form_fits_the_task(task, outputs, metric, said, tmp_path):
    assert said in truth(Evidence(a_run(tmp_path, task, outputs=outputs, metric=metric))).body


def test_it_says_whose_predictions_they_are(tmp_path):
    run = a_run(tmp_path, weighted=True)
    text = Page(truth(Evidence(run)).body).text
    assert "90 rows, weighted to the test. Each is predicted by models that did not see it; the weights" in text
    run.record["decision"] = {"temperature": 1.0}
    assert "The decision that follows the blend is not applied here." in truth(Evidence(run)).body
    with np.load(tmp_path / "folds.npz") as arrays:
        np.savez(tmp_path / "folds.npz", **arrays, nested=np.full((90, 2), 0.5))
    assert "by models and a blend that did not see it" in truth(Evidence(run)).body


def test_a_run_without_arrays_has_no_such_section(tmp_path):
    run = a_run(tmp_path)
    (tmp_path / "folds.npz").unlink()
    assert truth(Evidence(run)) is None
