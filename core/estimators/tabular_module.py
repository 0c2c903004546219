"""The network of `TabularNet`: it needs torch, so that it is imported only where one is fitted or read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class PeriodicNumbers(nn.Module):
    """Each number as itself and a few learnt mixtures of its sines: (n, columns) to (n, columns × width).

    The densely connected periodic embedding with bias of RealMLP (PBLD; Holzmüller et al. 2024), after
    Gorishniy et al. 2022.
    """

    def __init__(self, columns: int, frequencies: int = 16, width: int = 4, sigma: float = 0.1) -> None:
        super().__init__()
        self.width = width
        self.frequency = nn.Parameter(torch.randn(columns, frequencies) * sigma * 2 * math.pi)
        self.phase = nn.Parameter((torch.rand(columns, frequencies) * 2 - 1) * math.pi)
        bound = 1 / math.sqrt(frequencies)
        self.weight = nn.Parameter((torch.rand(columns, frequencies, width - 1) * 2 - 1) * bound)
        self.bias = nn.Parameter((torch.rand(columns, width - 1) * 2 - 1) * bound)

    def forward(self, numbers: Tensor) -> Tensor:
        waves = torch.cos(numbers[:, :, None] * self.frequency + self.phase)
        mixed = torch.einsum("ncf,cfw->ncw", waves, self.weight) + self.bias
        return torch.cat([numbers[:, :, None], mixed], dim=2).flatten(1)


class TabularModule(nn.Module):
    """Numbers and category codes in, outputs of every parallel network out: (n, ensemble, outputs).

    The networks share all hidden weights; each has its own scale for every input and its own last layer
    (TabM-mini; Gorishniy et al. 2024).

    Parameters
    ----------
    numbers: how many columns of numbers.
    categories: how many categories each column of names has, missing ones included.
    periodic: whether numbers are seen as waves too (see `PeriodicNumbers`).
    """

    def __init__(
        self,
        numbers: int,
        categories: Sequence[int],
        outputs: int,
        *,
        hidden: Sequence[int],
        dropout: float,
        ensemble: int,
        periodic: bool = True,
    ) -> None:
        super().__init__()
        tables = [nn.Embedding(count, embedding_width(count)) for count in categories]
        for table in tables:
            nn.init.normal_(table.weight, std=0.1)
        self.names = nn.ModuleList(tables)
        waves = PeriodicNumbers(numbers)
        self.numbers = waves if periodic else nn.Identity()
        width = numbers * (waves.width if periodic else 1) + sum(embedding_width(count) for count in categories)
        self.ensemble = ensemble
        if ensemble > 1:
            self.scale = nn.Parameter(torch.randn(ensemble, width).sign())
        layers: list[nn.Module] = []
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(dropout)]
            width = size
        self.hidden = nn.Sequential(*layers)
        bound = 1 / math.sqrt(width)
        self.last = nn.Parameter((torch.rand(ensemble, width, outputs) * 2 - 1) * bound)
        self.bias = nn.Parameter(torch.zeros(ensemble, outputs))

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        parts = [self.numbers(numbers)]
        parts += [table(codes[:, position]) for position, table in enumerate(self.names)]
        inputs = torch.cat(parts, dim=1)
        if self.ensemble > 1:
            inputs = (inputs[:, None, :] * self.scale).flatten(0, 1)
        hidden = self.hidden(inputs).unflatten(0, (-1, self.ensemble))
        return torch.einsum("nkh,kho->nko", hidden, self.last) + self.bias


def embedding_width(categories: int) -> int:
    """How wide the embedding of a column is: fastai's rule of thumb, at most 50."""
    return min(50, round(1.6 * categories**0.56))
