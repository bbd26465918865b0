"""Compile kernels once, keep them in a cache on disk, and run them without the interpreter's lock."""

from __future__ import annotations

import gc
import hashlib
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numba
from numba import njit
from numba.core import cgutils, event, types
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.imputils import impl_ret_new_ref
from numba.core.runtime import rtsys
from numba.extending import intrinsic

from routeopt.folders import kept_in


class _Pause(event.Listener):  # type: ignore[misc]
    """Pause garbage collection during compilation.

    The compiler creates millions of objects and keeps them, and the collector examines them again and again: a
    ninth of the time.
    """

    def __init__(self) -> None:
        self.depth, self.collects = 0, False

    def on_start(self, event: Any) -> None:
        """Pause it when the outermost compilation starts."""
        if self.depth or event.data["dispatcher"].py_func.__module__.startswith("routeopt."):
            if self.depth == 0:
                self.collects = gc.isenabled()
                gc.disable()
            self.depth += 1

    def on_end(self, event: Any) -> None:  # noqa: ARG002
        """Resume it after the outermost compilation."""
        if self.depth:
            self.depth -= 1
            if self.depth == 0 and self.collects:
                gc.enable()


event.register("numba:compile", _Pause())


def source_hash() -> str:
    """Return a hash of all kernels' sources; takes about a millisecond."""
    found = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()


SOURCES = source_hash()


class _Elsewhere(UserWideCacheLocator):  # type: ignore[misc]
    """A folder outside the package, for installations that the user cannot write; none if nothing can be kept."""

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Elsewhere:
        """Return the locator; its path is empty where nothing can be kept."""
        found, folder = cls(py_func, py_file), kept_in("kernels")
        found._cache_path = str(folder / cls.get_suitable_cache_subpath(py_file)) if folder else ""
        return found


class _Places(CompileResultCacheImpl):  # type: ignore[misc]
    """Where kernels are kept: in ``NUMBA_CACHE_DIR``, beside the source, or elsewhere."""

    _locator_classes = (UserProvidedCacheLocator, InTreeCacheLocator, _Elsewhere)


class _File(IndexDataCacheFile):  # type: ignore[misc]
    """Index and code of a kernel, each with a hash in front that tells whether it is whole, and of this version.

    Numba looks at the version at the head of the index alone. A flipped bit would give wrong code, and so would
    the code of an earlier version, which stays where a process ends between writing the index and the code.
    """

    def _mark(self, name: str, content: bytes) -> bytes:
        said = pickle.dumps((self._version, self._source_stamp, name))
        return hashlib.sha256(said + content).digest()

    def _load(self, name: str) -> Any:
        """Read a file; None if it is missing, damaged, or of another version."""
        try:
            content = Path(self._data_path(name)).read_bytes()
        except FileNotFoundError:
            return None
        size = hashlib.sha256().digest_size
        if content[:size] != self._mark(name, content[size:]):
            return None
        return pickle.loads(content[size:])

    def _save(self, name: str, value: Any) -> None:
        content = self._dump(value)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(self._mark(name, content) + content)

    def _load_index(self) -> Any:
        return self._load(self._index_name) or {}

    def _save_index(self, overloads: Any) -> None:
        self._save(self._index_name, overloads)

    _load_data, _save_data = _load, _save

    def load(self, key: Any) -> Any:
        """Return the code of a signature; None if it is not there, or another process wrote its own over it."""
        found = super().load(key)
        return found[1] if found is not None and found[0] == repr(key) else None

    def save(self, key: Any, data: Any) -> None:
        """Keep the code of a signature, with the signature."""
        super().save(key, (repr(key), data))


class Cache(FunctionCache):  # type: ignore[misc]
    """Numba's cache on disk, valid for the present sources of all kernels alone, and never the cause of an error.

    Numba notices a change of the file that defines a kernel, but not of the functions that the kernel calls or of
    the tuples that it is given, which are defined in other files; the hash of all sources is part of the version.
    """

    _impl_class = _Places

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _File(self._cache_path, self._impl.filename_base, stamp)
        self._cache_file._version = f"{numba.__version__} {SOURCES}"
        if not self.cache_path:
            self.disable()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled kernel for a signature; None if it is not in the cache or cannot be read.

        Numba prepares itself to compile here, and with it imports a third of itself and half of scipy; to run what
        is compiled, its count of references is enough, and a kernel that is not in the cache prepares it then.
        """
        try:
            rtsys.initialize(target_context)
            with self._guard_against_spurious_io_errors():
                return self._load_overload(sig, target_context)
        except Exception:
            with self._guard_against_spurious_io_errors():
                self.flush()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled kernel; not on a disk that is full or can no longer be written."""
        try:
            super().save_overload(sig, data)
        except OSError:
            self.disable()


def kernel(function: Callable[..., Any], *, counts: bool = True) -> Any:
    """Compile a function that is called from Python, and from other kernels; it is kept in the cache on disk."""
    dispatcher = njit(nogil=True, no_cfunc_wrapper=True, _nrt=counts)(function)
    dispatcher._cache = Cache(function)
    return dispatcher


def filler(function: Callable[..., Any]) -> Any:
    """Compile a `kernel` that neither makes nor returns arrays: it counts no references (see `part`)."""
    return kernel(function, counts=False)


def _jump(context: Any, builder: Any, values: Any, result: Any, kinds: Any) -> Any:
    """Write the call of the address ``values[1]`` with the tuple ``values[2]``; return its result."""
    kind = context.call_conv.get_function_type(result, kinds)
    pointer = builder.inttoptr(values[1], kind.as_pointer())
    items = cgutils.unpack_tuple(builder, values[2], len(kinds))
    status, found = context.call_conv.call_function(builder, pointer, result, kinds, items)
    with cgutils.if_unlikely(builder, status.is_error):
        context.call_conv.return_status_propagate(builder, status)
    return found


@intrinsic
def call(typing_context, function, address, args):  # noqa: ARG001
    """Call a kernel at its `address` with a tuple of arguments, without linking its code into the caller.

    A kernel that calls another one directly is compiled, and stored in the cache, with a copy of it.
    """
    function.dispatcher.compile(args.types)
    found = function.dispatcher.overloads[args.types].signature

    def generate(context, builder, signature, values):  # noqa: ARG001
        result = _jump(context, builder, values, found.return_type, found.args)
        return impl_ret_new_ref(context, builder, found.return_type, result)

    return found.return_type(function, types.intp, args), generate


@intrinsic
def later(typing_context, function, address, args):  # noqa: ARG001
    """Call a kernel that returns nothing at its `address`, without compiling it.

    What few problems need is compiled only for them, when its address is asked for.
    """
    signature = types.none(function, types.intp, args)

    def generate(context, builder, signature, values):  # noqa: ARG001
        _jump(context, builder, values, types.none, args.types)
        return context.get_dummy_value()

    return signature, generate


def address(function: Any, known: dict[int, Any], *args: Any) -> int:
    """Return the address of a kernel's code for arguments of the types of ``args``, compiled if need be.

    Parameters
    ----------
    known
        Types of arguments by their ids, filled: finding those of tuples of arrays takes milliseconds.
    """
    if numba.config.DISABLE_JIT:
        return 0
    for arg in args:
        if id(arg) not in known:
            kind = known[id(arg)] = numba.typeof(arg)
            if isinstance(arg, tuple):
                known.update((id(part), of) for part, of in zip(arg, kind.types, strict=True))
    kinds = tuple(known[id(arg)] for arg in args)
    function.compile(kinds)
    found = function.overloads[kinds]
    return int(found.library.get_pointer_to_function(found.fndesc.llvm_func_name))


if numba.config.DISABLE_JIT:

    def call(function, address, args):  # noqa: ARG001
        """Call a function that is not compiled."""
        return function(*args)

    later = call


class _Linked(JITCodeLibrary):  # type: ignore[misc]
    """Code that is only ever linked into its callers.

    Numba optimises every function by itself, and turns it into machine code, before it links it into its callers,
    where it is inlined and optimised again. For these functions the first time is in vain, and what was optimised
    by itself is inlined less well.
    """

    def _optimize_final_module(self) -> None:
        """Leave that to the callers."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:  # noqa: ARG002
        """Return 0: there is no machine code."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> _Linked:
        """What is told the environment of the function."""
        return self

    def set_env(self, env_name: str, env: Any) -> None:
        """Set nothing: the environment serves calls from Python."""


class _LinkedCompiler(Compiler):  # type: ignore[misc]
    """Compile functions that are called from kernels alone."""

    def _compile_bytecode(self) -> Any:
        self.state.library = _Linked(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super()._compile_bytecode()


_from_kernels = partial(
    njit, nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True, pipeline_class=_LinkedCompiler
)
maker = _from_kernels(_nrt=True)  # said, because a function is compiled like its first caller otherwise
"""For a function called from kernels alone that makes arrays, or calls a function that does.

It is stored in the caches of its callers.
"""
part = _from_kernels(_nrt=False)
"""For a function called from kernels alone that neither makes nor returns arrays: it counts no references.

Counting is atomic, and each tuple holds many arrays: if the longest path counted, it would take four times as
long.
"""
short = _from_kernels(_nrt=False, forceinline=True)
"""Like `part`, for a function to be inlined."""
sums = _from_kernels(_nrt=False, fastmath={"reassoc", "nsz", "nnan", "ninf", "contract"})
"""Like `part`, for sums and maxima of finite numbers in whatever order is fastest; always the same order."""


@short
def fill(out, value):
    """Set every element of a row; ``np.full`` and its like are functions of their own, compiled for each type."""
    for t in range(out.shape[0]):
        out[t] = value


@short
def copy(out, row):
    """Copy a row element by element.

    ``out[:] = row`` compiles its checks of shapes, with their messages, into every kernel, which takes seconds.
    """
    for t in range(row.shape[0]):
        out[t] = row[t]
