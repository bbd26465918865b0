"""Random numbers for the kernels; their state is an array that is passed along, and a seed fixes all results."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import part


def states(seed: int, n: int) -> list[NDArray[np.uint64]]:
    """Return ``n`` independent states, (1,) uint64 each."""
    return [
        child.generate_state(1, np.uint64).astype(np.uint64) for child in np.random.SeedSequence(seed).spawn(n)
    ]


@part
def uniform(state):
    """Return a random number in [0, 1) of 53 bits: splitmix64 (Steele, Lea and Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@part
def below(state, n):
    """Return a random integer in 0 … ``n`` − 1."""
    return int(uniform(state) * n)
