"""The `podium` command. Nothing heavy is imported before a verb is chosen."""

from __future__ import annotations

import argparse
import importlib
import keyword
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from core.errors import Refusal

#: Every verb is a module of this package with `add_arguments(parser)` and `main(arguments) -> exit code`. The module of
#: a word that Python keeps for itself ends in "_".
VERBS = {
    "list": "competitions of this checkout",
    "info": "what a competition expects: files, metric, options",
    "sample": "write a small synthetic data set in the official layout",
    "run": "from a data folder to a validated, ensembled submission",
    "tune": "search the parameters of members, on the folds of the runs to come",
    "inspect": "leaks, disagreement of train and test, schemes that mislead",
    "predict": "predict new rows with a finished run",
    "backtest": "forecast the past from what came before it, and say how good that was",
    "folds": "write the folds of a run, for others to train on",
    "import": "take in predictions of another make, and blend anew",
    "blend": "blend the members of several runs",
    "prior": "class shares of the rows a leaderboard scores",
    "check": "validate a submission file before it is sent",
    "runs": "all runs and their scores",
    "show": "one run: members, blend, notes",
    "dashboard": "a run's predictions as a page with a map, in one file",
    "report": "one run as a page: scores, calibration, members, checks, how to repeat it",
    "new": "scaffold a competition of your own",
    "doctor": "check this installation, and say how to mend it",
}

EXAMPLES = """\
examples:
  podium run class-imbalance                      sample data, made on the spot
  podium inspect class-imbalance --data DIR       before anything is fitted
  podium run class-imbalance --data DIR --budget 5m
  podium predict class-imbalance --data DIR       with the newest finished run
  podium check class-imbalance submission.csv --data DIR
  podium prior probe class-imbalance --data DIR   class shares from leaderboard scores
  podium folds export RUN                         then  podium import RUN NAME --oof FILE --test FILE
  podium new my-competition                       a folder with a test that passes

`podium VERB --help` shows the options of a verb.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb. Returns 0, 1 (a failure), 2 (a refusal) or 130 (interrupted)."""
    arguments = [*(sys.argv[1:] if argv is None else argv)]  # `list` is a verb here
    verb = next((word for word in arguments if not word.startswith("-")), None)
    parser = _Parser(
        prog="podium",
        description="A competition's data folder in, a well-validated, ensembled submission out.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, text in VERBS.items():
        if verb is not None and verb != name:
            verbs.add_parser(name, help=text)
            continue
        child = verbs.add_parser(
            name, help=text, description=text.capitalize() + ".", formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if verb == name:
            _module(name).add_arguments(child)
    return _guarded(lambda: _verb(parser.parse_args(arguments)))


class _Parser(argparse.ArgumentParser):
    """Refuses options like everything else: one message, with the way out."""

    def error(self, message: str) -> NoReturn:
        from core.errors import Refusal

        raise Refusal(message, f"see `{self.prog} --help`")


def _verb(parsed: argparse.Namespace) -> int:
    return int(_module(parsed.verb).main(parsed))


def _module(verb: str) -> Any:
    return importlib.import_module(f"core.cli.{verb}_" if keyword.iskeyword(verb) else f"core.cli.{verb}")


def _guarded(work: Callable[[], int]) -> int:
    from core.errors import Refusal, environment_refusal

    try:
        return work()
    except Refusal as refusal:
        return _refused(refusal)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        of_environment = environment_refusal(error)
        if of_environment is None:
            raise
        return _refused(of_environment)
    except MemoryError:
        way_out = "look at a share of the rows (--fraction 0.1), fit fewer members, or use --executor serial"
        return _refused(Refusal("this machine has too little memory for that", way_out))
    except KeyboardInterrupt:
        print("\npodium: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130


def _refused(refusal: Refusal) -> int:
    print(f"podium: {refusal}", file=sys.stderr)
    return 2


def _version() -> str:
    from core import __version__

    return f"podium {__version__}"
