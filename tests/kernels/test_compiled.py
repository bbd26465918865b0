"""Compilation of kernels, and their cache."""

import gc
import importlib.util
import subprocess
import sys
import time

import numba
import numpy as np
import pytest
from numba import njit
from numba.core import config, event
from numba.core.errors import TypingError

from routeopt.kernels import compiled


class Look(event.Listener):
    def __init__(self):
        self.collects = []

    def on_start(self, event):
        self.collects.append(gc.isenabled())

    def on_end(self, event):
        self.collects.append(gc.isenabled())


compiling = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled (NUMBA_DISABLE_JIT)")


@compiling
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


SAMPLE = """
from typing import NamedTuple

from routeopt.kernels.compiled import kernel


class Pair(NamedTuple):
    first: int
    second: int


@kernel
def total(pair):
    return pair.first + pair.second
"""


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """Import a file with a kernel afresh, as a new process would."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "sample_kernel.py"
    path.write_text(SAMPLE)

    def load():
        spec = importlib.util.spec_from_file_location("sample_kernel", path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "sample_kernel", module)
        spec.loader.exec_module(module)
        return module

    return load


def hits(module):
    assert module.total(module.Pair(1, 2)) == 3
    return sum(module.total.stats.cache_hits.values())


@compiling
def test_a_kernel_is_read_from_the_cache_while_no_source_changes(sample, monkeypatch):
    assert [hits(sample()), hits(sample())] == [0, 1]
    monkeypatch.setattr(compiled, "SOURCES", "those of the next version")
    assert [hits(sample()), hits(sample())] == [0, 1]


@compiling
def test_a_cache_that_cannot_be_read_is_replaced(sample, tmp_path, monkeypatch):
    """An index that names a class of an older version, a cut one, cut code, and one of an older version."""
    hits(sample())
    (index,) = (tmp_path / "cache").rglob("*.nbi")
    (code,) = (tmp_path / "cache").rglob("*.nbc")
    good = index.read_bytes()
    for file, bad in [(index, good.replace(b"Pair", b"Fair")), (index, good[:-20]), (code, b"cut"), (index, b"")]:
        file.write_bytes(bad)
        assert [hits(sample()), hits(sample())] == [0, 1]
    index.write_bytes(good.replace(b"Pair", b"Fair"))
    monkeypatch.setattr(compiled, "SOURCES", "those of the next version")
    assert [hits(sample()), hits(sample())] == [0, 1]


@compiling
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_a_flipped_bit_in_a_cache_is_noticed_and_the_kernel_compiled_again(sample, tmp_path, kind):
    hits(sample())
    (file,) = (tmp_path / "cache").rglob(f"*.{kind}")
    good = file.read_bytes()
    for place in np.random.default_rng(1).integers(0, len(good), 8).tolist():
        bad = bytearray(good)
        bad[place] ^= 16
        file.write_bytes(bad)
        assert [hits(sample()), hits(sample())] == [0, 1]
        assert file.read_bytes() != bytes(bad)


@compiling
def test_code_of_an_earlier_version_under_a_new_index_is_not_run(sample, tmp_path, monkeypatch):
    """A process that ends between writing the two leaves them so."""
    hits(sample())
    (code,) = (tmp_path / "cache").rglob("*.nbc")
    old = code.read_bytes()
    monkeypatch.setattr(compiled, "SOURCES", "those of the next version")
    hits(sample())
    code.write_bytes(old)
    assert [hits(sample()), hits(sample())] == [0, 1]


@compiling
def test_code_of_another_signature_is_not_run(sample, tmp_path):
    """Two processes that compile at once may both take the first free name."""
    hits(sample())
    (code,) = (tmp_path / "cache").rglob("*.nbc")
    of_ints = code.read_bytes()
    module = sample()
    assert module.total(module.Pair(0.5, 2.0)) == 2.5
    (other,) = {*(tmp_path / "cache").rglob("*.nbc")} - {code}
    file = module.total._cache._cache_file
    _, of_floats = file._load(other.name)
    file._save(other.name, file._load(code.name))
    module = sample()
    assert module.total(module.Pair(0.5, 2.0)) == 2.5
    assert file._load(other.name)[0] != file._load(code.name)[0]
    assert code.read_bytes() == of_ints
    assert of_floats


@compiling
@pytest.mark.slow
def test_a_kernel_of_the_cache_runs_without_what_compiling_takes(sample, tmp_path):
    hits(sample())
    code = """
import sys
import numba
numba.config.CACHE_DIR = sys.argv[1]
import sample_kernel
assert sample_kernel.total(sample_kernel.Pair(1, 2)) == 3
assert sum(sample_kernel.total.stats.cache_hits.values()) == 1
assert "numba.np.arraymath" not in sys.modules and "scipy.linalg" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "cache")], check=True, cwd=tmp_path)


def test_hashing_the_sources_takes_no_time():
    took = []
    for _ in range(5):
        began = time.process_time()
        compiled.source_hash()
        took.append(time.process_time() - began)
    assert min(took) < 0.02


@compiled.kernel
def shares(parts, n):
    if n == 0:
        raise ValueError("n must not be 0")
    return parts / n


@compiled.kernel
def twice(parts, n, code):
    return 2.0 * compiled.call(shares, code, (parts, n))


def test_a_kernel_called_by_its_address_returns_and_raises_as_usual():
    parts = np.array([2.0, 4.0])
    code = compiled.address(shares, {}, parts, 0)
    for _ in range(3):
        assert twice(parts, 2, code).tolist() == [2.0, 4.0]
    with pytest.raises(ValueError, match="must not be 0"):
        twice(parts, 0, code)


@compiling
def test_a_kernel_of_a_package_that_cannot_be_written_is_kept_elsewhere(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", "")
    (tmp_path / "__pycache__").write_text("no folder")
    monkeypatch.setenv("ROUTEOPT_CACHE", str(tmp_path / "kept"))
    assert [hits(sample()), hits(sample())] == [0, 1]
    assert list((tmp_path / "kept" / "kernels").rglob("*.nbc"))


@compiling
def test_a_kernel_that_can_be_kept_nowhere_is_compiled_in_every_run(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", "")
    (tmp_path / "__pycache__").write_text("no folder")
    monkeypatch.setenv("ROUTEOPT_CACHE", "off")
    assert [hits(sample()), hits(sample())] == [0, 0]
    assert not list(tmp_path.rglob("*.nbi"))


@compiling
def test_a_full_disk_stops_no_kernel(sample, monkeypatch):
    module = sample()

    def full(key, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.total._cache._cache_file, "save", full)
    assert hits(module) == 0
