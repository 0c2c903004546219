"""The competitions of this checkout; the command line alone knows where they are."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Refusal

if TYPE_CHECKING:
    from core.competition import Competition

#: The checkout: the folder that holds `core` and `competitions`.
CHECKOUT = Path(__file__).resolve().parents[2]


def competitions() -> list[str]:
    """The slugs of all folders with a `competition.py`, found without importing any."""
    found = (CHECKOUT / "competitions").glob("*/competition.py")
    return sorted(path.parent.name.replace("_", "-") for path in found)


def load_competition(slug: str) -> type[Competition]:
    """The class of a competition.

    Raises
    ------
    Refusal: no such competition.
    """
    from core.competition import Competition

    if slug not in competitions():
        raise Refusal(f"no competition {slug!r}", "see `podium list`", expected=", ".join(competitions()))
    name = f"competitions.{slug.replace('-', '_')}.competition"
    module = importlib.import_module(name)
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Competition) and value.__module__ == name:
            return value
    raise Refusal(f"{name} defines no Competition", "write one class that inherits from core.competition.Competition")


def questions() -> dict[str, dict[str, str]]:
    """By slug, the files that `podium predict` may be asked with and what each is, of competitions that take any.

    They stand in `questions.py` of a competition, which imports nothing heavy.
    """
    found = {}
    for slug in competitions():
        folder = slug.replace("-", "_")
        if (CHECKOUT / "competitions" / folder / "questions.py").exists():
            found[slug] = dict(importlib.import_module(f"competitions.{folder}.questions").QUESTIONS)
    return found


def summary(slug: str) -> str:
    """The first line of a competition's docstring, read without importing it."""
    import ast

    tree = ast.parse((CHECKOUT / "competitions" / slug.replace("-", "_") / "competition.py").read_text("utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]
