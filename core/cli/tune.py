"""podium tune"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from core.cli.common import add_choice, add_storage, add_submissions, competition_for, sample_folder
from core.cli.run import fraction, positive, refuse_absent, root, seconds, since_start
from core.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path as Folder

    from core.tuning_road import Searched

EPILOG = """\
examples:
  podium tune class-imbalance --data DIR --members lightgbm,catboost --trials 50
  podium tune class-imbalance --data DIR --members linear --trials 10 --nested     what is the search worth?
  podium run class-imbalance --data DIR --trials 50                                trials become members of the blend

Trials are kept: the same command after a kill goes on, two at once share the work, and a run with --trials (or a
budget) takes them up. optuna-dashboard shows submissions/.studies/COMPETITION.journal.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from pathlib import Path

    parser.epilog = EPILOG
    parser.add_argument("competition")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the competition's files (default: sample data)")
    parser.add_argument("--members", metavar="A,B", help="these members (default: all with a search space)")
    parser.add_argument("--trials", type=positive, default=20, metavar="N", help="of each member, the defaults and"
                        " earlier ones included (default: 20)")  # fmt: skip
    parser.add_argument("--budget", metavar="TIME", type=seconds, help="wall time, such as 90s, 5m or 1h")
    parser.add_argument("--nested", action="store_true", help="tune each member anew without each fold, and score it"
                        " there; costs as many searches as there are folds")  # fmt: skip
    parser.add_argument("--fraction", type=fraction, metavar="F", help="a share of the rows, such as 0.1")
    parser.add_argument("--seed", type=root, default=0, metavar="N", help="root of all seeds")
    parser.add_argument("--executor", default="serial", metavar="WHERE", help="serial, processes or processes:N")
    parser.add_argument("--threads", type=positive, metavar="N", help="per fit (default: cores / workers)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="as the runs to come (default: cpu)")
    parser.add_argument(
        "--refit", choices=["full", "folds"], help="as the runs to come: predict by one refit or fold models"
    )
    parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")
    add_storage(parser)
    add_choice(parser)
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import ConsoleListener, answer_screen, console
    from core.cli.tables import best_trials, nested_table, tuning_table
    from core.deadline import OutOfTime
    from core.note_keeper import NoteKeeper
    from core.settings import Settings
    from core.tuning_road import tune_members

    if arguments.trials < 2:
        raise Refusal("--trials 1: trial 0 has the defaults, so nothing would be searched", "ask for 2 or more")
    refuse_absent(arguments.device)
    data = arguments.data
    if data is None:
        data = sample_folder(arguments.competition, arguments.submissions)
        console.print(f"no --data given: using sample data in {data}", markup=False, soft_wrap=True)
    competition = competition_for(arguments.competition, data, arguments.edition, arguments.option)
    members = None if arguments.members is None else tuple(filter(None, arguments.members.replace(" ", "").split(",")))
    settings = Settings(
        members=members,
        **{name: getattr(arguments, name) for name in ("trials", "budget", "fraction", "seed", "executor", "threads",
                                                       "storage", "device", "refit")},
    )  # fmt: skip
    try:
        with ConsoleListener() as listener:
            told = NoteKeeper(listener)
            found = tune_members(
                competition, data, settings, arguments.submissions, told, since_start(), nested=arguments.nested
            )
    except OutOfTime:
        raise Refusal(
            "the budget ended before the nested score was there", "give the same command more time: it goes on"
        ) from None
    metric = competition.edition.metric
    tuning = [tuned.to_json() for tuned in found.tuned]
    screen = console if arguments.json else answer_screen()
    if tuning:
        screen.print(tuning_table(tuning, metric.name, metric.higher_is_better))
    else:
        more = "" if arguments.budget is None else ": give the same command more time, it goes on"
        screen.print(f"no trial has ended{more}", markup=False)
    for line in best_trials(tuning):
        screen.print(line, markup=False, soft_wrap=True)
    if told.unfinished:
        screen.print(f"left out: {'; '.join(told.unfinished)}", markup=False, soft_wrap=True)
    if found.nested:
        screen.print(nested_table(found.nested, metric.name, metric.higher_is_better))
    if arguments.json:
        said = summary(found, arguments.competition, data, metric.higher_is_better)
        print(json.dumps({**said, "left_out": told.unfinished}, allow_nan=False))
    return 0


def summary(found: Searched, competition: str, data: Folder, higher_is_better: bool) -> dict[str, Any]:
    """What `--json` prints; a gain is positive where tuning is better, whatever the metric."""
    from core.results import finite

    nested = [
        {
            "member": each.member,
            "tuned": finite(each.tuned.value),
            "defaults": finite(each.defaults.value),
            "gain": finite(each.better(higher_is_better)),
            "standard_error": finite(each.gain.standard_error),
        }
        for each in found.nested
    ]
    return {
        "competition": competition,
        "data": str(data),
        "tuning": [tuned.to_json() for tuned in found.tuned],
        "nested": nested,
    }
