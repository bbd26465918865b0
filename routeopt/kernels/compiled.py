"""How kernels are compiled: once, into a cache, and run without the interpreter's lock."""

from __future__ import annotations

from numba import njit

kernel = njit(cache=True, nogil=True, no_cfunc_wrapper=True)
"""Called from Python, or from other kernels."""
part = njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True)
"""Called from other kernels alone: compiled in half the time, for nothing has to be unpacked."""
short = njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True, forceinline=True)
"""Likewise what a call would cost more than to do."""
sums = njit(
    cache=True, nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True,
    fastmath={"reassoc", "nsz", "nnan", "ninf", "contract"},
)  # fmt: skip
"""Likewise sums and maxima of finite numbers, in whatever order goes fastest; always the same one."""


@short
def fill(out, value):
    """Set every element of a row; ``np.full`` and its like are functions of their own, compiled for each type."""
    for t in range(out.shape[0]):
        out[t] = value


@short
def copy(out, row):
    """Copy a row element by element.

    ``out[:] = row`` compiles the checks of shapes and their messages with it, in every kernel anew, which takes
    seconds.
    """
    for t in range(row.shape[0]):
        out[t] = row[t]
