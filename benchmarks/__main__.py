"""`python -m benchmarks [name …]`: run all measurements, or those named; ends with 1 when a bar is missed.

Those that take hours are run only when they are named.
"""

from __future__ import annotations

import sys

from benchmarks import (
    air_quality,
    air_quality_features,
    air_quality_seed,
    budget,
    class_imbalance_cost,
    class_imbalance_prior,
    class_imbalance_sets,
    class_imbalance_strategies,
    greedy,
    overhead,
    peers,
    portfolio,
    startup,
    tuning,
    validation,
    world_champs,
)

MEASUREMENTS = {
    "overhead": overhead.measure,
    "startup": startup.measure,
    "validation": validation.measure,
    "budget": budget.measure,
    "greedy": greedy.measure,
    "tuning": tuning.measure,
    "class-imbalance-prior": class_imbalance_prior.measure,
    "class-imbalance-strategies": class_imbalance_strategies.measure,
    "class-imbalance-cost": class_imbalance_cost.measure,
    "class-imbalance-sets": class_imbalance_sets.measure,
    "air-quality": air_quality.measure,
    "air-quality-features": air_quality_features.measure,
    "air-quality-seed": air_quality_seed.measure,
    "world-champs": world_champs.measure,
    "peers": peers.measure,
    "portfolio": portfolio.measure,
}

#: Taking hours, and making environments of several gigabytes; or needing real results.
BY_NAME_ONLY = {"peers", "world-champs", "air-quality"}


def main() -> int:
    names = sys.argv[1:] or [name for name in MEASUREMENTS if name not in BY_NAME_ONLY]
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"no measurement {unknown[0]!r}; there are: {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    met = [MEASUREMENTS[name]() for name in names]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
