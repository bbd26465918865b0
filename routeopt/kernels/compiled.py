"""How kernels are compiled: once, into a cache, and run without the interpreter's lock."""

from __future__ import annotations

import gc
from typing import Any

from numba import njit
from numba.core import event


class _Pause(event.Listener):  # type: ignore[misc]
    """No collecting of garbage while a kernel is compiled.

    The compiler makes objects by the million and keeps them, and the collector looks at them all again and again:
    a ninth of the time.
    """

    def __init__(self) -> None:
        self.depth, self.collects = 0, False

    def on_start(self, event: Any) -> None:
        """A compilation begins, perhaps inside another one."""
        if self.depth or event.data["dispatcher"].py_func.__module__.startswith("routeopt."):
            if self.depth == 0:
                self.collects = gc.isenabled()
                gc.disable()
            self.depth += 1

    def on_end(self, event: Any) -> None:  # noqa: ARG002
        """It ends."""
        if self.depth:
            self.depth -= 1
            if self.depth == 0 and self.collects:
                gc.enable()


event.register("numba:compile", _Pause())

kernel = njit(cache=True, nogil=True, no_cfunc_wrapper=True)
"""Called from Python, or from other kernels."""
part = njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True)
"""Called from other kernels alone, in whose caches it is: compiled in half the time, as nothing is unpacked."""
short = njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True, forceinline=True)
"""Likewise what a call would cost more than to do."""
sums = njit(
    nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True,
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
