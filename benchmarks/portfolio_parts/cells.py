"""One candidate on one set: out-of-fold predictions and seconds, made once and kept."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold
from threadpoolctl import threadpool_limits

from benchmarks.portfolio_parts.sets import Set
from core.cache import key_of
from core.code_hash import code_hash
from core.context import FitContext, asks_for
from core.member import Member
from core.workbench import versions
from core.writing import atomically

FOLDS, SEED = 5, 1


@dataclass(frozen=True)
class Cell:
    """What a candidate answers out of fold, (n, outputs), and the processor's seconds it took."""

    out_of_fold: npt.NDArray[np.float64]
    seconds: float


def folds(one: Set) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    kind = StratifiedKFold if one.classifies else KFold
    return list(kind(FOLDS, shuffle=True, random_state=SEED).split(one.X, one.y))


def place(home: Path, one: Set, member: Member) -> Path:
    """Where a cell is kept: by everything that determines it."""
    kind = type(member.build(member.defaults, 0))
    told = {"set": one.name, "fold": [FOLDS, SEED], "params": dict(member.defaults), "class": kind.__qualname__}
    rows = pd.util.hash_pandas_object(one.X.assign(truth=one.y.to_numpy())).to_numpy()
    data = hashlib.sha256(repr(list(one.X.columns)).encode() + rows.tobytes()).hexdigest()
    told |= {"data": data, "code": code_hash([kind.__module__]), "versions": versions()}
    return home / f"{one.name}-{member.name}-{key_of(told)}.npz"


def cell(home: Path, one: Set, member: Member) -> Cell:
    """Fit on every fold, or read what is kept."""
    path = place(home, one, member)
    if not path.exists():
        made = fitted(one, member)
        with atomically(path) as file:
            np.savez(file, out_of_fold=made.out_of_fold, seconds=made.seconds)
    with np.load(path, allow_pickle=False) as arrays:
        return Cell(arrays["out_of_fold"], float(arrays["seconds"]))


def fitted(one: Set, member: Member) -> Cell:
    outputs = sorted(one.y.unique()) if one.classifies else ["truth"]
    answer = np.zeros((len(one.X), len(outputs)))
    started = time.process_time()
    for number, (learn, held_out) in enumerate(folds(one)):
        estimator, X = member.build(member.defaults, number), one.X.iloc[learn]
        context = FitContext(keys=pd.DataFrame(index=X.index), outputs=tuple(outputs), seed=number)
        with threadpool_limits(1):
            estimator.fit(X, one.y.iloc[learn], **({"context": context} if asks_for(estimator.fit, "context") else {}))
            new = one.X.iloc[held_out]
            if one.classifies:
                places = [outputs.index(name) for name in estimator.classes_]
                answer[np.ix_(held_out, places)] = estimator.predict_proba(new)
            else:
                answer[held_out, 0] = estimator.predict(new)
    return Cell(answer, time.process_time() - started)
