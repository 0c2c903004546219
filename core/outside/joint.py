"""A joint blend of several runs, before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from core.checks import Finding
from core.ensembling import Ensemble
from core.exhibit import Exhibit
from core.outside.entry import Entry
from core.outside.ground import Ground
from core.outside.member import OutsideMember
from core.outside.mixture import Mixture
from core.outside.standing import Standing
from core.run import RunFolder


@dataclass(frozen=True)
class Joint:
    """A joint blend before it is written.

    Parameters
    ----------
    runs: the parents, in the order of their ids.
    entries: members of the parents and from outside, sorted by name.
    brought: members from outside that are new.
    mixture: predictions of the test rows alone, or None.
    joined: the blend of the entries, what it is worth, and the decision.
    standings: of the parents.
    answer: what is sent, as the competition finished it.
    findings: what the predictions say of themselves.
    exhibits: tables: the parents beside the blend, then those of the competition.
    notes: what the reader of the scores must know.
    seconds: that this took.
    """

    runs: tuple[RunFolder, ...]
    ground: Ground
    entries: tuple[Entry, ...]
    brought: tuple[OutsideMember, ...]
    mixture: Mixture | None
    joined: Ensemble
    standings: tuple[Standing, ...]
    answer: pd.DataFrame = field(compare=False)
    findings: tuple[Finding, ...]
    exhibits: tuple[Exhibit, ...]
    notes: tuple[str, ...]
    seconds: float
