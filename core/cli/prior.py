"""podium prior"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.common import add_choice, add_submissions, competition_for, sample_folder
from core.cli.run import positive
from core.errors import Refusal

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from core.competition import Competition
    from core.dataset import Dataset
    from core.priors import Prior
    from core.priors.prior import Array
    from core.submission import Layout

EPILOG = """\
examples:
  podium prior probe class-imbalance --data DIR                          write the probes
  podium prior probe class-imbalance --data DIR --scores 1.75188,5.72034
  podium prior probe class-imbalance --data DIR --scores 1.75188,5.72034 --rows 442

A probe answers the same class probabilities for every row, so that its log loss tells the share of a class. There is
one for each class but the last. Send them, and give their scores, in their order, as the leaderboard shows them.
"""

#: Up to so many classes have a column each in the table of the probes.
COLUMNS = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("action", choices=("probe",), metavar="ACTION", help="probe: ask a log loss leaderboard")
    parser.add_argument("competition")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the competition's files (default: sample data)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="for the probes (default: probes/ beside the runs)")
    parser.add_argument("--scores", type=scores, metavar="A,B", help="of the probes, on the leaderboard")
    parser.add_argument("--decimals", type=decimals, metavar="N", help="that scores are rounded to (default: as typed)")
    parser.add_argument("--rows", type=positive, metavar="N", help="scored rows, if known: shares become whole counts")
    add_choice(parser)
    add_submissions(parser)


def scores(text: str) -> tuple[Decimal, ...]:
    """Read numbers with commas between them, and keep the zeros they end with.

    >>> scores("0.610,0.93")
    (Decimal('0.610'), Decimal('0.93'))
    """
    try:
        values = tuple(Decimal(part.strip()) for part in text.split(","))
    except InvalidOperation:
        values = (Decimal("nan"),)
    if not all(value.is_finite() for value in values):
        raise argparse.ArgumentTypeError(f"{text!r} are no scores; write numbers with a point, commas between them")
    return values


def decimals(text: str) -> int:
    if not text.isdecimal() or int(text) > 15:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 15")
    return int(text)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import console

    if arguments.scores is None and (arguments.rows is not None or arguments.decimals is not None):
        raise Refusal("--rows and --decimals say how to read scores, but there are none", "give them with --scores")
    if arguments.scores is not None and arguments.out is not None:
        raise Refusal("--out and --scores do not go together", "leave one out: with scores, no probe is written")
    data = arguments.data
    if data is None:
        data = sample_folder(arguments.competition, arguments.submissions)
        say(f"no --data given: using sample data in {data}")
    competition = competition_for(arguments.competition, data, arguments.edition, arguments.option)
    metric = competition.edition.metric.name
    if metric != "log_loss":
        raise Refusal(
            f"{competition.slug} ({competition.edition.name}) is scored by {metric}: constants tell no class shares",
            "probe a competition that is scored by log loss",
            expected="the metric log_loss",
        )
    with console.status("reading", spinner="dots"):
        dataset = competition.load(data)
    if arguments.scores is not None:
        return solve(arguments, competition, data, dataset)
    return write(arguments, competition, data, dataset)


def say(text: str) -> None:
    from core.cli.console import console

    console.print(text, markup=False, soft_wrap=True)


# Probes to send


def write(arguments: argparse.Namespace, competition: Competition, data: Path, dataset: Dataset) -> int:
    """Write the probes and say what to do with them."""
    from core.cli.console import console
    from core.priors.probes import probe_constants
    from core.submission import write_submission

    classes, constants = dataset.outputs, probe_constants(dataset.outputs)
    layout = competition.edition.layout(dataset.sample_submission, dataset.id_columns)
    folder = arguments.out or arguments.submissions / competition.slug / "probes"
    files = [folder / f"probe-{number}.csv" for number in range(1, len(constants) + 1)]
    for file, constant in zip(files, constants, strict=True):
        write_submission(answer_of(constant, competition, dataset, layout), layout, file)
    console.print()
    console.print(probe_table([file.name for file in files], classes, constants))
    sent = "1 submission" if len(files) == 1 else f"{len(files)} submissions"
    say(f"sending them spends {sent}, and tells the prior of the rows that the public leaderboard scores, of no others")
    names = [f"SCORE_{number}" for number in range(1, len(files) + 1)]
    words = [competition.slug, *choice(data, arguments.edition, arguments.option), "--scores", ",".join(names)]
    say(f"then  podium prior probe {shlex.join(words)}")
    for file in files:
        print(file)
    return 0


def answer_of(constant: Array, competition: Competition, dataset: Dataset, layout: Layout) -> pd.DataFrame:
    """The answer with one constant in every row, finished like any other.

    Raises
    ------
    Refusal: what the competition makes of the constant is another one, whose score tells something else.
    """
    import numpy as np
    import pandas as pd

    test, classes = dataset.test, list(dataset.outputs)
    predictions = pd.DataFrame(np.tile(constant, (len(test), 1)), index=test.ids, columns=classes)
    answer = layout.arrange(competition.finish(predictions, test, layout))
    values = answer[layout.value_columns].to_numpy(dtype=float)
    if values.shape[1] == 1:  # one of two classes
        values = np.column_stack([values, 1 - values])
    if values.shape[1] != len(classes) or np.abs(np.sort(values, axis=1) - np.sort(constant)).max() > 1e-9:
        raise Refusal(
            f"{competition.slug} does not answer class probabilities as they are predicted, but changes them",
            "write the constants into a copy of the sample submission by hand: "
            + "; ".join(f"{name} {share:g}" for name, share in zip(classes, constant, strict=True)),
        )
    return answer


def probe_table(files: Sequence[str], classes: Sequence[str], constants: Array) -> Table:
    """The constant of every class in each file; where there are many, the two numbers of each file."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="a constant in every row", title_justify="left")
    table.add_column("file")
    if len(classes) <= COLUMNS:
        for name in classes:
            table.add_column(Text(name), justify="right")
        for file, constant in zip(files, constants, strict=True):
            table.add_row(file, *(f"{share:g}" for share in constant))
        return table
    table.add_column("class")
    table.add_column("its probability", justify="right")
    table.add_column("of each other class", justify="right")
    for number, (file, constant) in enumerate(zip(files, constants, strict=True)):
        table.add_row(file, Text(classes[number]), f"{constant.max():g}", f"{constant.min():g}")
    return table


# Scores that came back


def solve(arguments: argparse.Namespace, competition: Competition, data: Path, dataset: Dataset) -> int:
    """Print the class shares and how to use them."""
    from core.cli.console import console
    from core.priors.probes import probe_constants, solve_probes

    typed = max(0, *(-score.as_tuple().exponent for score in arguments.scores))  # digits after the point
    shown = typed if arguments.decimals is None else arguments.decimals
    if typed > shown:
        raise Refusal(
            f"--decimals {shown}, but a score has {typed} digits after the point",
            "give the number of digits that the leaderboard shows, or leave --decimals out",
        )
    constants, values = probe_constants(dataset.outputs), list(map(float, arguments.scores))
    prior = solve_probes(dataset.outputs, constants, values, shown, arguments.rows)
    console.print()
    console.print(share_table(competition.slug, prior, fitted_shares(dataset)))
    if arguments.rows is not None and prior.errors.any():
        said = f"the scores leave no single way to count {arguments.rows} rows: the shares are not rounded to it"
        say(f"note: {said}")
    say(
        "that is the prior of the rows that the public leaderboard scores; the interval holds the rounding of the"
        " scores, not how other rows differ by chance"
    )
    say(use(competition, prior, data, arguments))
    print(prior.option)
    return 0


def fitted_shares(dataset: Dataset) -> pd.Series | None:
    """The class shares of the rows to fit, by class; None where they have no class each."""
    import pandas as pd

    from core.priors import class_shares

    y = dataset.fit.y
    if not isinstance(y, pd.Series) or not y.astype(str).isin(dataset.outputs).all():
        return None
    return pd.Series(class_shares(y, dataset.outputs), index=list(dataset.outputs))


def share_table(slug: str, prior: Prior, fitted: pd.Series | None) -> Table:
    """The share of each class, its interval, and the share among the rows to fit."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(f"{slug} · {prior.source}"), title_justify="left")
    table.add_column("class")
    for heading in ("share", "95 % interval", *([] if fitted is None else ["of rows to fit"])):
        table.add_column(heading, justify="right")
    for name, share, (low, high) in zip(prior.classes, prior.shares, prior.interval(), strict=True):
        cells = [f"{share:.6f}", f"{low:.6f} to {high:.6f}"]
        table.add_row(Text(name), *cells, *([] if fitted is None else [f"{fitted[name]:.6f}"]))
    return table


def use(competition: Competition, prior: Prior, data: Path, arguments: argparse.Namespace) -> str:
    """The command that fits under the prior, or how else to use it."""
    if "prior" not in competition.settings:
        return f"{competition.slug} has no option prior; weight its rows by core.priors.prior_weights in `objective`"
    options = [text for text in arguments.option if not text.startswith("prior=")]
    words = [competition.slug, *choice(data, arguments.edition, [*options, f"prior={prior.option}"])]
    return f"then  podium run {shlex.join(words)}"


def choice(data: Path, edition: str | None, options: Sequence[str]) -> list[str]:
    """The same data, edition and options on another command line."""
    named = [] if edition is None else ["--edition", edition]
    return ["--data", str(data), *named, *(word for text in options for word in ("--option", text))]
