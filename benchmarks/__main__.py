"""`python -m benchmarks [name …]`: run all measurements, or those named; ends with 1 when a bar is missed."""

from __future__ import annotations

import sys

from benchmarks import (
    budget,
    class_imbalance_cost,
    class_imbalance_prior,
    class_imbalance_sets,
    class_imbalance_strategies,
    overhead,
    startup,
    validation,
)

MEASUREMENTS = {
    "overhead": overhead.measure,
    "startup": startup.measure,
    "validation": validation.measure,
    "budget": budget.measure,
    "class-imbalance-prior": class_imbalance_prior.measure,
    "class-imbalance-strategies": class_imbalance_strategies.measure,
    "class-imbalance-cost": class_imbalance_cost.measure,
    "class-imbalance-sets": class_imbalance_sets.measure,
}


def main() -> int:
    names = sys.argv[1:] or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"no measurement {unknown[0]!r}; there are: {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    met = [MEASUREMENTS[name]() for name in names]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
