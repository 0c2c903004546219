"""What makes predictions from outside suspicious: another scale, another direction, rows learnt by heart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata, spearmanr

from core.outside.gain import Gain

Array = npt.NDArray[np.float64]

#: From this rank correlation on, two sets of predictions are about the same thing.
AGREES = 0.5
#: Deciles apart by so many quartile distances are on another level.
FAR = 0.5
#: A transform explains that, if it leaves no more than such a share of the distance, and less than a quartile distance.
EXPLAINED = 0.25
#: Values at which deciles are compared.
DECILES = np.linspace(0.1, 0.9, 9)
#: A gain of more standard errors is none by chance.
SURE = 3.0
#: Such a gain by so large a share of the way to a perfect score is seldom honest; where the file does not tell the
#: folds, a smaller one is asked about.
LARGE, LARGE_ON_TRUST = 0.25, 0.2
#: Where that share is not known: so many standard errors.
TOO_GOOD = 10.0
#: A member that gains at all, and is so many times farther from the others out of fold than on the test rows.
NOTABLE, FARTHER = 0.02, 1.3
#: The way out for whoever predicted rows that the models were fitted on.
HONEST = "predict each row by a model of the folds that do not hold it; if you did, use a run with stronger members"
#: Worse than the trivial answer by so many standard errors, where it knows nothing of the truth: mixed up.
TOO_BAD = 10.0
#: Test rows whose rank correlation with others is less than such a share of that out of fold are in another order.
FOLLOWS = 0.3
#: Columns that gain so much in rank correlation by changing places, where they would lose as much elsewhere.
EXCHANGED = 0.1
#: Below so many rows nothing is said about levels.
FEWEST_ROWS = 10


@dataclass(frozen=True)
class Suspicion:
    """Something that is probably, but not surely, a mistake.

    Parameters
    ----------
    said: what is odd, after the name of the file.
    way_out: what to do, if it is a mistake.
    """

    said: str
    way_out: str


#: What happens to a target, and how to undo it.
TRANSFORMS: tuple[tuple[str, str, Callable[[Array], Array]], ...] = (
    ("log(1 + value)", "write numpy.expm1 of them", np.expm1),
    ("log(value)", "write numpy.exp of them", np.exp),
    ("1000 times the value", "divide them by 1000", lambda values: values / 1000),
    ("100 times the value", "divide them by 100", lambda values: values / 100),
    ("a 1000th of the value", "multiply them by 1000", lambda values: values * 1000),
    ("a 100th of the value", "multiply them by 100", lambda values: values * 100),
    ("the square root of the value", "square them", np.square),
)


def odd_direction(values: Array, other: Array, what: str, outputs: tuple[str, ...]) -> Suspicion | None:
    """Whether predictions fall where others rise.

    Parameters
    ----------
    values, other: (n, outputs).
    what: the others are, for the message.
    """
    for column, agreement in enumerate(_agreements(values, other)):
        if agreement < -AGREES:
            return Suspicion(
                f"{outputs[column]!r} goes the other way round: its rank correlation with {what} is {agreement:.2f}",
                "is it another column, or minus the value? write the predictions themselves",
            )
    return None


def odd_scale(
    values: Array, base: Array, other: Array, outputs: tuple[str, ...], *, level_of: str, order_of: str
) -> Suspicion | None:
    """Whether predictions are in the order of others, and far from the level where they belong.

    Parameters
    ----------
    values, other: predictions of the same rows, (n, outputs); `other` tells whether the order agrees.
    base: values that tell the level, (any number of rows, outputs).
    level_of, order_of: what `base` and `other` are, for the message.
    """
    for column, agreement in enumerate(_agreements(values, other)):
        if agreement < AGREES:
            continue
        found, level = np.quantile(values[:, column], DECILES), np.quantile(base[:, column], DECILES)
        spread = float(np.subtract(*np.quantile(base[:, column], [0.75, 0.25]))) or float(base[:, column].std())
        apart = np.abs(found - level).mean()
        if spread == 0 or apart < FAR * spread:
            continue
        said = (
            f"{outputs[column]!r} has the order of {order_of} (rank correlation {agreement:.2f}) on another level:"
            f" median {found[4]:.4g}, where that of {level_of} is {level[4]:.4g}"
        )
        with np.errstate(over="ignore"):
            rests = [np.abs(undo(found) - level).mean() for _, _, undo in TRANSFORMS]  # deciles, as all are monotone
        best = int(np.argmin(rests))
        if rests[best] < min(EXPLAINED * apart, spread):
            name, way_out, _ = TRANSFORMS[best]
            return Suspicion(f"{said}; it looks like {name}", way_out)
        if not base[:, column].min() <= found[4] <= base[:, column].max():
            return Suspicion(said, "write the predictions in the unit of the target")
    return None


def odd_success(gain: Gain, apart: float, apart_on_test: float, *, on_trust: bool) -> Suspicion | None:
    """Whether out-of-fold predictions are too good to be out of fold.

    Parameters
    ----------
    gain: on the best member of the run.
    apart, apart_on_test: mean distance from that member's predictions, out of fold and on the test rows. A model
        that learnt the scored rows by heart stands far from others on these rows alone.
    on_trust: whether the file leaves open which fold scores a row.
    """
    farther = gain.errors > SURE and apart > FARTHER * apart_on_test and not gain.share < NOTABLE
    if not (farther or _too_good(gain, on_trust)):
        return None
    where = f", and {apart / apart_on_test:.1f} times as far from it there as on the test rows" if farther and \
        apart_on_test > 0 else ""  # fmt: skip
    return Suspicion(
        f"better than every member of the run by {gain}{where}: were these rows predicted by models that were fitted on"
        " them?",
        HONEST,
    )


def odd_blend(name: str, gain: Gain, *, on_trust: bool) -> Suspicion | None:
    """Whether a blend is too much better with a member for that member to be out of fold.

    A weak model that has seen the scored rows hides among honest ones; a blend that reads it does not.

    Parameters
    ----------
    name: of the member.
    gain: of the nested score on that of the blend without it.
    on_trust: whether its file leaves open which fold scores a row.
    """
    if not _too_good(gain, on_trust):
        return None
    return Suspicion(
        f"with {name!r} the blend is better than without it by {gain}: were its rows predicted by models that were"
        " fitted on them?",
        HONEST,
    )


def odd_order(test: Array, other_test: Array, out_of_fold: Array, other: Array, what: str) -> Suspicion | None:
    """Whether test predictions leave others that their out-of-fold predictions follow: ids that are mixed up.

    Parameters
    ----------
    test, other_test: predictions of the same test rows, (n, outputs).
    out_of_fold, other: predictions of the same scored rows, (rows, outputs).
    what: the others are, for the message.
    """
    on_test, before = _agreements(test, other_test), _agreements(out_of_fold, other)
    column = int(np.argmax(before))
    if before[column] < AGREES or on_test[column] >= FOLLOWS * before[column]:
        return None
    return Suspicion(
        f"its rank correlation with {what} is {before[column]:.2f} out of fold and {on_test[column]:.2f} on the test"
        " rows: are its row ids mixed up?",
        "write each prediction beside the id of its row",
    )


def odd_columns(
    test: Array, other_test: Array, out_of_fold: Array, other: Array, what: str, outputs: tuple[str, ...]
) -> Suspicion | None:
    """Whether two columns of test predictions follow each other's counterparts, and out of fold their own.

    Parameters
    ----------
    test, other_test: predictions of the same test rows, (n, outputs).
    out_of_fold, other: predictions of the same scored rows, (rows, outputs).
    what: the others are, for the message.
    """
    if min(len(test), len(out_of_fold)) < FEWEST_ROWS or test.shape[1] < 3:
        return None  # of two classes one is the other's complement: it goes the other way round
    on_test, before = _crossed(test, other_test), _crossed(out_of_fold, other)
    gained = _exchanged(on_test) - _exchanged(before)
    one, two = np.unravel_index(int(np.argmax(gained)), gained.shape)
    if not (_exchanged(on_test)[one, two] > EXCHANGED and _exchanged(before)[one, two] < -EXCHANGED):
        return None
    return Suspicion(
        f"{outputs[one]!r} follows {outputs[two]!r} of {what} on the test rows, and {outputs[two]!r} its"
        f" {outputs[one]!r} (rank correlations {on_test[one, two]:.2f} and {on_test[two, one]:.2f}; with their own"
        f" {on_test[one, one]:.2f} and {on_test[two, two]:.2f}), but not out of fold: are the columns mixed up?",
        "write each prediction under the name of its output",
    )


def _crossed(values: Array, other: Array) -> Array:
    """Rank correlations of each column with each of the others', (outputs, outputs); 0 where one is constant."""
    ranks = [rankdata(part, axis=0) for part in (values, other)]
    centred = [part - part.mean(axis=0) for part in ranks]
    sizes = [np.sqrt((part**2).sum(axis=0)) for part in centred]
    scaled = [part / np.where(size > 0, size, np.inf) for part, size in zip(centred, sizes, strict=True)]
    return np.asarray(scaled[0].T @ scaled[1])


def _exchanged(crossed: Array) -> Array:
    """What two columns would gain in rank correlation if they changed places, (outputs, outputs)."""
    own = np.diag(crossed)
    return crossed + crossed.T - own[:, None] - own[None, :]


def odd_stranger(test: Array, other_test: Array, what: str) -> Suspicion | None:
    """Whether test predictions have nothing in common with those of members that know the truth.

    Parameters
    ----------
    test, other_test: predictions of the same test rows, (n, outputs).
    what: the others are, for the message.
    """
    if len(test) < FEWEST_ROWS:
        return None
    agreement = max(_agreements(test, other_test), key=abs)
    if abs(agreement) > max(FOLLOWS * AGREES, 2 / np.sqrt(len(test))):
        return None
    return Suspicion(
        f"its rank correlation with {what} is {agreement:.2f}, as that of chance: are its row ids mixed up?",
        "write each prediction beside the id of its row",
    )


def odd_failure(gain: Gain, values: Array, truth: Array, baseline: str) -> Suspicion | None:
    """Whether predictions are too bad to be what they should be, and know nothing of the truth.

    Those that rise with the truth may still help a blend: under another prior, say, they are worse than a constant
    until they are corrected.

    Parameters
    ----------
    gain: on the baseline, which is negative where the score is worse.
    values, truth: (n, outputs).
    """
    if not -gain.errors >= TOO_BAD:
        return None
    if max(_agreements(values, truth)) > 2 / np.sqrt(len(values)):  # more than chance
        return None
    return Suspicion(
        f"worse than {baseline}, the trivial answer, by {-gain.value:.4g}, which is {-gain.errors:.0f} standard errors:"
        " are its columns or its rows mixed up?",
        "write each prediction under the name of its output and beside the id of its row",
    )


def _too_good(gain: Gain, on_trust: bool) -> bool:
    if np.isnan(gain.share):
        return gain.errors > TOO_GOOD
    return gain.errors > SURE and gain.share >= (LARGE_ON_TRUST if on_trust else LARGE)


def _agreements(values: Array, other: Array) -> list[float]:
    """Rank correlation of each column; 0 where there is none to speak of."""
    if len(values) < FEWEST_ROWS:
        return [0.0] * values.shape[1]
    found = []
    for column in range(values.shape[1]):
        pair = values[:, column], other[:, column]
        constant = any((part == part[0]).all() for part in pair)
        found.append(0.0 if constant else float(spearmanr(*pair).statistic))
    return found
