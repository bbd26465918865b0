"""What happens around a kernel's compilation."""

import gc

import numba
import pytest
from numba import njit
from numba.core import event
from numba.core.errors import TypingError

import routeopt.kernels.compiled  # noqa: F401


class Look(event.Listener):
    def __init__(self):
        self.collects = []

    def on_start(self, event):
        self.collects.append(gc.isenabled())

    def on_end(self, event):
        self.collects.append(gc.isenabled())


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled (NUMBA_DISABLE_JIT)")
@pytest.mark.parametrize(("module", "during"), [("routeopt.kernels.sample", False), ("elsewhere", True)])
@pytest.mark.parametrize("before", [True, False])
def test_no_garbage_is_collected_while_a_kernel_of_ours_is_compiled(module, during, before):
    """And whether it was before is what it is afterwards, also if the compilation fails."""

    def doubled(x):
        return x + x

    def wrong(x):
        return x.nothing

    doubled.__module__ = wrong.__module__ = module
    look = Look()
    on = gc.isenabled()
    try:
        (gc.enable if before else gc.disable)()
        with event.install_listener("numba:compile", look):
            assert njit(doubled)(2) == 4
            assert gc.isenabled() is before
            with pytest.raises(TypingError):
                njit(wrong)(2)
        assert gc.isenabled() is before
        assert look.collects[0] is (during and before)
    finally:
        (gc.enable if on else gc.disable)()
