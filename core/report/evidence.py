"""What a report is made of: a run's record and arrays, read when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.blend import Blend
from core.competition import Competition
from core.dataset import Dataset
from core.errors import Refusal
from core.metrics import Metric, named
from core.objective import Judge
from core.predictions import mean
from core.run import RunFolder

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Task = Literal["class", "labels", "value", "values"]

#: Members that pictures have room for.
MOST_MEMBERS = 20


@dataclass(frozen=True)
class Evidence:
    """A run, and what helps to read it.

    Parameters
    ----------
    run: finished or not.
    competition: of its edition and options; None where it cannot be had.
    dataset: its data, where they are there and unchanged.
    without_data: why there is none.
    """

    run: RunFolder
    competition: Competition | None = None
    dataset: Dataset | None = None
    without_data: str = "the data were not looked for"

    @property
    def record(self) -> Mapping[str, Any]:
        return self.run.record

    @property
    def result(self) -> Mapping[str, Any]:
        return self.record.get("result", {})

    @cached_property
    def metric(self) -> Metric | None:
        """The edition's, or the one of that name; None for a competition's own where there is no competition."""
        name = self.result.get("metric")
        own = None if self.competition is None else self.competition.edition.metric
        if own is not None and own.name == name:
            return own
        try:
            return None if name is None else named(name)
        except Refusal:
            return None

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(map(str, self.record.get("outputs", ())))

    @property
    def higher(self) -> bool:
        return bool(self.result.get("higher_is_better"))

    @property
    def members(self) -> Mapping[str, Mapping[str, Any]]:
        """Scores of members, the best first, baselines last, those without a score before them."""
        sign = -1 if self.higher else 1

        def place(item: tuple[str, Mapping[str, Any]]) -> tuple[bool, bool, float, str]:
            score = item[1].get("score")
            return bool(item[1].get("baseline")), score is None, sign * (score or 0.0), item[0]

        return dict(sorted(self.result.get("members", {}).items(), key=place))

    @property
    def weighted(self) -> list[str]:
        """Members with a weight in the blend, the heaviest first."""
        weights = self.record.get("blend", {}).get("weights", {})
        return sorted(weights, key=lambda name: (-abs(weights[name]), name))

    @property
    def best_single(self) -> str | None:
        """The member with the largest weight; the best one where nothing is blended."""
        return next(iter([*self.weighted, *self.members]), None)

    @cached_property
    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Truth, weights and folds, by name; empty where the run has not written them."""
        try:
            with np.load(self.run.path / "folds.npz", allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except FileNotFoundError:
            return {}

    @cached_property
    def scored(self) -> dict[int, Rows]:
        """Positions of the scored rows by number of the fold, for those that were fitted."""
        numbers = self.record.get("folds", {}).get("fitted", [])
        return {int(k): self.arrays[f"score_{k}"] for k in numbers if f"score_{k}" in self.arrays}

    @cached_property
    def judged(self) -> Rows:
        """Positions of the rows that count: scored in a fold that was fitted, of weight above 0, with a prediction."""
        if not self.scored or self.blended is None:
            return np.empty(0, dtype=np.intp)
        rows = np.concatenate(list(self.scored.values()))
        return rows[(self.weight[rows] > 0) & np.isfinite(self.blended[rows]).all(axis=1)]

    @property
    def truth(self) -> npt.NDArray[Any]:
        return self.arrays["truth"]

    @property
    def weight(self) -> Array:
        return self.arrays["weight"]

    @property
    def task(self) -> Task | None:
        """What the truth is, from the truth itself: codes of classes, values, or columns of either."""
        if "truth" not in self.arrays:
            return None
        if self.truth.ndim == 2:
            return "labels" if self.result.get("reads") == "probabilities" else "values"
        return "class" if self.truth.dtype.kind in "iu" and len(self.outputs) > 1 else "value"

    def predictions(self, name: str, part: Literal["out_of_fold", "test"]) -> Array | None:
        """A member's predictions, averaged over seeds, (rows, outputs); None where the run has not kept them."""
        try:
            with np.load(self.run.path / "predictions" / f"{name}.npz", allow_pickle=False) as arrays:
                after = (key.removeprefix(f"{part}_") for key in arrays.files if key.startswith(f"{part}_"))
                seeds = sorted(int(seed) for seed in after if seed.isdecimal())  # beside them stand the ids
                return mean([arrays[f"{part}_{seed}"] for seed in seeds]) if seeds else None
        except FileNotFoundError:
            return None

    @property
    def nested(self) -> bool:
        """Whether `blended` holds predictions of blends that did not see the rows."""
        return "nested" in self.arrays

    @cached_property
    def blended(self) -> Array | None:
        """Out-of-fold predictions of the blend, (score rows, outputs): nested ones where the run has kept them.

        Else the final blend of out-of-fold predictions: few weights, but weights that have seen these rows.
        """
        return self.arrays["nested"] if self.nested else self._joined("out_of_fold")

    @cached_property
    def tested(self) -> Array | None:
        """The blend's predictions of the test rows, (test rows, outputs)."""
        return self._joined("test")

    @cached_property
    def decided(self) -> bool:
        """Whether a decision was taken after the blend and can be taken here."""
        return self._decision is not None and self.dataset is not None

    @property
    def are_probabilities(self) -> bool:
        """Whether the blend predicts probabilities: ranks are none."""
        return self.result.get("reads") == "probabilities" and self.record.get("blend", {}).get("scale") != "ranks"

    @cached_property
    def groups(self) -> pd.Series | None:
        """The group of each score row, where the metric is averaged per group and the data are there."""
        per = self.result.get("per")
        return None if per is None or self.dataset is None else self.dataset.score.keys[per]

    @cached_property
    def judge(self) -> Judge | None:
        """What the run was scored by; None without the metric, or without groups where it is averaged per group."""
        if self.metric is None or self.task is None:
            return None
        per = self.result.get("per")
        if per is None:
            return Judge(self.metric, self.truth, self.weight)
        if self.groups is None:
            return None
        return Judge(self.metric, self.truth, self.weight, pd.factorize(self.groups)[0].astype(np.intp), per)

    @cached_property
    def _decision(self) -> Any:
        state = self.record.get("decision")
        if self.competition is None or state is None:
            return None
        decision = self.competition.decision()
        return None if decision is None else decision.load_json(state)

    def _joined(self, part: Literal["out_of_fold", "test"]) -> Array | None:
        if not self.weighted:
            return None
        predictions = {name: self.predictions(name, part) for name in self.weighted}
        known = {name: values for name, values in predictions.items() if values is not None}
        if len(known) < len(predictions):
            return None
        blend = Blend.from_json(self.record["blend"])
        if self.dataset is None and (blend.per, blend.regime) != (None, None):
            return None
        keys = pd.DataFrame(index=range(len(next(iter(known.values())))))
        if self.dataset is not None:
            keys = (self.dataset.score if part == "out_of_fold" else self.dataset.test).keys
        blended = blend.apply(known, keys)
        return blended if not self.decided else np.asarray(self._decision.apply(blended, keys))
