"""podium check"""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.common import add_choice, add_submissions, competition_for
from core.cli.discovery import competitions
from core.errors import Refusal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "example: podium check class-imbalance submission.csv --data DIR"
    parser.add_argument("what", help="a competition, or a run's id or folder")
    parser.add_argument("file", nargs="?", type=Path, help="a CSV file (default: the run's, or the newest run's)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the competition's files (default: the run's)")
    add_choice(parser)
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.reading import read_csv
    from core.run import find_run

    slug, data, file = arguments.what, arguments.data, arguments.file
    edition, options = arguments.edition, arguments.option
    if slug not in competitions() or data is None or file is None:
        run = find_run(arguments.submissions, slug)
        slug, request = run.record["competition"], run.record["request"]
        data = data or Path(run.record["data_folder"])
        file = file or run.submission
        edition = edition or request["edition"]
        options = options or [f"{name}={value}" for name, value in request["options"].items()]
        if not data.is_dir():
            raise Refusal(f"{data}: the data of this run are gone", "name their folder with --data")
    competition = competition_for(slug, data, edition, options)
    dataset = competition.load(data)
    layout = competition.edition.layout(dataset.sample_submission, dataset.id_columns)
    answer = read_csv(file, text=layout.id_columns, required=layout.value_columns, strict=True)
    layout.validate(answer, str(file))
    print(f"{file}: a valid submission of {len(layout.ids)} rows for {slug} ({competition.edition.name})")
    return 0
