"""The whole page: nothing fetched, nothing run, nothing unescaped, never a crash, equal bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.chart import Chart, Series
from core.exhibit import Exhibit
from core.report import REPORT, pictures, write_report
from core.report.markup import element, printable
from core.report.pictures import MARK
from core.run import RunFolder
from tests.core.report.runs import Page, a_run

FAULT = "could not be made"
SECTIONS = {"folds", "truth", "members", "importance", "checks", "submission", "repeat"}

#: Elements that a report is made of. No script, no frame, no form, nothing that loads.
PLAIN = {
    *("html", "head", "meta", "link", "title", "style", "body", "div", "main", "nav", "header", "section", "figure"),
    *(
        "figcaption",
        "h1",
        "h2",
        "h3",
        "p",
        "b",
        "em",
        "strong",
        "span",
        "code",
        "pre",
        "a",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
    ),
    *("dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"),
    *("svg", "g", "path", "use", "text", "defs", "clippath", "rect", "tspan"),
}


def written(run: RunFolder) -> str:
    path = write_report(run)
    assert path == run.path / REPORT
    return path.read_text(encoding="utf-8")


def checked(page: str) -> Page:
    """A page that needs nothing but itself, is well made, and holds no fault."""
    found = Page(page)
    assert found.names() <= PLAIN, found.names() - PLAIN
    assert not [name for _, given in found.tags for name in given if name.startswith("on")]
    assert not found.values("src")
    assert all(value.startswith(("#", "data:,")) for value in found.values("href"))
    attributes = " ".join(str(value) for _, given in found.tags for key, value in given.items()
                          if key != "aria-label")  # fmt: skip
    assert attributes.count("url(") == attributes.count("url(#")
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    targets = [value[1:] for value in found.values("href") if value.startswith("#")]
    assert set(targets) | set(re.findall(r"url\(#([^)]+)\)", attributes)) <= set(ids)
    for svg in re.findall(r"<svg .*?</svg>", page, re.DOTALL):
        drawn = ElementTree.fromstring(svg)
        assert drawn.get("role") == "img"
        assert drawn.get("aria-label")
        assert "nan" not in svg.lower().replace("nance", "")
    assert "#0a0b" not in attributes  # every colour is one of the page's
    assert ("html", {"lang": "en"}) in found.tags
    assert len(page.encode()) < 6_000_000
    assert FAULT not in found.text
    return found


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures are made as ever, but not drawn: that is what takes long."""
    monkeypatch.setattr(pictures, "svg", lambda figure, label: element("svg", class_="x", role="img", aria_label=label))


def headings(page: Page) -> set[str]:
    return {attributes["id"] for tag, attributes in page.tags if tag == "h2"}


@pytest.mark.parametrize(
    ("task", "outputs"),
    [
        ("class", ("no", "yes")),
        ("class", tuple("abc")),
        ("class", tuple(f"class {k}" for k in range(50))),
        ("labels", ("cat", "dog", "owl")),
        ("value", ("price",)),
        ("values", ("x", "y")),
    ],
)
def test_every_task_has_every_section(task, outputs, tmp_path):
    page = checked(written(a_run(tmp_path, task, outputs=outputs, weighted=True, rows=150)))
    assert headings(page) == SECTIONS


def test_equal_runs_give_equal_bytes_wherever_they_stand(tmp_path):
    first, second = (written(a_run(tmp_path / name, "value", outputs=("y",))) for name in ("a", "b"))
    assert first == second
    assert str(tmp_path) not in first


def test_one_fold_one_member_one_row(tmp_path):
    page = checked(written(a_run(tmp_path, names=("only",), parts=1, rows=6, tests=1)))
    assert "one fold alone is scored" in page.text


def test_scores_that_are_not_known(tmp_path):
    page = checked(written(a_run(tmp_path, scores=(np.nan, np.nan, np.nan))))
    assert "On the leaderboard" not in page.text
    page = checked(written(a_run(tmp_path / "some", scores=(0.5, np.nan, 0.6))))
    assert "On the leaderboard expect about 0.5500" in page.text


def test_a_thousand_members_and_trials(tmp_path):
    states = ("failed", "pruned", *["complete"] * 8)
    trials = [
        {"number": k, "state": states[k % 10], "value": 1 / (k + 1) if k % 10 > 1 else None, "seconds": 0.1,
         "params": {"rate": 0.1 * k, "kind": "a", "deep": k % 2 == 0}}
        for k in range(1000)
    ]  # fmt: skip
    study = {"member": "m", "trials": trials, "importances": {"rate": 0.7, "deep": 0.3}, "best": 999,
             "best_value": 0.001, "best_apart": 0.001, "chosen_apart": 0.2}  # fmt: skip
    run = a_run(tmp_path, rows=30, names=("constant", "m", "n"), tuning=[study] * 2)
    folds = run.record["result"]["members"]["m"]
    run.record["result"]["members"] |= {f"member-{k}": folds for k in range(1000)}
    run.record["result"]["marginal"] = {f"member-{k}": k / 1000 for k in range(1000)} | {"m": None}
    page = checked(written(run))
    assert "tuning" in headings(page)
    assert "983 more rows" in page.text
    assert "One complete trial in 2 is drawn." in page.text
    assert "the search flatters its best by" in page.text


LACKING = (
    ("result",),
    ("blend", "versions", "extras", "threads"),
    ("folds", "outputs", "notes", "schemes"),
    ("request", "rows", "findings", "data_folder", "run_id"),
)


@pytest.mark.parametrize("lacking", LACKING, ids=lambda names: names[0])
def test_an_older_record_that_lacks_something(lacking, undrawn, tmp_path):
    run = a_run(tmp_path, rows=12, record=dict.fromkeys(lacking))
    assert "repeat" in headings(checked(written(run)))


@pytest.mark.parametrize("name", ["folds.npz", "predictions/member-0.npz", "submission.csv"])
def test_a_file_that_is_gone(name, undrawn, tmp_path):
    run = a_run(tmp_path)
    (tmp_path / name).unlink()
    assert "members" in headings(checked(written(run)))


def test_a_run_that_has_just_begun(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"schema": 2, "competition": "made-up", "status": "running"}))
    page = checked(written(RunFolder.open(tmp_path)))
    assert "this run is not finished" in page.text
    assert headings(page) == {"importance", "repeat"}


def test_a_fault_in_one_section_costs_the_others_nothing_and_is_told(undrawn, tmp_path):
    page = Page(written(a_run(tmp_path, findings=[{"severity": "leak"}])))
    assert FAULT in page.text
    assert {"members", "truth", "repeat"} <= headings(page)


ODD = ("<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "a&amp;b", "$x_1^2$", "\x00\x08\x1b\ud800",
       "]]>", 'id="~p" href="#~q" url(#x)', "#0a0b01", "<!-- x -->", "x" * 300, "线性", " ", "\n", "{{}}", "%s",
       "\\frac")  # fmt: skip


def test_names_are_shown_as_they_are_and_do_nothing(tmp_path):
    """Each stands somewhere in a table; all of them in every place that people name."""
    page = checked(_named_all_over(tmp_path, "".join(ODD)))
    for name in ODD:
        assert printable(name).strip() in page.text


@given(st.text(st.characters(), min_size=1, max_size=30))
@settings(max_examples=3, deadline=None, derandomize=True)
def test_any_name_is_escaped(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("run")
    checked(_named_all_over(folder, name, arrays=False))


def _named_all_over(folder: Path, name: str, *, arrays: bool = True) -> str:
    """A page of a run in which everything that people name has this name."""
    chart = Chart("bar", (Series(name, (name, "b"), (1.0, None), (0.5, None), (1.5, None)),), name, name, name)
    lines = Chart("line", (Series(name, (0.0, 1.0), (1.0, 2.0)), Series("b", (0.0, 1.0), (1.0, 2.0))), name, name)
    heat = Chart("heatmap", (Series(name, (name, "b"), (1.0, -2.0)),), name, name)
    exhibit = Exhibit(name, (name, "b"), ((name, 1.0), (None, 2)), (name,), charts=(chart, lines, heat))
    finding = {"check": name, "severity": "warning", "message": name, "advice": name, "columns": [name]}
    study = {"member": name, "trials": [{"number": 0, "state": "complete", "value": 1.0, "params": {name: name}}],
             "importances": {name: 1.0}, "best": 0, "best_value": 1.0}  # fmt: skip
    found = {"member": name, "seed": 0, "rows": 3, "folds": 2, "repeats": 3, "glanced": 1, "left_out": 1,
             "columns": [{"column": name, "value": 1.0, "standard_error": None}]}  # fmt: skip
    run = a_run(
        folder,
        outputs=(name, "b", "c"),
        competition=name,
        run_id=name,
        notes=[name],
        left_out=[name],
        findings=[finding],
        extras=[exhibit.to_json()],
        tuning=[study],
        importance={"of": None, "seconds": 1, "found": found},
        data_folder=name,
        schemes={name: {"folds": [1.0, 2.0]}},
    )
    run.record["result"]["members"][name] = run.record["result"]["members"]["member-0"]
    run.record["request"]["options"] = {name: name}
    run.record["folds"]["imitates"] = name
    if not arrays:
        (folder / "folds.npz").unlink()
    return written(run)


def test_no_mark_of_an_unfinished_id_is_left(tmp_path):
    page = written(a_run(tmp_path))
    assert not re.search(rf'(id="|#){MARK}', page)


def test_importance_of_another_submission_is_not_shown(undrawn, tmp_path):
    found = {"member": "m", "seed": 0, "rows": 3, "folds": 2, "repeats": 3, "glanced": 0, "left_out": 0,
             "columns": [{"column": "a-column", "value": 1.0, "standard_error": 0.5}]}  # fmt: skip
    kept = written(a_run(tmp_path / "kept", importance={"of": None, "seconds": 1, "found": found}))
    assert "a-column" in kept
    stale = written(a_run(tmp_path / "stale", importance={"of": "another", "seconds": 1, "found": found}))
    assert "a-column" not in stale
    assert "It was not asked for" in stale
