"""The tables of a competition on the console: nothing cut, nothing read as markup."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from rich.console import Console

from core.cli import console, main
from core.cli.exhibits import exhibit_table, show_extras
from core.exhibit import Exhibit
from core.road import run
from core.settings import Settings
from tests.support.small import Small, sample_of

STRATEGIES = Exhibit(
    "strategies, out of fold under the test prior",
    ("rank", "strategy", "log loss", "± s.e.", "behind", "± s.e."),
    (
        (1, "catboost-calibrated", 0.61234, 0.01234, 0.0, 0.0),
        (1, "lightgbm-undersampled", 0.61334, 0.01334, 0.001, 0.00123),
        (2, "catboost-undersampled", 12.70001, 0.02345, 10.08767, None),
    ),
    ("one rank: less than two paired standard errors apart",),
)
PRIORS = Exhibit(
    "class shares (95 % interval)",
    ("of", "normal", "post_alzheimer", "pre_alzheimer"),
    (
        ("train", "0.9520", "0.0350", "0.0130"),
        (
            "test, used: estimated from 1473 test rows without labels and 362 with labels",
            "0.746 (0.701–0.786)",
            "0.171 (0.135–0.214)",
            "0.083 (0.058–0.117)",
        ),
    ),
)


def printed(exhibit: Exhibit, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(exhibit_table(exhibit))
    lines = console.file.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    return lines


def cells_of(lines: list[str]) -> list[list[str]]:
    """The cells of each line of the body."""
    body = [line for line in lines if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in body]


def put_together(lines: list[str], columns: int) -> list[str]:
    """What stands in each column, whatever lines it was spread over; without blanks."""
    whole = [""] * columns
    for cells in cells_of(lines):
        whole = [text + cell.replace(" ", "") for text, cell in zip(whole, cells, strict=True)]
    return whole


@pytest.mark.parametrize("width", [80, 120])
def test_strategies_stand_on_one_line_each(width):
    rows = cells_of(printed(STRATEGIES, width))
    assert rows == [
        ["1", "catboost-calibrated", "0.61234", "0.01234", "0", "0"],
        ["1", "lightgbm-undersampled", "0.61334", "0.01334", "0.001", "0.00123"],
        ["2", "catboost-undersampled", "12.7", "0.02345", "10.088", "–"],
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("exhibit", [STRATEGIES, PRIORS], ids=["strategies", "priors"])
def test_nothing_is_cut_where_the_terminal_is_narrow(exhibit, width):
    lines = printed(exhibit, width)
    assert not any("…" in line for line in lines)
    found = put_together(lines, len(exhibit.columns))
    for position, text in enumerate(found):
        for row in exhibit.rows:
            cell = row[position]
            expected = "–" if cell is None else f"{cell:.5g}" if isinstance(cell, float) else str(cell)
            assert expected.replace(" ", "") in text


def test_intervals_break_between_share_and_ends():
    lines = printed(PRIORS, 80)
    assert any("0.171" in line for line in lines)
    assert any("(0.135–0.214)" in line for line in lines)


NAMES = ["[bold]well", "[/]", "[red]ill[/red]", r"a\[b]", "x]", ":bug:", r"end\\", "[link=x]y"]


@pytest.mark.parametrize("name", NAMES)
def test_class_names_are_shown_as_they_are_wherever_they_stand(name):
    exhibit = Exhibit(f"of {name}", ("of", name), ((name, 0.5), ("more", f"{name} 1")))
    lines = printed(exhibit, 120)
    assert lines[0].strip() == f"of {name}"
    assert [cell.strip() for cell in lines[2].strip("┃").split("┃")] == ["of", name]
    assert cells_of(lines) == [[name, "0.5"], ["more", f"{name} 1"]]


@pytest.mark.parametrize("name", NAMES)
def test_notes_are_shown_as_they_are(name, capsys):
    note = f"{name}: calibration error"
    show_extras({"extras": [Exhibit("t", ("a",), (("b",),), (note,)).to_json()], "run_id": "r"})
    assert f"  {note}\n" in capsys.readouterr().err


def test_a_gap_is_a_dash_and_numbers_stand_to_the_right():
    exhibit = Exhibit("t", ("name", "value", "rows"), (("a", None, 1), ("b", 0.123456789, 1000), ("c", 1.0, 10)))
    lines = [line for line in printed(exhibit, 80) if line.startswith("│")]
    assert lines == [
        "│ a    │       – │    1 │",
        "│ b    │ 0.12346 │ 1000 │",
        "│ c    │       1 │   10 │",
    ]


def test_a_column_with_one_text_stands_to_the_left():
    exhibit = Exhibit("t", ("mixed",), ((0.5,), ("longer text",)))
    assert cells_of(printed(exhibit, 80)) == [["0.5"], ["longer text"]]
    assert "│ 0.5         │" in printed(exhibit, 80)


def test_a_table_without_rows_is_shown():
    assert any("nothing" in line for line in printed(Exhibit("nothing", ("a", "b"), ()), 80))


# --- which are shown

BRIEF = Exhibit("the brief one", ("a column", "and another"), ((1, 2),))
LONG = Exhibit("the long one", ("a column", "and another"), ((np.pi, 2),), brief=False)


@pytest.mark.parametrize(
    ("tables", "everything", "shown", "said"),
    [
        ([BRIEF, LONG], False, ["the brief one"], "\n1 more table: podium show 7 --all"),
        ([BRIEF, LONG, LONG], False, ["the brief one"], "\n2 more tables: podium show 7 --all"),
        ([BRIEF, LONG], True, ["the brief one", "the long one"], None),
        ([BRIEF], False, ["the brief one"], None),
        ([], True, [], None),
    ],
)
def test_brief_tables_are_shown_and_the_others_where_all_are_asked_for(tables, everything, shown, said, capsys):
    show_extras({"extras": [table.to_json() for table in tables], "run_id": "7"}, everything=everything)
    told = capsys.readouterr()
    assert [title for title in ("the brief one", "the long one") if title in told.err] == shown
    assert ("podium show" in told.err) == (said is not None)
    assert said is None or said in told.err
    assert told.out == ""


def test_a_record_of_an_earlier_version_has_no_tables(capsys):
    show_extras({"run_id": "7"}, everything=True)
    assert capsys.readouterr().err == ""


class WithTables(Small):
    """Says two things of its run."""

    slug = "with-tables"

    def extras(self, outcome):
        rows = tuple(
            (name, float(outcome.judge.score(values, outcome.rows))) for name, values in outcome.members.items()
        )
        return [Exhibit("members once more", ("member", "score"), rows), LONG]


def test_show_prints_brief_tables_and_all_with_all(tmp_path, capsys):
    finished = run(WithTables(), sample_of(WithTables, tmp_path / "data"), Settings(threads=1), tmp_path / "runs")
    arguments = ["show", finished.run_id, "--submissions", str(tmp_path / "runs")]
    assert main(arguments) == 0
    brief = capsys.readouterr()
    assert "blend (" in brief.out
    assert "members once more" in brief.out
    assert "the long one" not in brief.out
    assert f"1 more table: podium show {finished.run_id} --all" in brief.out
    assert brief.err == ""
    assert main([*arguments, "--all", "--json"]) == 0
    every = capsys.readouterr()
    assert "the long one" in every.err
    assert "3.1416" in every.err
    assert "more table" not in every.err
    said = json.loads(every.out)
    assert [table["title"] for table in said["extras"]] == ["members once more", "the long one"]
    scores = {name: member["score"] for name, member in finished.record["result"]["members"].items()}
    assert dict(said["extras"][0]["rows"]).keys() == scores.keys()


def test_a_run_tells_what_a_reader_asks_next(finished):
    """Class imbalance on its sample data."""
    told, said = finished.stderr, json.loads(finished.stdout)
    for title in ("class shares (95 % interval)", "strategies, out of fold", "expected on the test"):
        assert title in told
    assert "reliability" not in told
    assert f"2 more tables: podium show {said['run_id']} --all" in told
    assert len(said["extras"]) == 5
    assert len(said["priors"]) == 3


@pytest.mark.parametrize("width", [80, 120])
def test_all_tables_of_a_run_fit_the_terminal(width, finished, capsys, monkeypatch):
    monkeypatch.setattr(console, "WIDE", width)
    said = json.loads(finished.stdout)
    assert main(["show", said["run_id"], "--all", "--submissions", str(finished.submissions)]) == 0
    told = capsys.readouterr().out
    for exhibit in said["extras"]:
        assert exhibit["title"] in told
    tables = told[told.index("class shares (95") :]
    assert "…" not in tables
    assert all(len(line) <= width for line in tables.splitlines())
    strategies = tables.partition("strategies, out of fold")[2]
    for name in said["scores"]:
        assert f" {name} " in strategies or name == "blend"
