"""What a joint blend says of its parents and of members from outside, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from core.ensembling import Ensemble
from core.exhibit import Exhibit
from core.outside.entry import Entry
from core.outside.ground import Ground
from core.outside.member import OutsideMember
from core.outside.mixture import Mixture
from core.outside.standing import Standing
from core.results import finite

VALIDATED, ON_TRUST = "validated", "folds on trust"
SUSPICIOUS = "suspicious, taken with --yes"
UNVALIDATED = "unvalidated: a weight set by hand"


def parents_table(joined: Ensemble, standings: Sequence[Standing], ground: Ground) -> Exhibit:
    """The nested score of each parent's blend beside that of the joint one."""
    rows = [
        (f"parent {standing.run}", *_scores(standing.score, standing.standard_error), finite(standing.gain),
         finite(standing.gain_error))
        for standing in standings
    ]  # fmt: skip
    rows.append(("this blend", *_scores(joined.nested.value, joined.nested.standard_error), None, None))
    over = standings[0].over
    notes = [f"gained: positive where this blend is better; its error is paired, over {over}"]
    apart = [s for s in standings if s.gain_error > 0 and abs(s.gain) >= 2 * s.gain_error]
    if len(apart) < len(standings) and any(standing.gain != 0 for standing in standings):
        notes.append("a gain of less than two of its errors is noise")
    metric = ground.judge.metric
    way = "higher" if metric.higher_is_better else "lower"
    title = f"blended before and now: nested {metric.name}, {way} is better"
    return Exhibit(title, ("blend", "nested", "± s.e.", "gained", "± s.e."), tuple(rows), tuple(notes))


def outside_table(
    entries: Sequence[Entry],
    brought: Sequence[OutsideMember],
    mixture: Mixture | None,
    joined: Ensemble,
) -> list[Exhibit]:
    """The members from outside, of the parents too; nothing where there are none."""
    rows = []
    for entry in outside_entries(entries, brought):
        facts, weight = entry.facts, joined.blend.weights.get(entry.name, 0.0)
        rows.append((entry.name, facts["score"], facts["standard_error"], weight, standing_of(entry, brought)))
    if mixture is not None:
        said = f"{UNVALIDATED}; {SUSPICIOUS}" if mixture.member.suspicious else UNVALIDATED
        rows.append((mixture.member.name, None, None, mixture.weight, said))
    if not rows:
        return []
    notes = () if mixture is None else (mixture.note,)
    columns = ("member", "score", "± s.e.", "weight", "standing")
    return [Exhibit("members from outside", columns, tuple(rows), notes)]


def outside_entries(entries: Sequence[Entry], brought: Sequence[OutsideMember]) -> list[Entry]:
    """The entries that no run of this project fitted."""
    new = {member.name for member in brought}
    return [entry for entry in entries if entry.name in new or entry.outside]


def standing_of(entry: Entry, brought: Sequence[OutsideMember]) -> str:
    """How far the score of a member from outside may be believed."""
    if suspicions_of(entry, brought):
        return SUSPICIOUS
    return ON_TRUST if folds_on_trust(entry, brought) else VALIDATED


def suspicions_of(entry: Entry, brought: Sequence[OutsideMember]) -> list[str]:
    """What was waved through of a member from outside, when it was brought."""
    new = {member.name: list(member.suspicious) for member in brought}
    if entry.name in new:
        return new[entry.name]
    found = [run.record.get("outside", {}).get(name, {}).get("suspicious", []) for run, name in entry.sources]
    return list(dict.fromkeys(said for part in found for said in part))


def folds_on_trust(entry: Entry, brought: Sequence[OutsideMember]) -> bool:
    """Whether nothing but the word of who made it says that a member from outside is out of fold."""
    new = {member.name: member.folds_on_trust for member in brought}
    if entry.name in new:
        return new[entry.name]
    return any(run.record.get("outside", {}).get(name, {}).get("folds_on_trust", False) for run, name in entry.sources)


def _scores(value: float, error: float) -> tuple[float | None, float | None]:
    return finite(value), finite(error)
