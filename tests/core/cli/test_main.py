"""The command before any verb has begun."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

from core import cli
from core.cli import VERBS, main
from core.errors import Refusal
from tests.support.command import CHECKOUT, podium

HEAVY = ("numpy", "pandas", "sklearn", "scipy", "torch", "kaggle", "lightgbm", "catboost", "optuna", "rich")


def test_help_imports_nothing_heavy():
    program = f"""
import sys
from core.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(verb in done.stdout for verb in VERBS)
    assert "examples:" in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    done = podium(verb, "--help")
    assert done.returncode == 0
    assert f"podium {verb}" in done.stdout


def test_an_unknown_verb_names_those_there_are():
    done = podium("rum")
    assert done.returncode == 2
    assert "predict" in done.stderr
    assert done.stderr.startswith("podium: ")
    assert "way out:  see `podium --help`" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "VERB"),
        (["run"], "competition"),
        (["run", "class-imbalance", "--no-such-option"], "--no-such-option"),
        (["run", "class-imbalance", "--seed", "one"], "--seed"),
        (["run", "class-imbalance", "--budget"], "--budget"),
        (["run", "class-imbalance", "--device", "tpu"], "tpu"),
        (["predict", "class-imbalance"], "--data"),
        (["sample", "class-imbalance", "--seed", "x"], "--seed"),
    ],
)
def test_a_wrong_option_is_refused_like_everything_else(arguments, said, capsys):
    assert main(arguments) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("podium: ")
    assert said in errors
    assert "way out:  see `podium" in errors
    assert len(errors.splitlines()) <= 3


def raising(error):
    def verb(parsed):
        raise error

    return verb


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "runs/x"), "runs/x: the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "runs"), "runs: permission denied"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "a/b"), "a/b: there is a file where a folder should be"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "a"), "a: there is a folder where a file should be"),
        (MemoryError(), "too little memory"),
        (Refusal("odd", "mend it"), "odd"),
    ],
)
def test_an_error_of_the_environment_is_a_refusal(error, said, monkeypatch, capsys):
    monkeypatch.setattr(cli, "_verb", raising(error))
    assert main(["list"]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"podium: {said}") or said in errors
    assert "way out:" in errors


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch):
    for error in (KeyError("x"), OSError("odd")):
        monkeypatch.setattr(cli, "_verb", raising(error))
        with pytest.raises(type(error)):
            main(["list"])


def test_an_interruption_says_how_to_go_on(monkeypatch, capsys):
    monkeypatch.setattr(cli, "_verb", raising(KeyboardInterrupt()))
    assert main(["list"]) == 130
    assert "goes on where it stopped" in capsys.readouterr().err


def test_list_names_the_competitions_without_importing_them():
    done = podium("list", "--names")
    assert "class-imbalance" in done.stdout.split()


def test_info_says_files_metric_and_options():
    done = podium("info", "class-imbalance")
    assert done.returncode == 0
    for word in ("log_loss", "train.csv", "addi-2021", "--option prior"):
        assert word in done.stdout
