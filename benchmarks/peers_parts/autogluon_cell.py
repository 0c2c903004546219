"""AutoGluon on one task; runs in its own environment.

`best_quality`, told everything that the task tells and AutoGluon has an argument for: the metric, the groups (as
`validation_structure`: whole groups out of fold and in the hold-out that decides on stacking; the group itself is no
feature), and weights that count in fits and in its own scores. Folds are fitted one after another and the trial of
stacking runs in this process: on two cores and in minutes, what ray needs to start costs more than it gives.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers_parts.peer_side import GROUP, TARGET, WEIGHT, Read, work

METRICS = {"log_loss": "log_loss", "rmse": "root_mean_squared_error", "roc_auc": "roc_auc"}


def answer(task: Read) -> dict[str, Any]:
    from autogluon.tabular import TabularPredictor

    outputs, metric, kind = task.told["outputs"], task.told["metric"], task.told["kind"]
    problem = "regression" if metric == "rmse" else "binary" if len(outputs) == 2 else "multiclass"
    weighted = {"sample_weight": WEIGHT, "weight_evaluation": True} if kind == "shifted" else {}
    grouped = {"validation_structure": {"group_on": GROUP}} if kind == "grouped" else {}
    predictor = TabularPredictor(
        TARGET,
        problem_type=problem,
        eval_metric=METRICS[metric],
        path=str(task.folder / "models"),
        verbosity=2,
        learner_kwargs={"ignored_columns": [GROUP]} if kind == "grouped" else {},
        **weighted,
    )
    predictor.fit(
        task.train,
        time_limit=task.left,
        presets="best_quality",
        num_cpus=2,
        num_gpus=0,
        ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
        ds_args={"memory_safe_fits": False},
        # A trial of stacking that fits nothing would otherwise leave a predictor that refuses to be fitted.
        raise_on_no_models_fitted=False,
        # Its calibration raises where scores are weighted.
        calibrate=False if weighted else "auto",
        **grouped,
    )
    if not predictor.model_names():
        raise RuntimeError("no model was fitted in time")
    best = predictor.model_best
    table = predictor.leaderboard(display=False).set_index("model")
    own = float(table.loc[best, "score_val"])
    if metric == "rmse":
        predictions = predictor.predict(task.test, model=best).to_numpy(dtype=float)[:, None]
        out_of_fold = predictor.predict_oof(best).to_numpy(dtype=float)[:, None]
    else:
        predictions = predictor.predict_proba(task.test, model=best)[outputs].to_numpy(dtype=float)
        out_of_fold = predictor.predict_proba_oof(best)[outputs].to_numpy(dtype=float)
    return {
        "predictions": predictions.tolist(),
        "estimate": own if metric == "roc_auc" else -own,
        "out_of_fold": out_of_fold.tolist(),
        "said": f"{best}; {len(table)} models, folds one after another",
    }


if __name__ == "__main__":
    work(answer)
