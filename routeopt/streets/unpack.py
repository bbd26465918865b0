"""Unpack compressed street files to plain ones, within a size that a real one has."""

from __future__ import annotations

import bz2
import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from routeopt.border import most
from routeopt.errors import Fault, StreetsError

CHUNK_B = 1 << 20


@contextmanager
def plain(path: Path, code: str) -> Iterator[Path]:
    """Give the file itself, or a plain copy of a .gz or .bz2 file that lasts as long as the context.

    Raises
    ------
    StreetsError
        With ``code`` if the file cannot be read or unpacked; if it unpacks to nothing, or far more than its size.
    """
    if path.suffix not in (".gz", ".bz2"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / path.stem
        try:
            with gzip.open(path) if path.suffix == ".gz" else bz2.open(path) as packed, target.open("wb") as out:
                whole = _copy(packed, out, max(most("unpacked"), most("ratio") * path.stat().st_size))
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise StreetsError(Fault(code, path, reason=first_line(error))) from None
        if not whole:
            raise StreetsError(Fault("RO-208", path, ratio=most("ratio")))
        if target.stat().st_size == 0:
            raise StreetsError(Fault("RO-202", path))
        yield target


def _copy(packed: gzip.GzipFile | bz2.BZ2File, out: IO[bytes], limit: int) -> bool:
    """Copy at most ``limit`` bytes; return whether that was all."""
    written = 0
    while chunk := packed.read(CHUNK_B):
        written += len(chunk)
        if written > limit:
            return False
        out.write(chunk)
    return True


def first_line(error: Exception) -> str:
    """Return what an error says, in a line."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
