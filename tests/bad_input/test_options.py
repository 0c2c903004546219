"""Malformed options of every verb: refused in the same style, with nothing written."""

from __future__ import annotations

import pytest

from tests.bad_input.small_data import answer, everything_in, files, is_refused, said, text_of, write

RUN = ("run", "class-imbalance", "--data", "{data}", "--submissions", "{runs}")
CHECK = ("check", "class-imbalance", "{data}/answer.csv", "--data", "{data}", "--submissions", "{runs}")

CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "no verb": ((), ("VERB",)),
    "an unknown verb": (("frobnicate",), ("'frobnicate'",)),
    "an unknown option": ((*RUN, "--frobnicate"), ("--frobnicate",)),
    "an option without its value": ((*RUN, "--budget"), ("--budget",)),
    # run
    "run without a competition": (("run",), ("competition",)),
    "run of no competition": (("run", "no-such", "--data", "{data}"), ("no competition 'no-such'", "class-imbalance")),
    "a budget in words": ((*RUN, "--budget", "soon"), ("--budget", "'soon'", "90s, 5m or 1h")),
    "a budget of nothing": ((*RUN, "--budget", "0"), ("--budget", "'0'")),
    "a budget below nothing": ((*RUN, "--budget=-5m"), ("--budget", "'-5m'")),
    "a budget without end": ((*RUN, "--budget", "inf"), ("--budget", "'inf'")),
    "a budget of a century": ((*RUN, "--budget", "1e9h"), ("--budget", "'1e9h'", "up to a year")),
    "a seed below nought": ((*RUN, "--seed=-5"), ("--seed", "'-5'")),
    "a budget of no number": ((*RUN, "--budget", "nanm"), ("--budget", "'nanm'")),
    "a share of nothing": ((*RUN, "--fraction", "0"), ("--fraction", "'0'")),
    "a share of more than all": ((*RUN, "--fraction", "1.5"), ("--fraction", "'1.5'")),
    "a share with a comma": ((*RUN, "--fraction", "0,5"), ("--fraction", "'0,5'")),
    "a share in percent": ((*RUN, "--fraction", "10%"), ("--fraction", "'10%'")),
    "a fold in words": ((*RUN, "--fold", "first"), ("--fold", "'first'")),
    "a fold that is not there": ((*RUN, "--fold", "5"), ("--fold 5", "expected: 0 to 4")),
    "a fold below nought": ((*RUN, "--fold=-1"), ("--fold -1", "expected: 0 to 4")),
    "no trials": ((*RUN, "--trials", "0"), ("--trials", "'0'")),
    "half a seed": ((*RUN, "--seeds", "1.5"), ("--seeds", "'1.5'")),
    "threads below nought": ((*RUN, "--threads=-2"), ("--threads", "'-2'")),
    "a seed in words": ((*RUN, "--seed", "lucky"), ("--seed", "'lucky'")),
    "another way to refit": ((*RUN, "--refit", "some"), ("--refit", "'some'")),
    "another device": ((*RUN, "--device", "tpu"), ("--device", "'tpu'")),
    "another executor": ((*RUN, "--executor", "cloud"), ("cloud",)),
    "no member named": ((*RUN, "--members", ","), ("--members",)),
    "a member that is not there": ((*RUN, "--members", "linear,forest"), ("--members: no member 'forest'", "linear")),
    "a plan that is not there": ((*RUN, "--plan", "{data}/plan.json"), ("plan.json",)),
    "a plan that is no plan": ((*RUN, "--plan", "{data}/train.csv"), ("train.csv",)),
    "an edition that is not there": ((*RUN, "--edition", "1999"), ("no edition '1999'", "expected: addi-2021")),
    "an option that is not there": ((*RUN, "--option", "colour=red"), ("no option 'colour'", "expected: prior")),
    "an option without a value": ((*RUN, "--option", "prior"), ("--option 'prior' has no value", "name=value")),
    "an option without a name": ((*RUN, "--option", "=1"), ("--option '=1'",)),
    # check
    "check of nothing": (("check", "--submissions", "{runs}"), ("what",)),
    "check of no run": (("check", "19990101", "--submissions", "{runs}"), ("no run '19990101'", "podium runs")),
    "check without a run": (("check", "class-imbalance", "--submissions", "{runs}"), ("no run 'class-imbalance'",)),
    "check of no competition": (("check", "no-such", *CHECK[2:]), ("no run 'no-such'",)),
    "check with another edition": ((*CHECK, "--edition", "1999"), ("no edition '1999'",)),
    "check with another option": ((*CHECK, "--option", "colour=red"), ("no option 'colour'",)),
    "check of two files": ((*CHECK, "{data}/answer.csv"), ("{data}/answer.csv",)),
    # the others
    "predict without a folder": (("predict", "class-imbalance", "--submissions", "{runs}"), ("--data",)),
    "predict with no run": (("predict", "class-imbalance", "--data", "{data}", "--submissions", "{runs}"), ("no run",)),
    "show of no run": (("show", "19990101", "--submissions", "{runs}"), ("no run '19990101'",)),
    "info of no competition": (("info", "no-such"), ("no competition 'no-such'", "podium list")),
    "sample of no competition": (("sample", "no-such", "--out", "{runs}"), ("no competition 'no-such'",)),
    "sample into a folder that is full": (("sample", "class-imbalance", "--out", "{data}"), ("{data}",)),
    "new under a bad name": (("new", "Not a Name"), ("Not a Name",)),
    "new under a taken name": (("new", "class-imbalance"), ("class-imbalance",)),
    "new with another metric": (("new", "some-thing", "--metric", "luck"), ("--metric",)),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_a_malformed_option_is_refused(name, tmp_path, capsys):
    words, parts = CASES[name]
    data = write(tmp_path / "data", {**files(), "answer.csv": text_of(answer())})
    before = everything_in(tmp_path)
    places = {"data": data, "runs": tmp_path / "runs"}
    is_refused(said(capsys, *(word.format(**places) for word in words)), *(part.format(**places) for part in parts))
    # A run that is refused late leaves its folder and the ledger; nothing that looks like an answer.
    left = {
        path: content
        for path, content in everything_in(tmp_path).items()
        if not path.startswith("runs") or path.endswith((".csv", ".npz", ".tmp"))
    }
    assert left == before
    assert everything_in(data) == {
        name.removeprefix("data/"): value for name, value in before.items() if name != "data"
    }
