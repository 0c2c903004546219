"""Members that suit a table by its shape, with parameters and search spaces, in the order in which they pay."""

from core.portfolio.roster import portfolio
from core.portfolio.shape import Shape

__all__ = ["Shape", "portfolio"]
