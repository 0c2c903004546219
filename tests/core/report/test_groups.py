from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.metrics import named
from core.report.evidence import Evidence
from core.report.groups import by_group
from tests.core.report.runs import Page, a_run, tables


class Data:
    """As much of a data set as scores by group need."""

    def __init__(self, keys: pd.DataFrame) -> None:
        self.score = self.test = self
        self.keys = keys


def ranked(tmp_path, metric="ndcg@5", rows=60):
    run = a_run(tmp_path, "value", outputs=("place",), metric=metric, rows=rows, weighted=False)
    with np.load(tmp_path / "folds.npz") as arrays:
        kept = dict(arrays)
    kept["truth"] = np.arange(rows) % 4.0
    kept["truth"][:4] = 0  # a race without a winner
    np.savez(tmp_path / "folds.npz", **kept)
    run.record["result"] |= {"per": "race", "higher_is_better": metric != "mae"}
    races = pd.DataFrame({"race": [f"race {k // 4}" for k in range(rows)]})
    return Evidence(run, dataset=Data(races))


@pytest.mark.parametrize("metric", ["ndcg@5", "mae"])
def test_every_group_has_a_score_and_the_worst_are_named(metric, tmp_path):
    found = ranked(tmp_path, metric)
    body = by_group(found)
    scores = {}
    for k in range(15):
        rows = np.arange(4 * k, 4 * k + 4)
        scores[f"race {k}"] = named(metric)(found.truth[rows], found.blended[rows])
    known = {name: score for name, score in scores.items() if np.isfinite(score)}
    assert f"{len(known)} groups; mean {np.mean(list(known.values())):.4g}" in body
    assert ("In 1 groups the metric is undefined" in body) == (metric == "ndcg@5")
    ((heads, *lines),) = tables(body)
    assert heads == ["race", "rows", "score"]
    worst = sorted(known, key=lambda name: known[name] * (1 if metric != "mae" else -1))[:10]
    assert [line[0] for line in lines] == worst
    assert lines[0] == [worst[0], "4", f"{known[worst[0]]:.5g}"]


def test_without_the_data_it_says_what_is_lacking(tmp_path):
    run = ranked(tmp_path).run
    text = Page(by_group(Evidence(run, without_data="they are gone"))).text
    assert "Scores by race need the data: they are gone." in text
