"""Independent runs on other cores and machines: anything with the interface of ``concurrent.futures.Executor``.

`Workers` are processes of this machine, `cluster` the workers of a scheduler of dask. What tasks have in common is
given to each process once (`shared`, `opened`).
"""

from __future__ import annotations

import itertools
import mmap
import multiprocessing
import os
import pickle
import re
import signal
import tempfile
import threading
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from routeopt.errors import Fault, InputError, RouteoptError

Done = Callable[[int, int], None]
"""Called with the number of tasks that are done, and of all."""
ALONE = 2
"""A task whose process dies is tried again, with no other at its side; it is given up when that fails so often."""
ALIGN = 64
"""Bytes that arrays are aligned to."""
OPEN = 2
"""Shared values that a process keeps open."""
ADDRESS = re.compile(r"((tcp|tls)://)?(\[[0-9A-Fa-f:.%]+\]|[\w.-]+):\d{1,5}")
"""Of a scheduler."""
TIMEOUT_S = 10
"""Until a scheduler that does not answer is given up."""


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# what tasks have in common ------------------------------------------------------------------------------------


class Mapped(NamedTuple):
    """A value in a file, whose arrays every process of the machine maps: they are in memory once."""

    path: str
    parts: tuple[tuple[int, int, bool], ...]
    """Begin and end in the file, and whether it may not be written to: the pickle, and its buffers."""

    def load(self) -> Any:
        """Return the value; what a process writes to its arrays, others do not see."""
        with Path(self.path).open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        first, *buffers = [
            whole[begin:end].toreadonly() if fixed else whole[begin:end] for begin, end, fixed in self.parts
        ]
        return pickle.loads(first, buffers=buffers)


class Packed(NamedTuple):
    """A value as bytes, for other machines."""

    key: str
    data: bytes

    def load(self) -> Any:
        """Return the value."""
        return pickle.loads(self.data)


def write_mapped(value: Any, path: Path) -> Mapped:
    """Write a value to a file (pickle protocol 5, its buffers outside)."""
    buffers: list[pickle.PickleBuffer] = []
    first = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts, end = [], 0
    with path.open("wb") as file:
        for part in (memoryview(first), *(buffer.raw() for buffer in buffers)):
            begin = -(-end // ALIGN) * ALIGN
            file.seek(begin)
            file.write(part)
            end = begin + part.nbytes
            parts.append((begin, end, part.readonly))
        file.truncate(max(end, 1))
    return Mapped(str(path), tuple(parts))


_OPEN: OrderedDict[str, Any] = OrderedDict()
"""Key of a shared value → the value, in this process."""


def shared(executor: Executor, value: Any) -> Any:
    """Return what tasks are given in place of a large value, for `opened`; it may be the value itself."""
    share = getattr(executor, "share", None)
    return value if share is None else share(value)


def opened(given: Any) -> Any:
    """Return the value of `shared`, which is loaded once in each process."""
    if not isinstance(given, Mapped | Packed):
        return given
    key = given[0]
    if key not in _OPEN:
        _OPEN[key] = given.load()
        while len(_OPEN) > OPEN:
            _OPEN.popitem(last=False)
    return _OPEN[key]


def in_order(futures: Iterable[Future[Any]], progress: Done | None = None) -> Iterator[Any]:
    """Yield the results in the order of the tasks, and tell how many are done; an error cancels the rest.

    Raises
    ------
    RouteoptError
        If a task has ended every process that it was given to.
    """
    running = list(futures)
    count, lock = itertools.count(1), threading.Lock()

    def done(_: Future[Any]) -> None:
        with lock:
            if progress is not None:
                progress(next(count), len(running))

    for one in running:
        one.add_done_callback(done)
    try:
        for one in running:
            try:
                found = one.result()
            except Exception as error:
                # of dask, which is not imported for this
                if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
                    raise RouteoptError(Fault("RO-676", "executor", times=1 + ALONE)) from error
                raise
            yield found
    finally:
        for one in running:
            one.cancel()


# processes of this machine ------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Task:
    """What is to be called, and whose result is waited for."""

    call: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
    future: Future[Any] = field(default_factory=Future)
    begun: bool = False
    lost: int = 0
    """How many processes have died over it."""


class Workers(Executor):
    """Processes of this machine. A process that dies costs the time of its task: the task is done again.

    Parameters
    ----------
    jobs
        Number of processes. Default: `cores`.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self.jobs = jobs or cores()
        self._lock = threading.RLock()
        self._waiting: deque[_Task] = deque()
        self._lost: deque[_Task] = deque()
        self._running: set[_Task] = set()
        self._closed = False
        self._folder = tempfile.TemporaryDirectory(prefix="routeopt-", ignore_cleanup_errors=True)
        self._pool = self._made()

    def _made(self) -> ProcessPoolExecutor:
        fresh = multiprocessing.get_context("spawn")  # a fork would copy locks that threads of this process hold
        return ProcessPoolExecutor(self.jobs, mp_context=fresh, initializer=_ignore_interrupts)

    def share(self, value: Any) -> Mapped:
        """Write a value where all processes can map it."""
        return write_mapped(value, Path(self._folder.name) / uuid.uuid4().hex)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call ``fn`` in one of the processes."""
        task = _Task((fn, args, kwargs))
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot submit after shutdown")
            self._waiting.append(task)
        self._start()
        return task.future

    def _start(self) -> None:
        """Give processes that are free their next tasks; those that were lost are done one by one, and first."""
        with self._lock:
            while queue := self._next():
                task, pool = queue.popleft(), self._pool
                if not task.begun and not task.future.set_running_or_notify_cancel():
                    continue
                task.begun = True
                fn, args, kwargs = task.call
                try:
                    inner = pool.submit(fn, *args, **kwargs)
                except BrokenProcessPool:  # a process has died since
                    queue.appendleft(task)
                    self._renew(pool)
                    continue
                self._running.add(task)
                inner.add_done_callback(partial(self._ended, task, pool))

    def _next(self) -> deque[_Task] | None:
        """Return the queue whose first task may start now."""
        if self._closed or len(self._running) >= self.jobs or any(task.lost for task in self._running):
            return None
        if self._lost:
            return None if self._running else self._lost
        return self._waiting or None

    def _ended(self, task: _Task, pool: ProcessPoolExecutor, inner: Future[Any]) -> None:
        """Hand on a result, or do the task again if its process has died."""
        error = CancelledError() if inner.cancelled() else inner.exception()
        if isinstance(error, BrokenProcessPool):
            # in a thread of its own, as the broken pool holds a lock that others may wait for with ours
            threading.Thread(target=self._redo, args=(task, pool, error), daemon=True).start()
            return
        with self._lock:
            self._running.discard(task)
        if error is None:
            task.future.set_result(inner.result())
        else:
            task.future.set_exception(error)
        self._start()

    def _redo(self, task: _Task, pool: ProcessPoolExecutor, error: BaseException) -> None:
        with self._lock:
            self._running.discard(task)
            self._renew(pool)
            task.lost += 1
            again = task.lost <= ALONE and not self._closed
            if again:
                self._lost.append(task)
        if not again:
            task.future.set_exception(error)
        self._start()

    def _renew(self, broken: ProcessPoolExecutor) -> None:
        if broken is self._pool and not self._closed:
            self._pool = self._made()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: after all tasks, or at once with ``cancel_futures``."""
        with self._lock:
            if cancel_futures:
                self._closed = True
            open_tasks = [*self._waiting, *self._lost, *self._running]
        if cancel_futures:
            for task in open_tasks:
                task.future.cancel()
            for process in list((self._pool._processes or {}).values()):  # a run may take long, and nobody waits
                process.terminate()
        elif wait:
            wait_for([task.future for task in open_tasks])
        self._closed = True
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
        self._folder.cleanup()

    def __exit__(self, kind: Any, *_: Any) -> bool | None:
        """Wait for all tasks; end them at once after an error."""
        self.shutdown(wait=True, cancel_futures=kind is not None)
        return None


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which the terminal sends to every process, to the one that waits for the results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# other machines -----------------------------------------------------------------------------------------------


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Give tasks to the workers of a scheduler of dask, such as tcp://10.0.0.1:8786.

    Raises
    ------
    InputError
        If dask.distributed is not installed, the address cannot be right, or no scheduler answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(Fault("RO-455", "--cluster", package="distributed", extra="cluster")) from None
    if not ADDRESS.fullmatch(address):  # a client that cannot read it would still wait for itself at the end
        raise InputError(Fault("RO-677", "--cluster", got=address))
    try:
        client = Client(address, timeout=TIMEOUT_S, set_as_default=False)
    except OSError as error:
        raise InputError(Fault("RO-674", address, reason=str(error).splitlines()[0])) from None
    with client:
        executor = client.get_executor(retries=ALONE)

        def share(value: Any) -> Any:
            return client.scatter(Packed(uuid.uuid4().hex, pickle.dumps(value, protocol=5)), broadcast=True)

        executor.share = share
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
