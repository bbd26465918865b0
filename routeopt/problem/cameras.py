"""Cameras over streets and who watches them, as arrays; no part of a problem (see `routeopt.cameras`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Operator:
    """A place at the screens."""

    name: str
    capacity: int
    """Cameras watched at a time."""
    begin: int
    """First step on duty."""
    end: int
    """First step after duty."""
    cameras: tuple[int, ...]
    """Cameras that can be watched there, ascending."""


@dataclass(frozen=True, eq=False)
class Cameras:
    """Cameras over streets, and who watches them."""

    names: tuple[str, ...]
    lat: Floats
    lon: Floats
    ptr: NDArray[np.int64]
    """(n_cameras + 1,) CSR pointer: the demand points in view of each camera."""
    point: NDArray[np.int64]
    share: Floats
    """Share of the point's street in view, in (0, 1]."""
    begin: NDArray[np.int64]
    """(n_cameras,) first step in which it works."""
    end: NDArray[np.int64]
    """(n_cameras,) first step after."""
    operators: tuple[Operator, ...] = ()

    def view(self, camera: int) -> tuple[NDArray[np.int64], Floats]:
        """Return the points in view of a camera, with their shares."""
        own = slice(int(self.ptr[camera]), int(self.ptr[camera + 1]))
        return self.point[own], self.share[own]
