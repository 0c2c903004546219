"""Neural networks on mixed tables: classifier, regressor and ranker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.context import FitContext, PredictContext
from core.estimators.number_scaler import Scaling
from core.estimators.tabular_net_base import Array, Rows, TabularNet, needs_torch


class TabularNetClassifier(TabularNet):
    """Two or more classes, by log loss.

    Attributes
    ----------
    classes_: class names, sorted.
    """

    classifies = True

    def _target(self, y: pd.Series) -> npt.NDArray[Any]:
        labels = y.astype(str)
        self.classes_ = np.array(sorted(labels.unique()), dtype=object)
        if len(self.classes_) < 2:
            raise ValueError(f"a classifier needs two classes; these rows hold only {self.classes_.tolist()}")
        return pd.Index(self.classes_).get_indexer(pd.Index(labels)).astype(np.int64)

    def _outputs(self) -> int:
        return len(self.classes_)

    def _loss(self) -> Any:
        training, torch = needs_torch()
        return training.by_row(torch.nn.CrossEntropyLoss(reduction="none"))

    def _answer(self, torch: Any, outputs: Any) -> Any:
        return outputs.double().softmax(dim=2).mean(dim=1)

    def predict_proba(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Probabilities (n, classes), columns in the order of `classes_`."""
        return self._raw_predict(X, context)

    def predict(self, X: pd.DataFrame, context: PredictContext | None = None) -> npt.NDArray[Any]:
        """Class names (n,)."""
        return np.asarray(self.classes_[self._raw_predict(X, context).argmax(axis=1)])

    def _state(self) -> dict[str, Any]:
        return {"classes": self.classes_.tolist()}

    def _take(self, state: dict[str, Any]) -> None:
        self.classes_ = np.array(state["classes"], dtype=object)


class TabularNetRegressor(TabularNet):
    """Values, by squared or absolute error; no prediction lies outside the values that were fitted.

    Parameters
    ----------
    loss: "squared" or "absolute".
    """

    def __init__(
        self,
        loss: str = "squared",
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
        super().__init__(
            width=width,
            depth=depth,
            hidden=hidden,
            periodic=periodic,
            dropout=dropout,
            scaling=scaling,
            ensemble=ensemble,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            early_stopping=early_stopping,
            random_state=random_state,
        )
        self.loss = loss

    def _target(self, y: pd.Series) -> npt.NDArray[Any]:
        values = pd.to_numeric(y).to_numpy(dtype=float)
        self.limits_ = [float(values.min()), float(values.max())]
        self.centre_, self.spread_ = float(values.mean()), float(values.std()) or 1.0
        return (values - self.centre_) / self.spread_

    def _outputs(self) -> int:
        return 1

    def _loss(self) -> Any:
        training, torch = needs_torch()
        error = {"squared": torch.square, "absolute": torch.abs}[self.loss]
        return training.by_row(lambda outputs, target: error(outputs[:, 0] - target))

    def _answer(self, torch: Any, outputs: Any) -> Any:
        return outputs.double().mean(dim=1)[:, 0]

    def predict(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Values (n,)."""
        return np.clip(self._raw_predict(X, context) * self.spread_ + self.centre_, self.limits_[0], self.limits_[1])

    def _state(self) -> dict[str, Any]:
        return {"limits": self.limits_, "centre": self.centre_, "spread": self.spread_}

    def _take(self, state: dict[str, Any]) -> None:
        self.limits_, self.centre_, self.spread_ = state["limits"], state["centre"], state["spread"]


class TabularNetRanker(TabularNet):
    """Order inside events, by the Plackett-Luce likelihood of the first places (ListMLE; Xia et al. 2008).

    y is larger for those in front, and 0 for whoever has no place; the events are the key `event_key` of the context.
    A batch holds whole events.

    Parameters
    ----------
    event_key: a key of the rows.
    places: how many places of an event are learnt; what comes behind them is one tied tail.
    """

    def __init__(
        self,
        event_key: str = "event",
        places: int = 10,
        width: int = 128,
        depth: int = 2,
        hidden: Sequence[int] | None = None,
        periodic: bool = True,
        dropout: float = 0.2,
        scaling: Scaling = "robust",
        ensemble: int = 8,
        epochs: int = 30,
        batch_size: int = 1024,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-2,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            width=width,
            depth=depth,
            hidden=hidden,
            periodic=periodic,
            dropout=dropout,
            scaling=scaling,
            ensemble=ensemble,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            random_state=random_state,
        )
        self.event_key = event_key
        self.places = places

    def _task(self, y: pd.Series, context: FitContext) -> tuple[npt.NDArray[Any], list[Rows] | None]:
        """The number of the event and y, (n, 2); the rows of each event, the best ones first."""
        if self.event_key not in context.keys:
            raise ValueError(f"TabularNetRanker needs the key {self.event_key!r} of the rows it is fitted on")
        event, values = pd.factorize(context.keys[self.event_key])[0], self._target(y)
        order = np.lexsort((-values, event))
        units = np.split(order, np.flatnonzero(np.diff(event[order])) + 1)
        return np.column_stack([event.astype(float), values]), units

    def _target(self, y: pd.Series) -> npt.NDArray[Any]:
        return pd.to_numeric(y).to_numpy(dtype=float)

    def _outputs(self) -> int:
        return 1

    def _loss(self) -> Any:
        training, _ = needs_torch()
        return training.first_places(self.places)

    def _answer(self, torch: Any, outputs: Any) -> Any:
        return outputs.double().mean(dim=1)[:, 0]

    def predict(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Log strengths (n,): larger in front, and only to be compared within an event."""
        return self._raw_predict(X, context)

    def _state(self) -> dict[str, Any]:
        return {}

    def _take(self, state: dict[str, Any]) -> None:
        pass
