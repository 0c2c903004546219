"""Where the time went, with what it was made, and how to make it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from core.report.evidence import MOST_MEMBERS, Evidence
from core.report.markup import Cell, Html, element, joined, listed, number, paragraph, short, table, unfolding
from core.report.pictures import SERIES, axes, names_on_y, picture, side_by_side
from core.report.section import Section
from core.settings import Settings

#: What a plan says in place of the command.
OF_THE_PLAN = ("budget", "trials", "seeds", "more", "plan")


def repeat(evidence: Evidence) -> Section:
    """Time by member, versions, what was left out, commands."""
    record, result = evidence.record, evidence.result
    said = []
    if "seconds" in result:
        fits = result.get("fits") or {}
        spent = f"{number(result['seconds'], 3)} seconds in all"
        if fits:
            spent += f"; {fits.get('made')} fits made, {fits.get('from_cache')} taken from the cache"
        threads = record.get("threads")
        if threads:
            spent += f"; {threads} {'thread' if threads == 1 else 'threads'} for each fit"
        said.append(paragraph(f"{spent}."))
    if left_out := record.get("left_out"):
        said += [paragraph("Left out when the budget ended (", element("code", "--more TIME"), " goes on):"),
                 listed(left_out)]  # fmt: skip
    drawn = _seconds(evidence)
    parts = [*said, side_by_side([drawn]) if drawn else "", element("h3", "How to repeat it"), *_commands(record)]
    return Section("repeat", "Time, versions, how to repeat it", joined([*parts, _facts(record)]))


def command(record: Mapping[str, Any], *, plan: bool = False) -> str:
    """The command that was given, as far as the record tells; with `plan`, the one that repeats it to the byte."""
    if record.get("kind") == "blend":
        return _joining(record)
    request = record.get("request", {})
    words = ["podium", "run", str(record.get("competition", "COMPETITION"))]
    if "data_folder" in record:
        words += ["--data", str(record["data_folder"])]
    if request.get("edition"):
        words += ["--edition", str(request["edition"])]
    for name, value in request.get("options", {}).items():
        if value:
            words += ["--option", f"{name}={value}"]
    for name, value in _asked(request.get("settings", {})).items():
        if plan and name in OF_THE_PLAN:
            continue
        option = f"--{name.replace('_', '-')}"
        words += (
            [option] if value is True else [option, ",".join(value) if isinstance(value, list | tuple) else str(value)]
        )
    if plan:
        words += ["--threads", str(record.get("threads", 1)), "--plan", "plan.json", "--fresh"]
    return shlex.join(words)


def _joining(record: Mapping[str, Any]) -> str:
    """The command that joined runs and members from outside, whose files are known by their checksums alone."""
    words = ["podium", "blend", *_parents(record)]
    for name, files in record.get("request", {}).get("outside", {}).items():
        if "weight" in files:
            return shlex.join(
                ["podium", "import", *_parents(record), name, "--test", "TEST", "--weight", str(files["weight"])]
            )
        words += ["--outside", name, "OOF", "TEST"]
    return shlex.join(words)


def _parents(record: Mapping[str, Any]) -> list[str]:
    return [str(parent["run_id"]) for parent in record.get("parents", ())]


def _asked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that are not what they are unless asked for, in the order of their names."""
    usual = {field.name: field.default for field in fields(Settings)}
    asked = {name: value for name, value in settings.items() if value is not None}
    if "trials" in asked:
        asked["trials"] = max(1, asked["trials"])  # runs of earlier versions say 0 for none
    return {name: asked[name] for name in sorted(asked) if asked[name] != usual.get(name)}


def _commands(record: Mapping[str, Any]) -> list[Html]:
    parts = [paragraph("The command, as it was asked for:"), _code(command(record))]
    if record.get("status") == "finished" and "kind" not in record:
        parts += [
            paragraph(
                "To the byte, with the plan of this folder, whatever the clock says; data, code, versions and machine"
                " type must be the same:"
            ),
            _code(command(record, plan=True)),
        ]
    return parts


def _code(text: str) -> Html:
    return element("pre", element("code", text), tabindex="0")


def _facts(record: Mapping[str, Any]) -> Html:
    request = record.get("request", {})
    facts = {
        "run": record.get("run_id"),
        "started": record.get("started"),
        "revision": record.get("revision"),
        "code": request.get("code"),
        "data": request.get("data"),
        "folds": request.get("folds"),
        "submission, sha256": record.get("result", {}).get("submission_sha256"),
        "made of": ", ".join(_parents(record)),
        "granted later (--more)": record.get("more"),
    }
    for name, files in request.get("outside", {}).items():
        facts |= {f"{name}, {part}": value for part, value in files.items()}
    rows: list[list[Cell]] = [[name, _mono(value)] for name, value in facts.items() if value]
    versions: list[list[Cell]] = [[name, str(value)] for name, value in record.get("versions", {}).items()]
    parts = [table(["of", "mark"], rows, "What identifies this run")] if rows else []
    if versions:
        parts.append(unfolding("Versions", table(["library", "version"], versions, "Versions")))
    return joined(parts)


def _mono(value: object) -> Html:
    return element("code", value)


def _seconds(evidence: Evidence) -> Html | None:
    spent = {name: member["seconds"] for name, member in evidence.members.items() if member.get("seconds")}
    if not spent:
        return None
    names = sorted(spent, key=lambda name: (-spent[name], name))[:MOST_MEMBERS]
    with axes(height=80 + 24 * len(names)) as (figure, ax):
        ax.barh(range(len(names)), [spent[name] for name in names], color=SERIES[2], height=0.6)
        names_on_y(ax, [short(name, 26) for name in names])
        ax.set_xlabel("seconds, all folds and seeds")
        more = len(spent) - len(names)
        return picture(figure, "Time by member", f"{more} quicker ones are left out." if more else "")
