"""What the neural networks on mixed tables share."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from core.context import FitContext, PredictContext
from core.errors import Refusal
from core.estimators.encoding import TableEncoder
from core.estimators.number_scaler import NumberScaler, Scaling

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class TabularNet(BaseEstimator):
    """Embeddings of names (Guo & Berkhahn 2016) beside periodic ones of numbers, then hidden layers.

    Many networks in one, which share their hidden weights (TabM-mini; Gorishniy et al. 2024): the mean of their
    answers over-fits far less than one of them.

    Parameters
    ----------
    width, depth: of the hidden layers.
    hidden: the sizes of the hidden layers, one by one, in place of `width` and `depth`.
    periodic: whether the network sees numbers as learnt waves too, or as they are alone.
    dropout: the share of hidden units that a step leaves out.
    scaling: of numbers (see `NumberScaler`).
    ensemble: how many networks share the hidden weights.
    epochs, batch_size, learning_rate, weight_decay: see `Training`.
    early_stopping: learn from a part of the rows only and keep the epoch that is best on the others.
    """

    classifies = False

    def __init__(
        self,
        width: int = 128,
        depth: int = 2,
        hidden: Sequence[int] | None = None,
        periodic: bool = True,
        dropout: float = 0.2,
        scaling: Scaling = "robust",
        ensemble: int = 8,
        epochs: int = 30,
        batch_size: int = 128,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-2,
        early_stopping: bool = False,
        random_state: int = 0,
    ) -> None:
        self.width = width
        self.depth = depth
        self.hidden = hidden
        self.periodic = periodic
        self.dropout = dropout
        self.scaling = scaling
        self.ensemble = ensemble
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        sample_weight: npt.ArrayLike | None = None,
        context: FitContext | None = None,
    ) -> Self:
        """Fit on rows (n, columns), truth (n,) and how much each row counts (n,).

        Raises
        ------
        Refusal: torch is not installed.
        """
        training, torch = needs_torch()
        context = context or FitContext(keys=pd.DataFrame(index=X.index), outputs=(), seed=self.random_state)
        self.encoder_ = TableEncoder().fit(X)
        numbers, codes = self._split(X)
        self.scaler_ = NumberScaler(self.scaling).fit(numbers)
        numbers = self.scaler_.transform(numbers)
        target, units = self._task(y, context)
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.shape_ = {
            "numbers": numbers.shape[1],
            "categories": [len(names) + 1 for names in self.encoder_.categories.values()],
            "outputs": self._outputs(),
        }
        rows = training.Rows(*(tensor_of(torch, array, context.device) for array in (numbers, codes, target, weight)))
        learn, stop = rows, None
        if self.early_stopping and len(X) > 2:
            learn, stop = self._stopped(torch, rows, y, context)
        with training.torch_settings(self.random_state, context.threads) as generator:
            self.module_ = self._module().to(context.device)
            how = training.Training(self.epochs, self.batch_size, self.learning_rate, self.weight_decay)
            parts = None if units is None else [torch.from_numpy(unit) for unit in units]
            how.run(self.module_, learn, self._loss(), generator, context.deadline, stop, parts)
        self.module_.cpu()
        return self

    def _stopped(self, torch: Any, rows: Any, y: pd.Series, context: FitContext) -> tuple[Any, Any]:
        """Rows to learn from, and rows to stop on, which count as they are scored."""
        learn, stop = (torch.from_numpy(part.copy()).to(context.device) for part in context.inner_split(y))
        held_out = rows.take(stop)
        if context.score_weight is not None:
            held_out.weight.copy_(tensor_of(torch, context.score_weight, context.device)[stop])
        return rows.take(learn), held_out

    def _module(self) -> Any:
        from core.estimators.tabular_module import TabularModule

        return TabularModule(
            self.shape_["numbers"],
            self.shape_["categories"],
            self.shape_["outputs"],
            hidden=[self.width] * self.depth if self.hidden is None else list(self.hidden),
            periodic=self.periodic,
            dropout=self.dropout,
            ensemble=self.ensemble,
        )

    def _split(self, X: pd.DataFrame) -> tuple[Array, npt.NDArray[np.int64]]:
        """Numbers (n, columns) with NaN, and codes of names (n, columns) from 1; 0 is missing or unseen."""
        matrix, named = self.encoder_.transform(X), self.encoder_.categorical_positions
        codes = matrix[:, named] + 1
        return np.delete(matrix, named, axis=1), np.where(np.isnan(codes), 0, codes).astype(np.int64)

    def _task(self, y: pd.Series, context: FitContext) -> tuple[npt.NDArray[Any], list[Rows] | None]:
        """What is learnt, a row for each of `y`, and which rows always stand in one batch (see `Training.run`)."""
        return self._target(y), None

    @abstractmethod
    def _target(self, y: pd.Series) -> npt.NDArray[Any]:
        """What is learnt, (n,): class codes or scaled values."""

    @abstractmethod
    def _outputs(self) -> int:
        """How many outputs the network has."""

    @abstractmethod
    def _loss(self) -> Any:
        """The loss of each row of each network (see `net_training.Loss`)."""

    @abstractmethod
    def _answer(self, torch: Any, outputs: Any) -> Any:
        """The answer of (rows, ensemble, outputs)."""

    def _raw_predict(self, X: pd.DataFrame, context: PredictContext | None) -> Array:
        training, torch = needs_torch()
        numbers, codes = self._split(X)
        device, threads = (context.device, context.threads) if context else ("cpu", 1)
        inputs = [tensor_of(torch, array, device) for array in (self.scaler_.transform(numbers), codes)]
        with training.torch_settings(0, threads):
            self.module_.to(device)
            answers = [self._answer(torch, part).cpu() for part in training.predicted(self.module_, *inputs)]
            self.module_.cpu()
        return np.asarray(torch.cat(answers).numpy(), dtype=float)

    def embedding(self, column: str) -> pd.DataFrame:
        """What was learnt of each name of a column: names × the width of the embedding.

        Raises
        ------
        KeyError: a column of numbers, or none.
        """
        names = list(self.encoder_.categories[column])
        table = self.module_.names[list(self.encoder_.categories).index(column)]
        return pd.DataFrame(table.weight.detach().numpy()[1:].astype(float), index=names)  # the first is the unknown

    def save_model(self, folder: Path) -> None:
        """Write weights (a state dict) and everything else (JSON) into a folder."""
        _, torch = needs_torch()
        state = {
            "params": self.get_params(),
            "shape": self.shape_,
            "encoder": self.encoder_.to_json(),
            "scaler": self.scaler_.to_json(),
            **self._state(),
        }
        (folder / "state.json").write_text(json.dumps(state))
        with (folder / "weights.pt").open("wb") as file:
            torch.save(self.module_.state_dict(), file)

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        """Read what `save_model` wrote.

        Raises
        ------
        Refusal: torch is not installed.
        """
        _, torch = needs_torch()
        state = json.loads((folder / "state.json").read_text())
        model = cls(**state["params"])
        model.shape_ = state["shape"]
        model.encoder_ = TableEncoder.from_json(state["encoder"])
        model.scaler_ = NumberScaler.from_json(state["scaler"])
        model._take(state)
        with torch.random.fork_rng(devices=[]):
            model.module_ = model._module()
        model.module_.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
        return model

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What a classifier or a regressor learnt besides, for JSON."""

    @abstractmethod
    def _take(self, state: dict[str, Any]) -> None:
        """Take it back."""


def needs_torch() -> tuple[Any, Any]:
    """The module of the training loop, and torch.

    Raises
    ------
    Refusal: torch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise Refusal("neural networks need torch, which is not installed", "pip install 'podium[torch]'") from None
    from core.estimators import net_training

    return net_training, torch


def tensor_of(torch: Any, array: npt.NDArray[Any], device: str) -> Any:
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor.to(device) if tensor.dtype == torch.int64 else tensor.float().to(device)
