"""One concrete year of a competition, and where it is held."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.metrics import Metric
from core.submission import ValueRules


@dataclass(frozen=True)
class HostRef:
    """Where a competition is held, by the host's own name for it."""

    host: Literal["kaggle", "zindi", "aicrowd", "none"]
    slug: str = ""


@dataclass(frozen=True)
class Edition:
    """One concrete year.

    Parameters
    ----------
    name: such as "addi-2021".
    metric: that the host scores.
    files: whose presence in a folder tells this edition.
    rules: for the values of an answer.
    """

    name: str
    metric: Metric
    files: tuple[str, ...]
    rules: ValueRules = field(default_factory=ValueRules)


@dataclass(frozen=True)
class Option:
    """A setting of a competition that the user may give with `--option name=value`.

    Parameters
    ----------
    help: one sentence.
    default: the text that stands for "not given".
    """

    help: str
    default: str = ""
