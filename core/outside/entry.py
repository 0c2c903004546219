"""The members of several runs, each under a name of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import Refusal
from core.outside.ground import Ground
from core.outside.stored import OUT_OF_FOLD, TEST, Arrays, stored_predictions
from core.run import RunFolder

Array = npt.NDArray[np.float64]

#: Between a member and the run it comes from, where several runs have members of that name.
OF_RUN = "@"
#: Characters of a run's id that tell when it was made.
STAMP = len("20260101-000000")


@dataclass(frozen=True)
class Entry:
    """A member of one or several runs.

    Parameters
    ----------
    name: unique among all runs.
    sources: the runs that have it, with its name there; the first keeps its models. None where it is brought now.
    out_of_fold: (score rows, outputs), averaged over seeds; NaN where no fold scores the row.
    test: (test rows, outputs), averaged over seeds.
    facts: what the record of the first run says of it.
    blended: whether it may enter a blend.
    """

    name: str
    sources: tuple[tuple[RunFolder, str], ...]
    out_of_fold: Array = field(compare=False)
    test: Array = field(compare=False)
    facts: Mapping[str, Any]
    blended: bool

    @property
    def baseline(self) -> bool:
        return bool(self.facts["baseline"])

    @property
    def outside(self) -> bool:
        """Whether no run of this project fitted it."""
        return not self.sources or any(name in run.record.get("outside", {}) for run, name in self.sources)


def entries_of(runs: Sequence[RunFolder], ground: Ground) -> list[Entry]:
    """All members of the runs, sorted by name.

    Members of one name and with the same predictions, to the byte, enter once. Where predictions differ, each is
    named after the run it comes from: "linear@20260101-120000".

    Parameters
    ----------
    runs: in an order of their own, such as that of their ids.
    """
    sources: dict[tuple[str, str], list[tuple[RunFolder, str]]] = {}
    means: dict[tuple[str, str], tuple[Array, Array]] = {}
    for run in runs:
        for name in sorted(run.record["result"]["members"]):
            predictions, arrays = stored_predictions(run, name)
            _refuse_other_rows(run, name, arrays, ground)
            key = (name.partition(OF_RUN)[0], _digest(arrays))
            sources.setdefault(key, []).append((run, name))
            if key not in means:
                means[key] = predictions.mean_out_of_fold, predictions.mean_test
    roster = {member.name: member for member in ground.competition.roster(ground.dataset, ground.objective)}
    entries = []
    for key, name in _names(sources).items():
        run, original = sources[key][0]
        facts = run.record["result"]["members"][original]
        member = roster.get(family_of(name))
        blended = bool(facts.get("blended", member is None or member.blended))
        entries.append(Entry(name, tuple(sources[key]), *means[key], facts, blended))
    return sorted(entries, key=lambda entry: entry.name)


def _names(sources: Mapping[tuple[str, str], Sequence[tuple[RunFolder, str]]]) -> dict[tuple[str, str], str]:
    """A name for each name and digest: its own, or that of its run too where predictions of that name differ."""
    prefixes = prefixes_of(sorted({run.run_id for found in sources.values() for run, _ in found}))
    bases = [base for base, _ in sources]
    names: dict[tuple[str, str], str] = {}
    for (base, digest), found in sources.items():
        own = sorted((name for _, name in found), key=lambda name: (OF_RUN not in name, name))
        if bases.count(base) == 1:
            name = own[-1]
        else:
            name = own[0] if OF_RUN in own[0] else f"{base}{OF_RUN}{prefixes[found[0][0].run_id]}"
        if name in names.values():  # a run that was extended after it was blended
            name = f"{name}-{digest[:6]}"
        names[base, digest] = name
    return names


def candidates(entries: Sequence[Entry]) -> list[Entry]:
    """Those that may enter a blend; any, where there is none (as `core.cross_validation.Fitted.candidates`)."""
    models = [entry for entry in entries if not entry.baseline]
    return [entry for entry in models if entry.blended] or models or list(entries)


def family_of(name: str) -> str:
    """The member that a name stands for, whatever trial of it and of whatever run.

    >>> family_of("lightgbm~7@20260101-120000")
    'lightgbm'
    """
    return re.split(f"[~{OF_RUN}]", name, maxsplit=1)[0]


def prefixes_of(run_ids: Sequence[str]) -> dict[str, str]:
    """The shortest beginning of each run id that tells it from the others, its second at least.

    >>> prefixes_of(["20260101-120000-aa", "20260101-120000-ab", "20260102-120000-aa"])["20260101-120000-ab"]
    '20260101-120000-ab'
    """
    found = {}
    for run_id in run_ids:
        size, others = STAMP, [other for other in run_ids if other != run_id]
        while size < len(run_id) and (run_id[size - 1] == "-" or any(o.startswith(run_id[:size]) for o in others)):
            size += 1
        found[run_id] = run_id[:size]
    return found


def _digest(arrays: Arrays) -> str:
    """Of the predictions of all seeds."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        if name.startswith((OUT_OF_FOLD, TEST)) and not name.endswith("ids"):
            digest.update(f"{name}{arrays[name].shape}".encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _refuse_other_rows(run: RunFolder, name: str, arrays: Arrays, ground: Ground) -> None:
    for part, ids in (("score", ground.dataset.score.ids), ("test", ground.dataset.test.ids)):
        if not np.array_equal(arrays[f"{part}_ids"], ids.to_numpy(dtype=str)):
            said = f"run {run.run_id}: the {part} rows of member {name!r} are not those of its data"
            raise Refusal(said, "run the competition again: the run is damaged")
