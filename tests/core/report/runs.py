"""Run folders made by hand, of any kind and size, and a reader of pages."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

from core.objective import Score
from core.run import RunFolder

METRICS = {"class": "log_loss", "value": "rmse", "values": "mcrmse", "labels": "macro_roc_auc_labels"}
VOID = {"meta", "link", "br", "hr", "img", "input"}


def finite(values: Any) -> Any:
    return [None if value is None or not np.isfinite(value) else float(value) for value in values]


def shown(folds: Any, **more: Any) -> dict[str, Any]:
    known = [np.nan if value is None else value for value in folds]
    score = Score(tuple(known))
    value, error = finite([score.value, score.standard_error])
    return {"score": value, "standard_error": error, "folds": finite(known), **more}


def a_run(
    folder: Path,
    task: str = "class",
    *,
    outputs: tuple[str, ...] = ("no", "yes"),
    members: int = 3,
    parts: int = 3,
    rows: int = 90,
    tests: int = 40,
    weighted: bool = False,
    names: tuple[str, ...] | None = None,
    metric: str | None = None,
    scores: tuple[float, ...] | None = None,
    seed: int = 0,
    record: dict[str, Any] | None = None,
    **more: Any,
) -> RunFolder:
    """A finished run with noise for predictions; entries of its record may be given, None takes one away."""
    rng = np.random.default_rng(seed)
    k = len(outputs)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "predictions").mkdir(exist_ok=True)
    truth: Any = rng.normal(size=(rows, k))
    if task == "class":
        truth = np.r_[np.arange(k), rng.integers(0, k, rows)][:rows]
    elif task == "labels":
        truth = (truth > 0.5).astype(float)
    elif task == "value":
        truth = truth[:, 0]
    scored = np.array_split(rng.permutation(rows), parts)
    arrays = {"score_ids": np.arange(rows).astype(str), "truth": truth}
    arrays["weight"] = rng.uniform(0.2, 3, rows) if weighted else np.ones(rows)
    for number, part in enumerate(scored):
        arrays |= {f"score_{number}": np.sort(part), f"fit_{number}": np.setdiff1d(np.arange(rows), part)}
    np.savez(folder / "folds.npz", **arrays)
    names = names or ("constant", *(f"member-{number}" for number in range(members)))
    for name in names:
        predicted = {f"out_of_fold_{s}": _predicted(rng, task, truth, rows, k) for s in (0, 1)}
        predicted |= {f"test_{s}": _predicted(rng, task, None, tests, k) for s in (0, 1)}
        ids = {"score_ids": arrays["score_ids"], "test_ids": np.arange(tests).astype(str)}
        np.savez(folder / "predictions" / f"{name}.npz", **predicted, **ids)
    (folder / "submission.csv").write_text("id\n")
    state = _record(task, outputs, names, parts, rows, tests, weighted, metric, scores, rng) | more | (record or {})
    state = {key: value for key, value in state.items() if value is not None}
    (folder / "run.json").write_text(json.dumps(state, allow_nan=False))
    return RunFolder.open(folder)


def _predicted(rng: np.random.Generator, task: str, truth: Any, rows: int, k: int) -> np.ndarray:
    noise = rng.normal(size=(rows, k))
    if task == "class":
        signal = 0 if truth is None else 1.5 * np.eye(k)[truth]
        values = np.exp(noise + signal)
        return values / values.sum(axis=1, keepdims=True)
    if task == "labels":
        return 1 / (1 + np.exp(-noise - (0 if truth is None else truth)))
    return noise if truth is None else truth.reshape(rows, -1) + noise


def _record(task, outputs, names, folds, rows, tests, weighted, metric, scores, rng) -> dict[str, Any]:
    by_fold = {name: rng.uniform(0.3, 0.6, folds) if scores is None else np.array(scores) for name in names}
    blended = names[1:] or names
    return {
        "schema": 2,
        "status": "finished",
        "competition": "made-up",
        "run_id": "20260101-000000-aaaaaaaa",
        "started": "2026-01-01T00:00:00+00:00",
        "revision": "abc",
        "data_folder": "somewhere",
        "request": {
            "edition": "fake",
            "options": {"prior": ""},
            "data": "d",
            "folds": "f",
            "code": "c",
            "settings": {"seed": 0, "trials": 1, "budget": 90.0, "members": list(names)},
        },
        "result": {
            "metric": metric or METRICS[task],
            "reads": "probabilities" if task in ("class", "labels") else "values",
            "higher_is_better": False,
            "weighted": weighted,
            "per": None,
            "members": {
                name: shown(values, baseline=name == "constant", weight=0.1, seeds=2, seconds=1.5)
                for name, values in by_fold.items()
            },
            "nested": shown(by_fold[blended[0]]),
            "selection": 0.35,
            "methods": {"mean": 0.4},
            "baseline": {"member": names[0], "score": finite([by_fold[names[0]].mean()])[0]},
            "seconds": 12.5,
            "fits": {"made": 9, "from_cache": 1},
            "submission_sha256": None,
        },
        "blend": {
            "method": "mean",
            "weights": {name: 1 / len(blended) for name in blended},
            "scale": "values",
            "per": None,
            "bias": [],
        },
        "decision": None,
        "outputs": list(outputs),
        "rows": {"fit": rows, "score": rows, "test": tests},
        "folds": {
            "scheme": "random",
            "imitates": "rows drawn at random",
            "number": folds,
            "fitted": list(range(folds)),
            "rows_scored": rows,
        },
        "schemes": {},
        "notes": [],
        "findings": [],
        "extras": [],
        "threads": 1,
        "versions": {"python": "3.11"},
    }


class Page(HTMLParser):
    """What a page holds: tags with attributes, text, and whether elements close in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self._open = "", []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.text += data

    def values(self, name: str) -> list[str]:
        """Of an attribute, wherever it stands."""
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]

    def names(self) -> set[str]:
        return {tag for tag, _ in self.tags}


def tables(markup: str) -> list[list[list[str]]]:
    """The text of every cell of every table, headings first."""
    found = []
    for whole in re.findall(r"<table.*?</table>", markup, re.DOTALL):
        rows = re.findall(r"<tr>(.*?)</tr>", whole, re.DOTALL)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
        found.append([[html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row] for row in cells])
    return found
