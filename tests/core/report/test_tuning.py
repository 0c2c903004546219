from __future__ import annotations

import pytest

from core.report.evidence import Evidence
from core.report.tuning import MOST_STUDIES, tuning
from tests.core.report.runs import Page, a_run, tables


def trial(number, value, state="complete", **params):
    return {"number": number, "state": state, "value": value, "seconds": 0.5, "params": params}


TRIALS = [trial(0, 0.5, rate=0.1, kind="a", on=True), trial(1, 0.4, rate=0.2, kind="b", on=False),
          trial(2, 0.45, "pruned", rate=0.3), trial(3, None, "failed")]  # fmt: skip
STUDY = {"member": "m", "trials": TRIALS, "importances": {"rate": 0.8, "kind": 0.2}, "best": 1, "best_value": 0.4,
         "best_apart": 0.4, "chosen_apart": 0.43}  # fmt: skip


def told(tmp_path, *studies, higher=False) -> str:
    run = a_run(tmp_path, tuning=list(studies))
    run.record["result"]["higher_is_better"] = higher
    return tuning(Evidence(run)).body


def test_the_search_is_told_with_its_optimism(tmp_path):
    body = told(tmp_path, STUDY)
    text = Page(body).text
    assert "4 trials: 2 complete, 1 pruned, 1 failed. Trial 1 is the best, 0.4, on the folds that chose it." in text
    assert "it has 0.4, and what they choose 0.43: the search flatters its best by 0.03." in text
    best, every = tables(body)
    assert best == [["parameter", "best"], ["rate", "0.2"], ["kind", "b"], ["on", "False"]]
    assert every[0] == ["trial", "state", "value", "seconds", "rate", "kind", "on"]
    assert every[4] == ["3", "failed", "–", "0.5", "–", "–", "–"]


def test_optimism_has_the_sign_of_the_metric(tmp_path):
    body = told(tmp_path, {**STUDY, "best_value": 0.9, "best_apart": 0.9, "chosen_apart": 0.85}, higher=True)
    assert "flatters its best by 0.05" in body


@pytest.mark.parametrize(
    "study",
    [
        {"member": "m"},
        {**STUDY, "trials": [], "importances": {}},
        {**STUDY, "chosen_apart": None, "importances": None},
        {**STUDY, "trials": TRIALS[3:], "best": None, "best_value": None},
        {**STUDY, "trials": TRIALS[2:3]},
        {**STUDY, "trials": [trial(0, 0.5)] * 5},
    ],
)
def test_a_study_that_lacks_something(study, tmp_path):
    assert ">m</h3>" in told(tmp_path, study)


def test_only_so_many_studies_are_drawn(tmp_path):
    body = told(tmp_path, *[{**STUDY, "importances": {}}] * (MOST_STUDIES + 2))
    assert body.count("<figure") == MOST_STUDIES
    assert body.count("</h3>") == MOST_STUDIES + 2


def test_a_run_that_was_not_tuned_has_no_such_section(tmp_path):
    assert tuning(Evidence(a_run(tmp_path))) is None
