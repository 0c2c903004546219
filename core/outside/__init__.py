"""Predictions from outside and runs joined: folds out, members of another make in, a blend of several runs."""
