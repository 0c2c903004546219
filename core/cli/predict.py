"""podium predict"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.common import add_submissions, competition_of
from core.cli.discovery import questions
from core.errors import Refusal

if TYPE_CHECKING:
    from core.forecast import Forecast
    from core.run import RunFolder

EPILOG = """\
examples:
  podium predict class-imbalance --data DIR                       its test rows, with the newest finished run
  podium predict air-quality --data DIR                           with intervals; --answer for a submission
  podium predict world-champs --startlist start.csv --race race.toml
  podium predict world-champs --run RUN --startlist start.csv --race race.toml --out worlds.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("of", metavar="RUN", help="a run's id or folder, or a competition for its newest finished run")
    parser.add_argument("--run", metavar="RUN", help="the run, where a competition was named")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder with the rows to predict; of a question, the"
                        " competition's files (default: those of the run)")  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: predictions.csv)")
    parser.add_argument("--answer", action="store_true", help="in the columns of a submission, where the competition"
                        " tells more of a row than that")  # fmt: skip
    for slug, files in questions().items():
        group = parser.add_argument_group(f"questions of {slug}")
        for name, said in files.items():
            group.add_argument(f"--{name}", type=Path, metavar="FILE", help=said)
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import console
    from core.predict import predict
    from core.run import find_run
    from core.submission import write_submission
    from core.writing import atomically

    if arguments.data is None and not any(getattr(arguments, name) for name in _names()):
        raise Refusal("nothing to predict: no --data", "see `podium predict --help`; --data names a folder of rows")
    run = find_run(arguments.submissions, arguments.run or arguments.of)
    out = arguments.out or Path("predictions.csv")
    asked = _asked(arguments, run.record["competition"])
    if asked:
        return _forecast(run, asked, arguments.data, out)
    frame, layout, product = predict(run, competition_of(run), arguments.data)
    if product is None or arguments.answer:
        write_submission(frame, layout, out)
    else:
        with atomically(out) as temporary:
            product.to_csv(temporary, index=False, lineterminator="\n")
    console.print(f"{len(frame)} rows predicted by run {run.run_id}", markup=False)
    print(out)
    return 0


def _names() -> list[str]:
    """The options of all questions, each once."""
    return list(dict.fromkeys(name for files in questions().values() for name in files))


def _asked(arguments: argparse.Namespace, slug: str) -> dict[str, Path]:
    """The files that the competition of the run is asked with: all that it takes, or none.

    Raises
    ------
    Refusal: files of another competition, or some of those that belong together.
    """
    every = questions()
    own = every.get(slug, {})
    for name in _names():
        if getattr(arguments, name) is not None and name not in own:
            takers = ", ".join(other for other, files in every.items() if name in files)
            raise Refusal(f"--{name} is no question of {slug}", f"name a run of {takers}, or leave it out")
    given = {name: getattr(arguments, name) for name in own if getattr(arguments, name) is not None}
    lacking = [name for name in own if name not in given]
    if given and lacking:
        raise Refusal(f"--{next(iter(given))} without --{lacking[0]}", "give both", expected=own[lacking[0]])
    return given


def _forecast(run: RunFolder, asked: dict[str, Path], data: Path | None, out: Path) -> int:
    from core.predict import decision_of, model_of

    competition = competition_of(run)
    folder = data or Path(run.record["data_folder"])
    if not folder.is_dir():
        raise Refusal(f"{folder}: no such folder", "name the folder of the competition's files with --data")
    found = competition.forecast(asked, folder, model_of(run, competition), decision_of(run, competition))
    return write_answer(found, f"forecast of run {run.run_id}", out)


def write_answer(found: Forecast, source: str, out: Path) -> int:
    """Show an answer, write its table and, beside it, its page.

    Parameters
    ----------
    source: what made it.
    """
    from core.cli.console import answer_screen, console
    from core.cli.exhibits import exhibit_table
    from core.report.forecast import write_forecast
    from core.writing import atomically

    screen = answer_screen()
    for exhibit in found.exhibits:
        screen.print(exhibit_table(exhibit))
        for note in exhibit.notes:
            screen.print(f"  {note}", markup=False)
        screen.print()
    for note in found.notes:
        screen.print(f"note: {note}", markup=False, soft_wrap=True)
    with atomically(out) as temporary:
        found.table.to_csv(temporary, index=False, lineterminator="\n")
    page = out.with_suffix(".html")
    write_forecast(found, source, page)
    console.print(f"{len(found.table)} rows: {source}", markup=False)
    print(out)
    print(page)
    return 0
