"""podium new"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from string import Template

from core.cli.discovery import CHECKOUT, competitions
from core.errors import Refusal
from core.writing import write_text

#: Metrics that a scaffold can begin with, and whether they read classes.
METRICS = {"rmse": False, "mae": False, "log_loss": True, "roc_auc": True, "accuracy": True}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "example: podium new house-prices --id Id --target SalePrice --metric rmse"
    parser.add_argument("slug", help="lower-case words with hyphens, such as house-prices")
    parser.add_argument("--id", default="id", metavar="COLUMN", help="of train, test and sample (default: id)")
    parser.add_argument("--target", default="target", metavar="COLUMN", help="of train (default: target)")
    parser.add_argument("--metric", default="rmse", choices=sorted(METRICS))


def main(arguments: argparse.Namespace) -> int:
    slug = arguments.slug
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug):
        raise Refusal(
            f"{slug!r} is no name for a competition", "use that form", expected="lower-case words with hyphens"
        )
    if slug in competitions():
        raise Refusal(f"there is a competition {slug!r} already", "choose another name")
    for column in (arguments.id, arguments.target):
        if not column or '"' in column or "\\" in column or not column.isprintable():
            raise Refusal(f"{column!r} is no column name", "name a column of train.csv")
    name = slug.replace("-", "_")
    kind = "classes" if METRICS[arguments.metric] else "values"
    words = {
        "slug": slug,
        "name": name,
        "kind": "".join(word.capitalize() for word in slug.split("-")),
        "title": slug.replace("-", " ").capitalize(),
        "id": arguments.id,
        "target": arguments.target,
        "metric": arguments.metric.upper(),
    }
    written = [
        (CHECKOUT / "competitions" / name / "__init__.py", Template('"""$title."""\n')),
        (CHECKOUT / "competitions" / name / "competition.py", template(f"competition_{kind}.txt")),
        (CHECKOUT / "competitions" / name / "README.md", template("readme.txt")),
        (CHECKOUT / "tests" / "competitions" / name / "__init__.py", Template("")),
        (CHECKOUT / "tests" / "competitions" / name / "test_competition.py", template("test.txt")),
    ]
    for path, _ in written:
        if path.exists():
            raise Refusal(f"{path}: there is such a file already", "choose another name, or move the file away")
    for path, text in written:
        write_text(path, text.substitute(words))
        print(path.relative_to(CHECKOUT))
    print(f"\nnext: podium run {slug}                 on its sample data")
    print(f"      podium run {slug} --data DIR      on yours")
    print(f"      make test-{slug}                  its test, which passes now")
    return 0


def template(name: str) -> Template:
    """A template of the scaffold."""
    return Template((Path(__file__).parent / "templates" / name).read_text(encoding="utf-8"))
