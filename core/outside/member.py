"""A member of another make."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from core.checks import Finding
from core.errors import Refusal

Array = npt.NDArray[np.float64]

#: Names of members are names of files too; "~" and "@" stand for trials and runs.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

#: What tables call the blend.
BLEND = "blend"


@dataclass(frozen=True)
class OutsideMember:
    """Predictions of another make, in the order of the run.

    Parameters
    ----------
    name: of the member.
    test: (test rows, outputs).
    out_of_fold: (score rows, outputs), NaN where no fold scores the row; None where only the test was predicted.
    notes: what the reader of the scores must know of it.
    files: the sha256 of each file, by what it is.
    folds_on_trust: whether its file leaves open which fold scores a row.
    suspicious: what was waved through though it looks like a mistake; a part of the notes.
    findings: what its predictions say of themselves.
    """

    name: str
    test: Array = field(compare=False)
    out_of_fold: Array | None = field(default=None, compare=False)
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    folds_on_trust: bool = False
    suspicious: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def waved_through(self, said: str) -> OutsideMember:
        """The same with something suspicious that the user took."""
        return replace(self, notes=(*self.notes, said), suspicious=(*self.suspicious, said))


def refuse_odd_name(name: str, taken: Collection[str]) -> None:
    """Refuse a name that is no name of a file, or that another member has."""
    if not NAME.fullmatch(name):
        raise Refusal(
            f"{name!r} is no name for a member",
            "name it by who made it and how",
            expected="up to 64 letters, digits, dots, dashes and underscores, the first a letter or a digit",
        )
    if name.casefold() == BLEND:
        raise Refusal(f"{name!r} is what the blend of all members is called", "give the member another name")
    if name.casefold() in {other.casefold() for other in taken}:
        raise Refusal(f"there is a member {name!r} already", "give it another name", expected="a name that is new")
