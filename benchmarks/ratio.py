"""Ratios of times, taken in one run so that the machine's mood cancels out."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(name: str, ours: Callable[[], object], bare: Callable[[], object], bar: float, repeats: int) -> bool:
    """Time both in turn, print each ratio and their median, and say whether it is within the bar."""
    pairs = []
    for number in range(repeats):
        # Which of the two comes first changes, since the second finds the processor warm.
        if number % 2:
            first = seconds(ours)
            pairs.append((first, seconds(bare)))
        else:
            second = seconds(bare)
            pairs.append((seconds(ours), second))
    ratios = [ours_seconds / bare_seconds for ours_seconds, bare_seconds in pairs]
    for (ours_seconds, bare_seconds), ratio in zip(pairs, ratios, strict=True):
        print(f"{name}: {ours_seconds:.3f} s against {bare_seconds:.3f} s, ratio {ratio:.3f}")
    median = float(np.median(ratios))
    print(f"{name}: median ratio {median:.3f}, bar {bar}: {'met' if median <= bar else 'MISSED'}\n")
    return median <= bar
