"""FLAML on one task; runs in its own environment.

Its defaults, told everything that the task tells and FLAML has an argument for: the metric, the groups, the weights.
`retrain_full` is "budget", for otherwise it retrains after the budget is spent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.peers_parts.peer_side import GROUP, TARGET, WEIGHT, Read, work


def answer(task: Read) -> dict[str, Any]:
    from flaml import AutoML

    outputs, metric, kind = task.told["outputs"], task.told["metric"], task.told["kind"]
    apart = [name for name in (TARGET, GROUP, WEIGHT) if name in task.train]
    more: dict[str, Any] = {}
    if kind == "grouped":
        more |= {"split_type": "group", "groups": task.train[GROUP]}
    if kind == "shifted":
        more |= {"sample_weight": task.train[WEIGHT].to_numpy()}
    automl = AutoML()
    automl.fit(
        task.train.drop(columns=apart),
        task.train[TARGET],
        task="regression" if metric == "rmse" else "classification",
        metric=metric,
        time_budget=task.left,
        n_jobs=2,
        retrain_full="budget",
        seed=task.told["seed"],
        verbose=3,
        **more,
    )
    test = task.test.drop(columns=GROUP, errors="ignore")
    if metric == "rmse":
        predictions = np.asarray(automl.predict(test), dtype=float)[:, None]
    else:
        place = [list(automl.classes_).index(name) for name in outputs]
        predictions = np.asarray(automl.predict_proba(test), dtype=float)[:, place]
    return {
        "predictions": predictions.tolist(),
        "estimate": 1 - automl.best_loss if metric == "roc_auc" else float(automl.best_loss),
        "said": f"{automl.best_estimator}, best of {len(automl.config_history)} steps",
    }


if __name__ == "__main__":
    work(answer)
