"""`python -m benchmarks [name …]`: run all measurements, or those named; ends with 1 when a bar is missed."""

from __future__ import annotations

import sys

from benchmarks import budget, overhead, startup, validation

MEASUREMENTS = {
    "overhead": overhead.measure,
    "startup": startup.measure,
    "validation": validation.measure,
    "budget": budget.measure,
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
