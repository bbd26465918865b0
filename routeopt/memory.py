"""How much memory may still be taken: by a limit given, or by what the machine and its container have left."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from routeopt.errors import Fault, InputError

VARIABLE = "ROUTEOPT_MEMORY"
"""Environment variable: the most memory that a process may take, such as 4G, or `OFF`."""
OFF = "off"
"""No limit: nothing is refused."""
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
CGROUPS = Path("/sys/fs/cgroup")
"""Where Linux tells the limits of a container."""


def free(limit: str | None = None) -> int | None:
    """Return how many bytes this process may still take; None without a limit.

    Parameters
    ----------
    limit
        Most memory of the process, such as "4G" or "800M", or "off". Default: `VARIABLE`, and without it the
        memory that the machine has available, or its container (control groups of Linux) where that is less.

    Raises
    ------
    InputError
        If the limit is neither a size nor "off".
    """
    import psutil

    where = "memory_limit"
    if limit is None:
        where, limit = VARIABLE, os.environ.get(VARIABLE, "").strip()
    if limit == "":
        return min([int(psutil.virtual_memory().available), *_of_groups()])
    if limit.lower() == OFF:
        return None
    return max(0, size(limit, where) - int(psutil.Process().memory_info().rss))


def size(text: str, where: str = "memory_limit") -> int:
    """Convert a size as people write it to bytes.

    Raises
    ------
    InputError
        If it cannot be read.

    Examples
    --------
    >>> size("1.5G") == 1.5 * 2**30, size("800 MiB") == 800 * 2**20
    (True, True)
    """
    found = SIZE.fullmatch(text.strip())
    if found is None:
        raise InputError(Fault("RO-670", where, got=text))
    return int(float(found[1]) * UNITS[found[2].upper()])


def shown(size: float) -> str:
    """Format a number of bytes for a message."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def _of_groups() -> Iterator[int]:
    """Yield what is left of each control group's limit that this process counts to, bytes."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds == "":
                yield from _left(CGROUPS, path, "memory.max", "memory.current", "inactive_file")
            elif "memory" in kinds.split(","):
                names = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
                yield from _left(CGROUPS / "memory", path, *names)


def _left(root: Path, path: str, most: str, used: str, cached: str) -> Iterator[int]:
    """Yield what is left of the limit of a group and of those above it; a container may see its own as root."""
    folder = root / path.strip("/")
    for group in (folder, *folder.parents):
        with suppress(OSError, ValueError, KeyError):
            stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="utf-8").splitlines())
            limit, usage = (int((group / name).read_text(encoding="utf-8")) for name in (most, used))
            yield max(0, limit - usage + int(stat[cached]))
        if group == root:
            return
