"""How far places lie apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: The mean radius of the Earth in km.
RADIUS = 6371.0


def kilometres(one: Array, other: Array) -> Array:
    """Great-circle distances in km, (n, m); NaN where a position is not known.

    Parameters
    ----------
    one, other: latitude and longitude in degrees, (n, 2) and (m, 2).

    >>> kilometres(np.array([[0.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 180.0]])).round(1).tolist()
    [[111.2, 20015.1]]
    """
    chord = np.sqrt(np.maximum(2 - 2 * _directions(one) @ _directions(other).T, 0.0))
    return 2 * RADIUS * np.arcsin(np.minimum(chord / 2, 1.0))


def _directions(positions: Array) -> Array:
    """Unit vectors from the centre of the Earth, (n, 3)."""
    latitude, longitude = np.radians(positions).T
    return np.column_stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )
