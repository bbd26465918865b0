"""Write files whole or not at all: a full disk or an interruption leaves the files of before as they were.

They are written into a folder beside their places, forced to the disk, and then renamed, each in one step.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".routeopt-"
"""Of the folder that the files are written into."""
LEFT_S = 3600.0
"""Such a folder that is older than this, seconds, is of a process that was killed."""
NUMBERED = "[0-9][0-9]*"
"""Names of files of which there is one per team."""


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield an empty folder; what is in it at the end of the block is moved into ``folder``, which is made.

    Folders in it are merged with those of ``folder``, where numbered files of the same type from an earlier plan
    are removed. If the block fails, ``folder`` is as it was.

    Raises
    ------
    OSError
        If the disk refuses to write; ``filename`` is the file that was to be written, where that is known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    stage = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    try:
        yield stage
        files = sorted(path for path in stage.rglob("*") if path.is_file())
        for file in files:
            _to_disk(file)
        with _uninterrupted():
            for file in files:
                target = folder / file.relative_to(stage)
                target.parent.mkdir(exist_ok=True)
                file.replace(target)
        for inner in stage.iterdir():
            if inner.is_dir():
                _remove_others(folder / inner.name, [f.relative_to(stage) for f in files])
        _to_disk(folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, _meant(error.filename, stage, folder)) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield where to write a single file, which takes the place of ``path`` at the end of the block.

    Raises
    ------
    OSError
        If the disk refuses to write.
    """
    with staged(path.parent) as stage:
        try:
            yield stage / path.name
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait, so that all files are moved or none.

    By handlers and not by a mask, which holds for one thread: a signal reaches any. It interrupts the first thread
    alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {
        one: signal.signal(one, lambda number, _: waiting.append(number))
        for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, signal.SIG_DFL if handler is None else handler)
        for number in dict.fromkeys(waiting):
            signal.raise_signal(number)


def _clear(folder: Path) -> None:
    """Remove what a process left that was killed while it wrote; others may be writing now."""
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_S:
                shutil.rmtree(left, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Force a file, or a folder's names where the system can, to the disk."""
    if path.is_dir():
        with suppress(OSError):  # not on Windows, and not on every network disk
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _remove_others(folder: Path, written: list[Path]) -> None:
    """Remove the numbered files that an earlier plan left."""
    kept = {path.name for path in written if path.parent.name == folder.name}
    for suffix in {Path(name).suffix for name in kept}:
        for old in folder.glob(NUMBERED + suffix):
            if old.name not in kept:
                old.unlink()


def _meant(name: object, stage: Path, folder: Path) -> str:
    """The place of a staged file."""
    path = Path(str(name)) if name else folder
    return str(folder / path.relative_to(stage)) if path.is_relative_to(stage) else str(path)
