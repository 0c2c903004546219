"""The order in which members pay: what it measures, on answers whose worth is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.portfolio_parts.order import Judged, cost, pays, relative


def judged(seconds: dict[str, float] | None = None, **noise: float) -> Judged:
    """Values whose candidates err independently, by so many deviations."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=600)
    answers = {name: (truth + rng.normal(0, scale, 600))[:, None] for name, scale in noise.items()}
    return Judged(truth, answers, seconds or dict.fromkeys(noise, 1.0))


def test_one_candidate_loses_its_own_error_in_deviations():
    one = judged(a=0.5)
    assert one.loss(frozenset("a")) == pytest.approx(0.5, rel=0.1)


def test_independent_errors_cancel_in_a_blend():
    both = judged(a=0.5, b=0.5)
    assert both.loss(frozenset("ab")) < 0.8 * both.loss(frozenset("a"))


def test_probabilities_are_judged_at_their_best_temperature():
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.2, 0.8, 2000)
    truth = (rng.random(2000) < chance).astype(int)
    honest = np.column_stack([1 - chance, chance])
    boasting = honest**4 / (honest**4).sum(axis=1, keepdims=True)
    seen = Judged(truth, {"honest": honest, "boasting": boasting}, {"honest": 1.0, "boasting": 1.0})
    assert seen.loss(frozenset(["boasting"])) == pytest.approx(seen.loss(frozenset(["honest"])), rel=0.01)


def test_of_two_alike_the_cheaper_comes_first():
    sets = {"one": judged({"cheap": 1.0, "dear": 50.0}, cheap=0.5, dear=0.45)}
    assert [name for name, _, _ in pays(sets, ["dear", "cheap"], "cheap")] == ["cheap", "dear"]


def test_what_is_far_better_comes_first_though_it_costs_more():
    sets = {"one": judged({"cheap": 1.0, "good": 2.0}, cheap=2.0, good=0.1)}
    assert pays(sets, ["cheap", "good"], "cheap")[0][0] == "good"


def test_costs_are_relative_and_sets_without_the_candidate_do_not_count():
    sets = {
        "one": judged({"a": 2.0, "b": 8.0}, a=0.5, b=0.5),
        "two": judged({"a": 3.0}, a=0.5),
    }
    assert cost(sets, "b", "a") == pytest.approx(4)
    assert cost(sets, "a", "a") == pytest.approx(1)


def test_all_candidates_together_are_the_measure():
    sets = {"one": judged(a=0.5, b=0.6)}
    assert relative(sets, frozenset("ab")) == pytest.approx(0)
    assert relative(sets, frozenset("a")) > 0
