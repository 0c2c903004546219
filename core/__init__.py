"""Podium's core: the road from a data folder to a validated submission."""

__version__ = "0.1.0"
