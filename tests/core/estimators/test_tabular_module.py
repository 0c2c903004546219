"""The parts of the network, by their formulas."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from core.estimators.tabular_module import PeriodicNumbers, TabularModule, embedding_width  # noqa: E402


def test_a_number_is_itself_and_mixtures_of_its_sines():
    embedding = PeriodicNumbers(2, frequencies=5, width=3)
    numbers = torch.tensor([[0.3, -1.2]])
    expected = []
    for column in range(2):
        waves = torch.cos(numbers[0, column] * embedding.frequency[column] + embedding.phase[column])
        expected += [numbers[0, column], *(waves @ embedding.weight[column] + embedding.bias[column])]
    torch.testing.assert_close(embedding(numbers)[0], torch.stack(expected))


def module(ensemble: int, categories: tuple[int, ...] = (4,)) -> TabularModule:
    torch.manual_seed(0)
    return TabularModule(3, categories, 2, hidden=[8, 8], dropout=0.0, ensemble=ensemble).eval()


def test_each_network_is_the_shared_one_on_inputs_of_its_own_scale():
    net = module(3)
    numbers, codes = torch.randn(5, 3), torch.tensor([[0], [1], [2], [3], [0]])
    inputs = torch.cat([net.numbers(numbers), net.names[0](codes[:, 0])], dim=1)
    for number in range(3):
        alone = net.hidden(inputs * net.scale[number]) @ net.last[number] + net.bias[number]
        torch.testing.assert_close(net(numbers, codes)[:, number], alone)


@pytest.mark.parametrize("ensemble", [1, 4])
def test_tables_without_names_and_without_numbers(ensemble: int):
    assert module(ensemble, ())(torch.randn(5, 3), torch.empty(5, 0, dtype=torch.int64)).shape == (5, ensemble, 2)
    names = TabularModule(0, (4, 9), 2, hidden=[8], dropout=0.0, ensemble=ensemble)
    assert names(torch.empty(5, 0), torch.zeros(5, 2, dtype=torch.int64)).shape == (5, ensemble, 2)


def test_embeddings_grow_slowly_and_not_for_ever():
    assert [embedding_width(count) for count in (2, 10, 100, 10**6)] == [2, 6, 21, 50]
