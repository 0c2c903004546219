"""How a network is trained: it needs torch, so that it is imported only where one is fitted."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.deadline import Deadline

#: `(outputs (n, outputs), target) -> loss of each row`.
RowLoss = Callable[[Tensor, Tensor], Tensor]

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
        loss: RowLoss,
        generator: torch.Generator,
        deadline: Deadline,
        stop_on: Rows | None = None,
    ) -> None:
        """Train a module in place; with rows to stop on, it ends with the weights of the epoch that was best there.

        Raises
        ------
        OutOfTime: the deadline came first.
        """
        optimizer = self._optimizer(module)
        batches = max(1, len(rows) // self.batch_size)
        cuda = rows.numbers.is_cuda
        scaler = torch.amp.GradScaler(enabled=cuda)
        best, kept = math.inf, None
        mean_weight = rows.weight.mean()
        for epoch in range(self.epochs):
            module.train()
            order = torch.randperm(len(rows), generator=generator).to(rows.target.device)
            # Parts of nearly equal size: no step is decided by the one or two rows that are left over.
            for number, part in enumerate(torch.tensor_split(order, batches)):
                deadline.check()
                self._set_rate(optimizer, (epoch * batches + number) / (self.epochs * batches))
                batch = rows.take(part)
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
    def _weighed(outputs: Tensor, batch: Rows, loss: RowLoss) -> Tensor:
        """The mean loss of all parallel networks, each row by its weight."""
        count = outputs.shape[1]
        each = loss(outputs.float().flatten(0, 1), batch.target.repeat_interleave(count, dim=0))
        return (each.reshape(-1, count).mean(1) * batch.weight).mean()

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


def predicted(module: nn.Module, numbers: Tensor, codes: Tensor) -> Iterator[Tensor]:
    """The outputs (rows, ensemble, outputs) of a module, part by part."""
    module.eval()
    with torch.no_grad():
        for part in torch.split(torch.arange(len(codes)), TOGETHER):
            yield module(numbers[part], codes[part])


def held_out_loss(module: nn.Module, rows: Rows, loss: RowLoss) -> Tensor:
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
