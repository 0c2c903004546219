"""The models of a run, copied out of the cache into its folder."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from core.cross_validation import Fitted, numbers_of
from core.fitting import Fitting
from core.jobs import FULL, model_folder
from core.run import RunFolder
from core.workbench import Workbench


def save_models(
    folder: RunFolder, bench: Workbench, fitted: Fitted, fitting: Fitting, weights: Collection[str]
) -> dict[str, Any]:
    """Copy the models of every member into the run, and those of trials that the blend weighs.

    Returns
    -------
    Which of them predict new rows, by candidate and seed.
    """
    saved: dict[str, Any] = {}
    for item in fitted.done:
        if item.trial and item.candidate not in weights:
            continue
        paths = []
        numbers = numbers_of(item, fitting)
        for number, key in zip(numbers, fitted.keys[item.candidate][item.seed], strict=True):
            parts = (item.candidate, f"seed-{item.seed}", "full" if number == FULL else f"fold-{number}")
            folder.save_model(model_folder(bench.entry(key)), *parts)
            if number == FULL or FULL not in numbers:
                paths.append("/".join(parts))
        saved.setdefault(item.candidate, {})[str(item.seed)] = paths
    for name, key in fitted.pretraining.items():
        folder.save_model(model_folder(bench.entry(key)), f"pretrain-{name}")
    return saved
