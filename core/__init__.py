"""Podium's core: the road from a data folder to a validated submission."""

import os

__version__ = "0.1.0"

# Threads of OpenMP that wait must not spin: where another process wants the cores (a second run, a notebook, a worker)
# a fit of a second takes a minute otherwise. Read when LightGBM or scikit-learn is loaded, which is after this.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
