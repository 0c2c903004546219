"""The network that learns orders."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")

from core.context import FitContext, PredictContext  # noqa: E402
from core.estimators.net_training import first_places  # noqa: E402
from core.estimators.saving import load_estimator, save_estimator  # noqa: E402
from core.estimators.tabular_net import TabularNetRanker  # noqa: E402


def races(count=60, size=12, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(count * size, 3)), columns=list("abc"))
    event = np.repeat(np.arange(count), size)
    strength = 1.5 * X["a"] - X["b"] + rng.gumbel(size=len(X))
    rank = strength.groupby(event).rank(ascending=False)
    y = pd.Series(np.where(rank <= 10, np.exp(-0.2 * (rank - 1)), 0.0))
    return X, y, pd.DataFrame({"event": event})


@pytest.mark.parametrize("places", [1, 3, 5])
def test_the_loss_is_minus_the_likelihood_of_the_first_places(places):
    rng = np.random.default_rng(places)
    sizes, rows = (5, 3), []
    strength = rng.normal(size=8)
    for event, size in enumerate(sizes):
        rows += [(event, size - number) for number in range(size)]
    target = torch.tensor(rows, dtype=torch.float32)
    outputs = torch.tensor(np.column_stack([strength, -strength])[:, :, None], dtype=torch.float32)
    found = first_places(places)(outputs, target).sum(0).numpy()
    for network, values in enumerate((strength, -strength)):
        expected, start = 0.0, 0
        for size in sizes:
            part = values[start : start + size]
            for place in range(min(places, size)):
                expected -= part[place] - np.log(np.exp(part[place:]).sum())
            start += size
        assert found[network] == pytest.approx(expected, rel=1e-5)


def test_rows_that_are_worth_nothing_only_come_in_behind():
    target = torch.tensor([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    orders = [
        torch.tensor(order, dtype=torch.float32)[:, None, None] for order in itertools.permutations([2.0, 1.0, 0.0])
    ]
    losses = {tuple(o.ravel().tolist()): float(first_places(10)(o, target).sum()) for o in orders}
    assert losses[(2.0, 1.0, 0.0)] == pytest.approx(losses[(2.0, 0.0, 1.0)])
    assert losses[(2.0, 1.0, 0.0)] == min(losses.values())


def test_it_learns_who_comes_in_first_and_saves(tmp_path):
    X, y, keys = races()
    model = TabularNetRanker(epochs=30, width=16, ensemble=2, batch_size=120, random_state=1)
    model.fit(X, y, context=FitContext(keys, ("y",)))
    new, _, fields = races(seed=9)
    context = PredictContext(fields, ("y",))
    found = model.predict(new, context=context)
    assert np.corrcoef(found, 1.5 * new["a"] - new["b"])[0, 1] > 0.9
    save_estimator(model, tmp_path / "model")
    assert np.array_equal(load_estimator(tmp_path / "model").predict(new, context=context), found)


def test_equal_seeds_give_equal_bytes():
    X, y, keys = races(count=20)
    one, two = (TabularNetRanker(epochs=2, width=8, ensemble=2, random_state=3) for _ in range(2))
    one.fit(X, y, context=FitContext(keys, ("y",)))
    two.fit(X, y, context=FitContext(keys, ("y",)))
    assert np.array_equal(one.predict(X), two.predict(X))


def test_rows_without_events_are_refused():
    X, y, _ = races(count=3)
    with pytest.raises(ValueError, match="needs the key 'event'"):
        TabularNetRanker(epochs=1).fit(X, y)


def test_hidden_layers_of_two_sizes_and_plain_numbers(tmp_path):
    X, y, keys = races(count=10)
    model = TabularNetRanker(epochs=1, hidden=(20, 10), periodic=False, ensemble=1)
    model.fit(X, y, context=FitContext(keys, ("y",)))
    shapes = [tuple(weight.shape) for name, weight in model.module_.named_parameters() if name.endswith("weight")]
    assert shapes == [(20, 3), (10, 20)]


def test_what_was_learnt_of_names_can_be_read():
    X, y, keys = races(count=10)
    X["who"] = np.random.default_rng(0).choice(["ann", "bob", "cat"], len(X))
    model = TabularNetRanker(epochs=1, width=8, ensemble=1).fit(X, y, context=FitContext(keys, ("y",)))
    found = model.embedding("who")
    assert sorted(found.index) == ["ann", "bob", "cat"]
    with pytest.raises(KeyError):
        model.embedding("a")
