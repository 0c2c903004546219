"""One concrete year of a competition, and where it is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from core.metrics import Metric
from core.submission import Layout, ValueRules


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
    optional_columns: of probabilities that the host reads from an answer, though its sample submission lacks them.
    optional_per: the id column per which they sum to 1.
    """

    name: str
    metric: Metric
    files: tuple[str, ...]
    rules: ValueRules = field(default_factory=ValueRules)
    optional_columns: tuple[str, ...] = ()
    optional_per: str | None = None

    def layout(self, sample: pd.DataFrame, id_columns: Sequence[str]) -> Layout:
        """Of an answer, from the host's sample submission."""
        return Layout.of_sample(sample, id_columns, self.rules, self.optional_columns, self.optional_per)


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
