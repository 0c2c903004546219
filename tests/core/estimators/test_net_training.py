"""The loop: the rate of one cycle, weights of rows, what is kept, when it ends."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from core.deadline import Deadline, OutOfTime  # noqa: E402
from core.estimators.net_training import RISING, Rows, Training, by_row, held_out_loss, torch_settings  # noqa: E402


class Line(torch.nn.Module):
    """A line through one number, as two equal networks; it counts how often it was asked to learn."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = torch.nn.Parameter(torch.zeros(1, 1))
        self.steps = 0

    def forward(self, numbers: Any, codes: Any) -> Any:
        self.steps += self.training
        return (numbers @ self.slope)[:, None, :].repeat(1, 2, 1)


def squared(outputs: Any, target: Any) -> Any:
    return (outputs[:, 0] - target) ** 2


def rows(count: int = 20, weight: Any = None) -> Rows:
    numbers = torch.linspace(-1, 1, count)[:, None]
    weight = torch.ones(count) if weight is None else weight
    return Rows(numbers, torch.empty(count, 0, dtype=torch.int64), 2 * numbers[:, 0], weight)


def trained(how: Training, learn: Rows, stop: Rows | None = None) -> Line:
    module = Line()
    how.run(module, learn, by_row(squared), torch.Generator().manual_seed(0), Deadline.never(), stop)
    return module


@pytest.mark.parametrize(("count", "batch_size", "steps"), [(20, 5, 4), (20, 7, 2), (20, 99, 1), (1, 8, 1)])
def test_an_epoch_has_as_many_steps_as_whole_batches(count: int, batch_size: int, steps: int):
    assert trained(Training(3, batch_size, 0.01, 0.0), rows(count)).steps == 3 * steps


def test_it_finds_the_line():
    assert float(trained(Training(100, 5, 0.1, 0.0), rows()).slope.detach()) == pytest.approx(2, abs=0.01)


def test_weights_decide_between_rows_that_disagree():
    both = Rows(
        torch.ones(2, 1), torch.empty(2, 0, dtype=torch.int64), torch.tensor([0.0, 1.0]), torch.tensor([1.0, 3.0])
    )
    assert float(trained(Training(300, 2, 0.1, 0.0), both).slope.detach()) == pytest.approx(0.75, abs=0.02)


def test_the_held_out_loss_is_the_weighted_mean():
    module = Line()
    some = rows(3, torch.tensor([1.0, 2.0, 0.0]))
    expected = (some.weight * some.target**2).mean()
    torch.testing.assert_close(held_out_loss(module, some, by_row(squared)), expected)


def test_the_best_epoch_on_other_rows_is_kept():
    opposite = rows()
    opposite = Rows(opposite.numbers, opposite.codes, -opposite.target, opposite.weight)
    how = Training(10, 5, 0.1, 0.0)
    first_epoch = abs(float(trained(how, rows(), opposite).slope.detach()))
    assert first_epoch < 0.5 * abs(float(trained(how, rows()).slope.detach()))


def test_the_rate_rises_to_its_highest_and_falls_to_nothing():
    how, module = Training(1, 1, 0.5, 0.0), Line()
    optimizer = how._optimizer(module)
    rates = []
    for progress in (0.0, RISING / 2, RISING, 0.6, 1.0):
        how._set_rate(optimizer, progress)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[0] < 0.05 < rates[1] < rates[2] == pytest.approx(0.5)
    assert rates[2] > rates[3] > rates[4] == pytest.approx(0)


def test_a_deadline_ends_it_between_two_steps():
    asked = iter(range(100))
    module = Line()
    with pytest.raises(OutOfTime):
        Training(50, 5, 0.1, 0.0).run(
            module, rows(), squared, torch.Generator(), Deadline(6.5, lambda: float(next(asked)))
        )
    assert module.steps == 7


def test_settings_of_torch_are_put_back():
    torch.manual_seed(3)
    expected, threads = torch.rand(1), torch.get_num_threads()
    torch.manual_seed(3)
    with torch_settings(1, 1):
        torch.rand(5)
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == threads
    assert torch.rand(1) == expected
