"""Search members' parameters on the very folds of the final models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from core.aside import Aside
from core.cross_validation import Fitted, NothingFitted, cross_validate
from core.fitting import Fitting
from core.member import Member
from core.plan import WorkItem
from core.workbench import Workbench

Params = dict[str, Any]


def tune(bench: Workbench, names: Iterable[str], fitting: Fitting, *, trials: int, seed: int) -> dict[str, Params]:
    """Parameters for each member: the best of a study, or the defaults where nothing is to be tuned.

    Trials are fits like any other: they are cached, and the best one is not fitted again.

    Parameters
    ----------
    trials: for each member, the defaults among them as trial 0; below 2 nothing is tuned.
    seed: of the sampler.
    """
    found = {}
    for name in names:
        member = bench.members[name]
        tunable = trials > 1 and member.search is not None and not member.needs
        found[name] = _study(bench, member, fitting, trials, seed) if tunable else dict(member.defaults)
    return found


def _study(bench: Workbench, member: Member, fitting: Fitting, trials: int, seed: int) -> Params:
    """Ask and tell a study with multivariate TPE (Bergstra et al. 2011)."""
    import optuna

    assert member.search is not None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    higher = bench.objective.metric.higher_is_better
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True)
    study = optuna.create_study(direction="maximize" if higher else "minimize", sampler=sampler)
    study.enqueue_trial(dict(member.defaults))
    for number in range(trials):
        trial = study.ask()
        params = {**member.defaults, **member.search(trial)}
        try:
            value = _value(bench, WorkItem(member.name, 0, params), fitting)
        except NothingFitted as error:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            fitting.listener.note(f"trial {number} of {member.name} failed: {str(error).splitlines()[-1][:200]}")
            continue
        if value is None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            fitting.listener.left_out(f"{trials - number} of {trials} trials of {member.name}")
            break
        trial.set_user_attr("params", params)
        study.tell(trial, value)
    finished = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    if not finished:
        return dict(member.defaults)
    best: Params = dict(study.best_trial.user_attrs["params"])
    if best != dict(member.defaults):
        fitting.listener.note(
            f"{member.name} tuned in {len(finished)} trials, {finished[0].value:.5g} to {study.best_value:.5g},"
            " on the folds it is scored on: its score, and the nested score of a blend with it, are optimistic by"
            " the search"
        )
    return best


def _value(bench: Workbench, item: WorkItem, fitting: Fitting) -> float | None:
    """The score of a trial; None where the budget ended first.

    Raises
    ------
    NothingFitted: the fit failed.
    """
    trial = Fitted()
    try:
        cross_validate(bench, [item], replace(fitting, listener=Aside(fitting.listener)), fitted=trial)
    except NothingFitted:
        if not trial.failures:
            return None
        raise
    predictions = trial.predictions[item.member].mean_out_of_fold
    return bench.judge.over_folds(predictions, bench.folds, fitting.folds).value
