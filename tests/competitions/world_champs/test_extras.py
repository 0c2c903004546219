"""What a run says besides its scores."""

from __future__ import annotations

import numpy as np
import pytest

from competitions.world_champs.competition import WorldChamps
from competitions.world_champs.extras import explain
from competitions.world_champs.race_temperature import RaceTemperature
from core.outcome import Outcome


@pytest.fixture(scope="module")
def outcome(sample):
    """Of a run whose only member follows the points of 180 days."""
    competition = WorldChamps()
    dataset = competition.load(sample)
    folds, objective = competition.schemes(dataset)[0], competition.objective(dataset, None)
    score, test = (
        np.log1p(table.X[["points_faded_180"]].clip(lower=0).to_numpy()) for table in (dataset.score, dataset.test)
    )
    nested = np.full_like(score, np.nan)
    for fold in folds.folds:
        nested[fold.score] = score[fold.score]
    return Outcome(
        dataset, objective, objective.judge(dataset), folds, tuple(range(len(folds))),
        {"season points": dataset.score.X[["points_365"]].to_numpy(), "faded": score},
        frozenset({"season points"}), frozenset({"faded"}), nested, test,
    )  # fmt: skip


def test_the_championship_of_the_test_is_forecast(outcome):
    first, past, reliability = explain(outcome)
    assert "World Championships" in first.title
    assert [row[0] for row in first.rows] == list(range(1, 11))
    chances = np.array([[float(cell.rstrip("%")) for cell in row[2:]] for row in first.rows])
    assert (np.diff(chances[:, 0]) <= 0).all()
    assert (np.diff(chances, axis=1) >= 0).all()
    assert [row[0] for row in past.rows] == ["blend, nested", "season points", "faded"]
    assert any("paired by race" in note for note in past.notes)
    assert "luck" in reliability.notes[0]


def test_without_a_championship_the_last_race_is_shown(outcome):
    from dataclasses import replace

    test = outcome.dataset.test
    plain = replace(test, X=test.X.assign(race_class="1.UWT"))
    first = explain(replace(outcome, dataset=replace(outcome.dataset, test=plain)))[0]
    last = test.X["race"].iloc[int(test.keys["day"].to_numpy().argmax())]
    assert str(last) in first.title


def test_every_fold_is_told_under_its_own_decision(outcome):
    """Not under one that has seen its races; the first, which has none, is left out."""
    from dataclasses import replace

    decisions = {number: RaceTemperature() for number in outcome.fitted[1:]}
    plain = explain(replace(outcome, nested_decisions={outcome.fitted[0]: None, **decisions}))[2]
    riders = sum(len(outcome.folds.folds[number].score) for number in outcome.fitted[1:])
    assert sum(row[2] for row in plain.rows) == riders
    decisions[outcome.fitted[-1]] = RaceTemperature().load_json({"1": 1.0, "3": 1.0, "10": 4.0})
    other = explain(replace(outcome, nested_decisions=decisions))[2]
    assert other.rows != plain.rows
