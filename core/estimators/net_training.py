"""How a network is trained: it needs torch, so that it is imported only where one is fitted."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.deadline import Deadline

#: `(outputs (n, networks, outputs), target (n, …)) -> loss of each row of each network, (n, networks)`.
Loss = Callable[[Tensor, Tensor], Tensor]

#: The share of a training in which the learning rate rises.
RISING = 0.2

#: Rows that are predicted at once.
TOGETHER = 4096


@dataclass(frozen=True)
class Rows:
    """What a network is shown: numbers (n, columns), codes of names (n, columns), target (n,), weight (n,)."""

    numbers: Tensor
    codes: Tensor
    target: Tensor
    weight: Tensor

    def __len__(self) -> int:
        return len(self.target)

    def take(self, rows: Tensor) -> Rows:
        return Rows(self.numbers[rows], self.codes[rows], self.target[rows], self.weight[rows])


@dataclass(frozen=True)
class Training:
    """How long and how fast.

    Parameters
    ----------
    epochs: times that all rows are seen.
    batch_size: rows a step.
    learning_rate: the highest of one cycle (Smith 2018): it rises at first, then falls to 0.
    weight_decay: of weights, not of biases or embeddings (Loshchilov & Hutter 2019).
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float

    def run(
        self,
        module: nn.Module,
        rows: Rows,
        loss: Loss,
        generator: torch.Generator,
        deadline: Deadline,
        stop_on: Rows | None = None,
        units: Sequence[Tensor] | None = None,
    ) -> None:
        """Train a module in place; with rows to stop on, it ends with the weights of the epoch that was best there.

        Parameters
        ----------
        units: positions of rows that always stand in one batch, in this order: the field of an event, say.

        Raises
        ------
        OutOfTime: the deadline came first.
        """
        optimizer = self._optimizer(module)
        batches = max(1, min(len(rows) // self.batch_size, len(rows if units is None else units)))
        cuda = rows.numbers.is_cuda
        scaler = torch.amp.GradScaler(enabled=cuda)
        best, kept = math.inf, None
        mean_weight = rows.weight.mean()
        for epoch in range(self.epochs):
            module.train()
            for number, part in enumerate(_parts(len(rows), units, batches, generator)):
                deadline.check()
                self._set_rate(optimizer, (epoch * batches + number) / (self.epochs * batches))
                batch = rows.take(part.to(rows.target.device))
                with torch.autocast("cuda", torch.float16, enabled=cuda):
                    outputs = module(batch.numbers, batch.codes)
                value = self._weighed(outputs, batch, loss) / mean_weight
                optimizer.zero_grad(set_to_none=True)
                torch.autograd.backward(scaler.scale(value))
                scaler.step(optimizer)
                scaler.update()
            if stop_on is not None:
                now = float(held_out_loss(module, stop_on, loss))
                if now < best:
                    best, kept = now, copy.deepcopy(module.state_dict())
        if kept is not None:
            module.load_state_dict(kept)

    @staticmethod
    def _weighed(outputs: Tensor, batch: Rows, loss: Loss) -> Tensor:
        """The mean loss of all parallel networks, each row by its weight."""
        return (loss(outputs.float(), batch.target).mean(1) * batch.weight).mean()

    def _optimizer(self, module: nn.Module) -> torch.optim.Optimizer:
        decayed: list[Tensor] = []
        free: list[Tensor] = []
        for name, parameter in module.named_parameters():
            (free if name.startswith("names") or name.endswith(("bias", "phase")) else decayed).append(parameter)
        groups = [{"params": decayed, "weight_decay": self.weight_decay}, {"params": free, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=self.learning_rate, betas=(0.9, 0.99), fused=True)

    def _set_rate(self, optimizer: torch.optim.Optimizer, progress: float) -> None:
        """Set the learning rate at a moment of the training, from 0 to 1."""
        if progress < RISING:
            factor = 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * progress / RISING))
        else:
            factor = 0.5 * (1 + math.cos(math.pi * (progress - RISING) / (1 - RISING)))
        for group in optimizer.param_groups:
            group["lr"] = self.learning_rate * factor


def by_row(loss: Callable[[Tensor, Tensor], Tensor]) -> Loss:
    """A loss that looks at one row at a time, `(outputs (n, outputs), target) -> (n,)`, of every network."""

    def of_networks(outputs: Tensor, target: Tensor) -> Tensor:
        count = outputs.shape[1]
        return loss(outputs.flatten(0, 1), target.repeat_interleave(count, dim=0)).reshape(-1, count)

    return of_networks


def first_places(places: int) -> Loss:
    """Minus the log likelihood of the first places of each event under the Plackett-Luce model, shared by their rows.

    The target holds the number of the event and what the row is worth, (n, 2); the rows of an event stand together, the
    best ones first. Whoever is worth nothing came in behind all others.
    """

    def of_networks(outputs: Tensor, target: Tensor) -> Tensor:
        counts = torch.unique_consecutive(target[:, 0], return_counts=True)[1]
        event = torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts)
        place = torch.arange(len(event), device=counts.device) - (counts.cumsum(0) - counts)[event]
        strength = outputs[:, :, 0]
        field = strength.new_full((len(counts), int(counts.max()), strength.shape[1]), -1e9)
        field[event, place] = strength
        still = field.flip(1).logcumsumexp(1).flip(1)[event, place]  # of those who are not in front of the row
        counted = (place < places) & (target[:, 1] > 0)
        return (still - strength) * counted[:, None]

    return of_networks


def _parts(rows: int, units: Sequence[Tensor] | None, batches: int, generator: torch.Generator) -> Iterator[Tensor]:
    """The rows of each batch of an epoch, in an order drawn by lot.

    Parts are of nearly equal size: no step is decided by the one or two rows that are left over.
    """
    order = torch.randperm(rows if units is None else len(units), generator=generator)
    for part in torch.tensor_split(order, batches):
        yield part if units is None else torch.cat([units[number] for number in part.tolist()])


def predicted(module: nn.Module, numbers: Tensor, codes: Tensor) -> Iterator[Tensor]:
    """The outputs (rows, ensemble, outputs) of a module, part by part."""
    module.eval()
    with torch.no_grad():
        for part in torch.split(torch.arange(len(codes)), TOGETHER):
            yield module(numbers[part], codes[part])


def held_out_loss(module: nn.Module, rows: Rows, loss: Loss) -> Tensor:
    """The weighted loss of the mean of the networks' losses on rows that were not learnt from."""
    outputs = torch.cat(list(predicted(module, rows.numbers, rows.codes)))
    return Training._weighed(outputs, rows, loss)


@contextmanager
def torch_settings(seed: int, threads: int) -> Iterator[torch.Generator]:
    """Torch with a seed and a number of threads of its own; both are as before when the block ends."""
    before = torch.get_num_threads()
    cuda = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        try:
            yield torch.Generator().manual_seed(seed)
        finally:
            torch.set_num_threads(before)
