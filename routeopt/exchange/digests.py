"""SHA-256 of files, so that anybody can tell whether something was made from them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path


def digests(paths: Iterable[Path], folder: Path) -> dict[str, str]:
    """Return path from the folder → SHA-256, as a hexadecimal number, of the files that exist.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    return {
        Path(os.path.relpath(path, folder)).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.is_file()
    }


def digest_of(documents: Sequence[bytes]) -> str:
    """Return the SHA-256 of the contents of files, one after the other, as a hexadecimal number."""
    return hashlib.sha256(b"".join(documents)).hexdigest()
