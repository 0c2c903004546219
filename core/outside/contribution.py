"""What a blend gains by each member from outside: too much tells that the member has seen the scored rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.checks import Finding
from core.ensembling import Ensemble, ensemble
from core.errors import Refusal
from core.outside.comparison import gain_over
from core.outside.entry import Entry, candidates, family_of
from core.outside.ground import Ground
from core.outside.member import OutsideMember
from core.outside.stored import stored_folds
from core.outside.suspicion import odd_blend
from core.run import RunFolder

Array = npt.NDArray[np.float64]

#: What looks at the weights of members from outside; they are those of one blend.
CHECK = "weights of members from outside"


def blend_of(ground: Ground, entries: Sequence[Entry]) -> Ensemble:
    """The blend of those entries that may enter one, by the score of the ground."""
    found = {entry.name: entry for entry in candidates(entries)}
    regime = ground.competition.regime
    return ensemble(
        {name: entry.out_of_fold for name, entry in found.items()},
        ground.judge,
        ground.folds,
        ground.dataset.score.keys,
        fitted=ground.fitted,
        decision=ground.competition.decision,
        seed=ground.seed,
        families={name: family_of(name) for name in found},
        regime=None if regime is None else ground.dataset.score.keys[regime],
    )


def judged_alone(
    runs: Sequence[RunFolder],
    ground: Ground,
    entries: Sequence[Entry],
    brought: Sequence[OutsideMember],
    joined: Ensemble,
    *,
    accept: bool,
) -> list[OutsideMember]:
    """Each new member, judged by what it adds to the blend of this project's own members.

    By itself, so that neither what else is brought nor the order counts.

    Parameters
    ----------
    entries: all there are, the new ones too.
    joined: their blend.
    accept: take what is suspicious, with a note.

    Raises
    ------
    Refusal: a member with which the blend is too good.
    """
    own = [entry for entry in entries if not entry.outside]
    if not brought or all(entry.baseline for entry in own):
        return list(brought)  # whoever beats a trivial answer by far need not have seen the rows
    if len(runs) == 1 and not any(entry.outside and entry.sources for entry in entries):
        before = stored_folds(runs[0])["nested"]
    else:
        before = blend_of(ground, own).nested_predictions
    judged = []
    for member in brought:
        others = [entry for entry in entries if not entry.outside or entry.name == member.name]
        after = joined if len(others) == len(entries) else blend_of(ground, others)
        gain = gain_over(ground.judge, ground.folds, ground.fitted, before, after.nested_predictions, ground.clusters)
        odd = odd_blend(member.name, gain, on_trust=member.folds_on_trust)
        if odd is not None and not accept:
            raise Refusal(odd.said, f"{odd.way_out}; or take it as it is, with --yes")
        taken = None if odd is None else f"{member.name}: taken with --yes, though suspicious: {odd.said}"
        judged.append(member if taken is None else member.waved_through(taken))
    return judged


def heavy(joined: Ensemble, entries: Sequence[Entry]) -> list[Finding]:
    """Members from outside that a pool of log probabilities counts more than once."""
    if joined.blend.scale != "logs":
        return []
    findings = []
    for entry in entries:
        blends = [joined.blend, *joined.blend.regimes.values()]
        weight = max(blend.weights.get(entry.name, 0.0) for blend in blends)
        if entry.outside and weight > 1:
            message = (
                f"{entry.name} has weight {weight:.2f} in a pool of log probabilities, which sharpens what it says:"
                " either it is too cautious, or its out-of-fold predictions know more than those of the test rows"
            )
            advice = "ask whether the models that predicted a row were fitted on it"
            findings.append(Finding(CHECK, "warning", message, advice))
    return findings
