"""The routes' subproblem of the bound by itself."""

from __future__ import annotations

import os
import subprocess
import sys

WALK = """
import numpy as np
from routeopt.kernels.bound.routes import Revenues, solve_routes

def revenue(n_steps, width):
    "Home and two places, a step apart; a step of presence there earns 1, 2, 3, a departure after two steps 5."
    travel = 1 - np.eye(3, dtype=np.int32)
    here_sum = np.outer([1.0, 2.0, 3.0], np.arange(n_steps + 1))
    leave_at = np.full((1, 3, n_steps + 1), 5.0)
    leave_at[:, :, n_steps] = 0.0
    leg = np.zeros((-(-n_steps // width), 3, 3), dtype=np.float32)
    starts = np.array([[0, 0], [0, n_steps - 1]])
    return solve_routes(
        travel, np.array([2]), np.ones(3, dtype=np.bool_), 0, n_steps, starts,
        Revenues(here_sum, leave_at, leg, width),
    )

for width in (2, 3, 4):
    revenues, visits, ptr = revenue(6, width)
    print(*np.round(revenues, 3), *visits.ravel(), *ptr)
"""


def test_stays_within_its_arrays_up_to_the_plans_end(tmp_path):
    """Also where the last bin ends with the plan; numba looks at every index here, which takes a compilation."""
    env = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", WALK], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    # two steps at home and a departure, a step of travel, the same at the best place, and home: 2 + 5 + 6 + 5
    at_home, away = "0 0 0", "2 3 0"
    assert done.stdout.splitlines() == [f"18.0 1.0 {at_home} {away} 0 2 2"] * 3
