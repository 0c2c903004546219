"""The files of a member of another make: read, held against a run, and refused or accepted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.checks import Finding
from core.errors import Refusal
from core.outside.comparison import gain_over, truth_columns
from core.outside.entry import Entry
from core.outside.files import OutsideFiles
from core.outside.ground import Ground
from core.outside.level import other_level
from core.outside.matching import refuse_other_folds, rows_in_order
from core.outside.member import OutsideMember, refuse_odd_name
from core.outside.probabilities import probabilities_of
from core.outside.sheet import Sheet, read_sheet
from core.outside.suspicion import (
    Suspicion,
    odd_columns,
    odd_direction,
    odd_failure,
    odd_order,
    odd_scale,
    odd_stranger,
    odd_success,
)

Array = npt.NDArray[np.float64]


def read_outside(files: OutsideFiles, ground: Ground, entries: Sequence[Entry], *, accept: bool) -> OutsideMember:
    """Read and check a member of another make.

    Parameters
    ----------
    entries: all members there are. It is held against those of this project's own, whatever else was brought before.
    accept: take what is only suspicious, with a note.

    Raises
    ------
    Refusal: the first fault of its files, with file, row and column; or what is suspicious about them.
    """
    refuse_odd_name(files.name, [entry.name for entry in entries])
    outputs, columns = ground.dataset.outputs, ground.layout.value_columns
    one_class = ground.objective.metric.truth == "class"
    tested = read_sheet(files.test, ground.test_columns, outputs, columns, one_class=one_class)
    sums = [("test", _checksum(files.test))]
    if files.out_of_fold is None:
        test = _test_of(tested, ground)
        odd = _of(files.name, _judged(tested, _odd_test(test, None, ground, entries), accept))
        said = _of(files.name, _read_as(tested, outputs))
        return OutsideMember(files.name, test, None, (*said, *odd), tuple(sums), suspicious=odd)
    sheet = read_sheet(files.out_of_fold, ground.score_columns, outputs, columns, one_class=one_class)
    sums.append(("out_of_fold", _checksum(files.out_of_fold)))
    if sums[0][1] == sums[1][1]:
        raise Refusal(
            f"{files.out_of_fold} and {files.test} are the same file, to the byte",
            "name the predictions of the train rows with --oof, those of the test rows with --test",
        )
    test, out_of_fold = _test_of(tested, ground), _out_of_fold_of(sheet, ground)
    _refuse_truth(sheet, out_of_fold, ground)
    notes = [*_read_as(sheet, outputs), *_read_as(tested, outputs)]
    if sheet.fold is None:
        notes.append(f"{sheet.path.name} has no column fold: that the run's folds made it is taken on trust")
    judged = _judged(sheet, _odd_out_of_fold(sheet, out_of_fold, test, ground, entries), accept)
    judged += _judged(tested, _odd_test(test, out_of_fold[ground.scored], ground, entries), accept)
    odd = _of(files.name, judged)
    return OutsideMember(
        files.name,
        test,
        out_of_fold,
        (*_of(files.name, notes), *odd),
        tuple(sums),
        folds_on_trust=sheet.fold is None,
        suspicious=odd,
        findings=_level_on_test(files.name, test, out_of_fold, ground, entries),
    )


def _of(name: str, notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name}: {note}" for note in notes)


def _read_as(sheet: Sheet, outputs: tuple[str, ...]) -> list[str]:
    """What is said of a single column that stands for two classes."""
    if len(sheet.columns) == len(outputs):
        return []
    known = outputs[0] if sheet.columns[0] == outputs[0] else outputs[1]
    return [f"column {sheet.columns[0]!r} of {sheet.path.name} is read as the probability of {known!r}"]


def _test_of(sheet: Sheet, ground: Ground) -> Array:
    ids, other = ground.dataset.test.ids, ground.dataset.score.ids
    needed = np.ones(len(ids), dtype=bool)
    rows = rows_in_order(sheet, ids, needed, what="test rows", other=other, other_what="rows that are scored")
    _refuse_constant(sheet, rows)
    return _values(sheet, ground)[rows]


def _out_of_fold_of(sheet: Sheet, ground: Ground) -> Array:
    ids, other = ground.dataset.score.ids, ground.dataset.test.ids
    needed = np.zeros(len(ids), dtype=bool)
    needed[ground.scored] = True
    rows = rows_in_order(sheet, ids, needed, what="out-of-fold rows", other=other, other_what="test rows")
    refuse_other_folds(sheet, rows, ground.folds)
    _refuse_constant(sheet, rows[ground.scored])
    found = np.full((len(ids), len(ground.dataset.outputs)), np.nan)
    found[ground.scored] = _values(sheet, ground)[rows[ground.scored]]
    return found


def _values(sheet: Sheet, ground: Ground) -> Array:
    metric = ground.objective.metric
    if metric.reads != "probabilities":
        return sheet.values
    return probabilities_of(sheet, ground.dataset.outputs, one_class=metric.truth == "class")


def _refuse_constant(sheet: Sheet, rows: npt.NDArray[np.intp]) -> None:
    values = sheet.values[rows]
    if len(values) > 1 and (values == values[0]).all():
        raise Refusal(
            f"{sheet.path}, column {sheet.columns[0]!r}: the same prediction in every row ({values[0, 0]:.6g})",
            "is it the sample submission, or a column that was filled up? write the predictions of a model",
        )


def _refuse_truth(sheet: Sheet, out_of_fold: Array, ground: Ground) -> None:
    """A file that holds the target too may have it in a column of that name."""
    truth, found = _truth(ground), out_of_fold[ground.scored]
    if (
        len(found) > 1 and truth.shape == found.shape and np.allclose(truth, found, rtol=1e-6, atol=0)
    ):  # rounded by a CSV, say
        raise Refusal(
            f"{sheet.path}, column {sheet.columns[0]!r}: the truth itself, not predictions of it",
            "leave the column of the target out, and name that of the predictions like the output",
        )


# What is suspicious


def _odd_out_of_fold(
    sheet: Sheet, out_of_fold: Array, test: Array, ground: Ground, entries: Sequence[Entry]
) -> list[Suspicion]:
    rows, judge, outputs = ground.scored, ground.judge, ground.dataset.outputs
    best, found = _best(ground, entries), out_of_fold[ground.scored]
    odd = [odd_direction(found, best.out_of_fold[rows], f"member {best.name!r}", outputs)]
    if judge.metric.reads == "values" and not judge.metric.only_order:
        level, what = _level(ground, best)
        odd.append(odd_scale(found, level, level, outputs, level_of=what, order_of=what))
    if not best.baseline:  # whoever beats a trivial answer by far need not have seen the rows
        gain = gain_over(judge, ground.folds, ground.fitted, best.out_of_fold, out_of_fold, ground.clusters)
        apart = float(np.abs(found - best.out_of_fold[rows]).mean())
        apart_on_test = float(np.abs(test - best.test).mean())
        odd.append(odd_success(gain, apart, apart_on_test, on_trust=sheet.fold is None))
    truth = _truth(ground)
    for entry in entries:
        if entry.baseline and truth.shape == found.shape:
            gain = gain_over(judge, ground.folds, ground.fitted, entry.out_of_fold, out_of_fold, ground.clusters)
            odd.append(odd_failure(gain, found, truth, entry.name))
    return [suspicion for suspicion in odd if suspicion is not None]


def _odd_test(test: Array, out_of_fold: Array | None, ground: Ground, entries: Sequence[Entry]) -> list[Suspicion]:
    """Against the member's own level out of fold, where that is known."""
    metric, outputs, best = ground.objective.metric, ground.dataset.outputs, _best(ground, entries)
    named = f"member {best.name!r}"
    odd = [odd_direction(test, best.test, named, outputs)]
    if not best.baseline:
        known = best.out_of_fold[ground.scored]
        odd.append(
            odd_stranger(test, best.test, named)
            if out_of_fold is None
            else odd_order(test, best.test, out_of_fold, known, named)
            or odd_columns(test, best.test, out_of_fold, known, named, outputs)
        )
    if metric.reads == "values" and not metric.only_order:
        level, what = _level(ground, best) if out_of_fold is None else (out_of_fold, "the out-of-fold predictions")
        odd.append(odd_scale(test, level, best.test, outputs, level_of=what, order_of=named))
    return [suspicion for suspicion in odd if suspicion is not None]


def _level_on_test(
    name: str, test: Array, out_of_fold: Array, ground: Ground, entries: Sequence[Entry]
) -> tuple[Finding, ...]:
    """Whether its level moves from the scored rows to the test rows unlike that of the best member."""
    if ground.objective.metric.only_order:
        return ()
    best, rows = _best(ground, entries), ground.scored
    moved = (test - best.test, out_of_fold[rows] - best.out_of_fold[rows])
    spread = out_of_fold[rows].std(axis=0)
    return other_level(name, best.name, *moved, ground.judge.weight[rows], spread, ground.dataset.outputs)


def _truth(ground: Ground) -> Array:
    """Of the scored rows, a column for each value, label or class, (scored rows, any number)."""
    return truth_columns(ground.judge, ground.scored, len(ground.dataset.outputs))


def _level(ground: Ground, best: Entry) -> tuple[Array, str]:
    """Values on the level of the target: the truth, where it has a column for each output."""
    truth = _truth(ground)
    if truth.shape[1] == len(ground.dataset.outputs):
        return truth, "the truth"
    return best.out_of_fold[ground.scored], f"member {best.name!r}"


def _best(ground: Ground, entries: Sequence[Entry]) -> Entry:
    """The best of this project's own members, the first of equals; a trivial one where no other is better."""
    metric = ground.judge.metric
    found = [entry for entry in entries if not entry.outside] or list(entries)
    scores = [ground.judge.over_folds(entry.out_of_fold, ground.folds, ground.fitted).value for entry in found]
    best = 0
    for number, score in enumerate(scores):
        if metric.better(score, scores[best]):
            best = number
    return found[best]


def _judged(sheet: Sheet, odd: Sequence[Suspicion], accept: bool) -> tuple[str, ...]:
    """Refuse for the first suspicion, or make notes of all."""
    if odd and not accept:
        raise Refusal(f"{sheet.path}: {odd[0].said}", f"{odd[0].way_out}; or take the file as it is, with --yes")
    return tuple(f"taken with --yes, though {sheet.path.name} is suspicious: {suspicion.said}" for suspicion in odd)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
