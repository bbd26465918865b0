"""Where files that can be made again are kept between runs."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

VARIABLE = "ROUTEOPT_CACHE"
"""Environment variable: the folder in which to keep them, or `OFF`."""
OFF = "off"


def kept_in(kind: str) -> Path | None:
    """Return the folder of one kind of files, made if need be; None where nothing can be kept.

    It is inside the folder that `VARIABLE` names. Without one it is in the user's cache folder; in a container
    without a home, and where that folder cannot be written, it is one of the user's own among the temporary
    files.
    """
    given = os.environ.get(VARIABLE, "")
    if given.strip().lower() == OFF:
        return None
    for find in [lambda: Path(given)] if given else [_of_user, _temporary]:
        folder = find()
        if folder is not None and _made(folder / kind):
            return folder / kind
    return None


def _of_user() -> Path | None:
    """Return the user's cache folder; None for a user without a home."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_cache_dir("routeopt"))
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None


def _temporary() -> Path | None:
    """Return a temporary folder that is the user's alone; None where another user might have made it."""
    user = os.getuid() if hasattr(os, "getuid") else None
    try:
        folder = Path(tempfile.gettempdir()) / ("routeopt" if user is None else f"routeopt-{user}")
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    own = user is None or (found.st_uid == user and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    return folder if own and stat.S_ISDIR(found.st_mode) else None


def _made(folder: Path) -> bool:
    """Return whether the folder is there and can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
