"""One task: the train rows that every tool gets, and the test rows whose truth none of them sees."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, train_test_split

#: Columns that are no features.
ID, TARGET, GROUP, WEIGHT = "row_id", "target", "group", "weight"

#: Rows below which a larger share is held out, and both shares.
TINY, SHARE, SHARE_OF_TINY = 500, 0.3, 0.5

Kind = Literal["plain", "grouped", "shifted"]
MetricName = Literal["log_loss", "rmse", "roc_auc"]


@dataclass(frozen=True)
class Task:
    """A set split by a seed.

    Parameters
    ----------
    name: of the set.
    seed: of the split, and of the draw where the set is generated.
    metric: by which tools are fitted and judged.
    kind: how the test rows differ from the train rows: not at all, of other groups, of another class prior.
    train: row_id, features, target; `group` too where the kind is grouped, `weight` where it is shifted.
    test: row_id, features, and the group where train has it.
    truth: the target of the test rows.
    outputs: class names in order, or the name of the target.
    shares: the class shares of the test rows as everybody is told them, in the order of the outputs.
    redrawn: whether another seed draws other rows, not another split of the same.
    official: writes the same rows into a folder in the layout of a competition that Podium has, by its slug.

    Raises
    ------
    ValueError: lengths that do not fit, or a class of the test rows that train does not have.
    """

    name: str
    seed: int
    metric: MetricName
    kind: Kind
    train: pd.DataFrame
    test: pd.DataFrame
    truth: pd.Series
    outputs: tuple[str, ...]
    shares: tuple[float, ...] | None = None
    redrawn: bool = False
    official: tuple[str, Callable[[Path], None]] | None = None

    def __post_init__(self) -> None:
        if len(self.test) != len(self.truth):
            raise ValueError(f"{self.name}: {len(self.test)} test rows, but truth of {len(self.truth)}")
        if self.classes and not {*self.truth} <= {*self.train[TARGET]}:
            raise ValueError(f"{self.name}, seed {self.seed}: a class of the test rows is not in train")

    @property
    def classes(self) -> bool:
        """Whether the target is a class."""
        return self.metric != "rmse"

    @property
    def clusters(self) -> list[str]:
        """Those of the test rows."""
        return self.clusters_of(self.test)

    def clusters_of(self, rows: pd.DataFrame) -> list[str]:
        """Names of what is drawn independently: the group of a row where the task is grouped, else the row.

        Rows of one name under two seeds are the same row, or of the same group.
        """
        names = rows[GROUP if self.kind == "grouped" else ID].astype(str)
        return [f"{self.seed}-{name}" for name in names] if self.redrawn else names.tolist()

    @cached_property
    def fingerprint(self) -> str:
        """A hash of every value that tools and judge see."""
        digest = hashlib.sha256(repr((self.metric, self.kind, self.outputs, self.shares)).encode())
        for frame in (self.train, self.test, self.truth.to_frame()):
            digest.update(frame.to_csv(index=False).encode())
        return digest.hexdigest()[:16]

    def write(self, folder: Path) -> None:
        """Write train.csv, test.csv and task.json, which holds all else that tools are told."""
        self.train.to_csv(folder / "train.csv", index=False)
        self.test.to_csv(folder / "test.csv", index=False)
        told: dict[str, Any] = {
            "metric": self.metric,
            "kind": self.kind,
            "outputs": self.outputs,
            "shares": self.shares,
            "seed": self.seed,
        }
        if self.official is not None:
            told["official"], write = self.official
            write(folder / "official")
        (folder / "task.json").write_text(json.dumps(told))


def split(
    name: str,
    seed: int,
    frame: pd.DataFrame,
    metric: MetricName,
    *,
    target: str = TARGET,
    group: str | None = None,
    redrawn: bool = False,
) -> Task:
    """A task of labelled rows: about 30 % of them are held out, half of tiny sets; whole groups where there are such.

    Parameters
    ----------
    frame: features and target; row ids are made of the positions, so that a row has one id under every seed.
    group: a column that is no feature and whose values are in train or in test, never in both.
    """
    known = frame.rename(columns={target: TARGET} | ({group: GROUP} if group else {})).reset_index(drop=True)
    if metric != "rmse":
        known[TARGET] = known[TARGET].astype(str)
    known.insert(0, ID, [f"r{number:06d}" for number in range(len(known))])
    share = SHARE_OF_TINY if len(known) < TINY else SHARE
    if group:
        splitter = GroupShuffleSplit(1, test_size=share, random_state=seed)
        learn, hold = next(splitter.split(known, groups=known[GROUP]))
    else:
        labels = known[TARGET] if metric != "rmse" else None
        learn, hold = train_test_split(np.arange(len(known)), test_size=share, random_state=seed, stratify=labels)
    train, test = known.iloc[np.sort(learn)], known.iloc[np.sort(hold)]
    return Task(
        name,
        seed,
        metric,
        "grouped" if group else "plain",
        train.reset_index(drop=True),
        test.drop(columns=TARGET).reset_index(drop=True),
        test[TARGET].reset_index(drop=True),
        outputs_of(known[TARGET]) if metric != "rmse" else (TARGET,),
        redrawn=redrawn,
    )


def outputs_of(labels: Sequence[str] | pd.Series) -> tuple[str, ...]:
    """Class names in order.

    >>> outputs_of(["no", "yes", "no"])
    ('no', 'yes')
    """
    return tuple(sorted({*labels}))
