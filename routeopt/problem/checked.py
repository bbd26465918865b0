"""Check single arrays: types, shapes, ranges and pointers, which the kernels trust.

Arrays become C-contiguous and of the exact type; one that already is so is not copied, but seen through a
read-only view: whoever goes on writing into their own array changes the problem behind its back. An array that was
found sound is known again as long as it lives, so that `dataclasses.replace` looks only at what is new.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault
from routeopt.guard import kind, shown

Array = NDArray[Any]
Shape = Sequence[int | None]
"""Expected lengths; None for any length."""

MOST_LEAVING = 0.1
"""Greatest price of a stop outside a zone, as a share of the demand."""
MOST_STEPS = 2**30
"""Greatest index and number of steps: sums of a few fit into 32 bits."""
TAKEN = {"i": "iu", "f": "fiu", "b": "b"}
"""Expected kind of type → kinds that convert to it without loss (ranges are checked apart)."""
DTYPES = {"i": "int32", "l": "int64", "d": "float64", "?": "bool"}

_SOUND: dict[int, tuple[weakref.ref[Array], set[Hashable]]] = {}
"""Id of a read-only array → the array and the checks that it passed."""


def known(table: Array, what: Hashable) -> bool:
    """Return whether an array passed a check before."""
    found = _SOUND.get(id(table))
    return found is not None and found[0]() is table and what in found[1] and not table.flags.writeable


def remember(table: Array, what: Hashable) -> None:
    """Keep in mind that an array passed a check."""
    found = _SOUND.get(id(table))
    if found is None or found[0]() is not table:
        key = id(table)

        def forget(gone: weakref.ref[Array]) -> None:
            if key in _SOUND and _SOUND[key][0] is gone:
                del _SOUND[key]

        found = _SOUND[key] = weakref.ref(table, forget), set()
    found[1].add(what)


class Checked:
    """Check one array after the other and collect the faults."""

    def __init__(self, path: str, thing: object = None) -> None:
        self.path, self.thing = path, thing
        self.faults: list[Fault] = []

    def fault(self, code: str, name: str, **values: Any) -> None:
        """Add a fault of a field."""
        self.faults.append(Fault(code, f"{self.path}.{name}" if name else self.path, **values))

    def array(self, name: str, value: object, letter: str, shape: Shape) -> Array | None:
        """Convert an array to the kernels' form, read-only; None if that is impossible."""
        dtype, n = np.dtype(DTYPES[letter]), len(self.faults)
        try:
            given = np.asarray(value)
        except (TypeError, ValueError, OverflowError):
            given = np.empty(0, dtype=object)
        if not isinstance(value, np.ndarray) and given.shape == (0,):
            given = given.astype(dtype)
        if given.dtype.kind not in TAKEN[dtype.kind] or isinstance(value, np.ma.MaskedArray):
            got = given.dtype.name if type(value) is np.ndarray else type(value).__name__
            self.fault("RO-410", name, dtype=dtype.name, got=got)
            return None
        if given.ndim != len(shape) or any(m not in (None, k) for k, m in zip(given.shape, shape, strict=True)):
            self.fault("RO-411", name, shape=shape_text(shape), got=shape_text(given.shape))
            return None
        made = given
        if given.dtype != dtype or not given.flags.aligned:
            with np.errstate(all="ignore"):
                made = given.astype(dtype)
                same = made.astype(given.dtype) == given if given.dtype.kind != "f" else (
                    (made == given) | (made != made) & (given != given)
                )  # fmt: skip
            if not same.all():
                self.fault("RO-410", name, dtype=dtype.name, got=shown(given[~same].flat[0]))
                return None
        kept = made if made.flags.c_contiguous else np.ascontiguousarray(made)
        if kept.flags.writeable:
            kept = kept.view()
            kept.flags.writeable = False
        return kept if len(self.faults) == n else None

    def put(self, name: str, letter: str, shape: Shape) -> Array | None:
        """Convert a field of the thing by `array`, in place."""
        table = self.array(name, getattr(self.thing, name), letter, shape)
        if table is not None:
            put_in(self.thing, name, table)
        return table

    def values(self, name: str, table: Array | None, rule: Callable[[Array], tuple[str, Any] | None]) -> bool:
        """Return whether a check passes; otherwise its (code, values) become a fault."""
        found = None if table is None else rule(table)
        if found is None:
            return table is not None
        code, values = found
        at = values.pop("at", None)
        self.fault(code, name if at is None else f"{name}[{', '.join(map(str, at))}]", **values)
        return False

    def within(
        self, name: str, table: Array | None, least: float | None, most: float | None, *, above: bool = False
    ) -> bool:
        """Return whether all values are finite and within the limits (``above`` the least)."""
        if table is not None and known(table, (least, most, above)):
            return True
        sound = self.values(name, table, lambda t: _outside(t, least, most, above))
        if sound and table is not None:
            remember(table, (least, most, above))
        return sound

    def pointer(self, name: str, table: Array | None, end: int | None) -> bool:
        """Return whether it is a valid CSR pointer into an array of length ``end``."""
        if table is not None and known(table, ("pointer", end)):
            return True
        if table is None:
            return False
        sound = True
        if len(table) == 0 or table[0] != 0:
            sound = False
            self.fault("RO-418", name, got=shown(table[0]) if len(table) else "-")
        sound = self.values(name, table, lambda t: falls(t, "RO-417")) and sound
        if len(table) and end is not None and table[-1] != end:
            sound = False
            self.fault("RO-419", name, end=end, got=int(table[-1]))
        if sound and end is not None:
            remember(table, ("pointer", end))
        return sound

    def texts(self, name: str, value: object, n: int | None, default: Callable[[int], str]) -> tuple[str, ...]:
        """Check names, one for each index; ``default`` fills in where there are none."""
        if not isinstance(value, (tuple, list)):
            self.faults += kind(f"{self.path}.{name}", value, tuple)
            return ()
        for k, text in enumerate(value):
            if not isinstance(text, str):
                self.faults += kind(f"{self.path}.{name}[{k}]", text, str)
                break
        if not value:
            return tuple(default(k) for k in range(n or 0))
        if n is not None and len(value) != n:
            self.fault("RO-425", name, expected=n, got=len(value))
        return tuple(value)


def shape_text(shape: Shape) -> str:
    """Write a shape, ``n`` for any length."""
    inner = ", ".join("n" if k is None else str(k) for k in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def first_at(wrong: Array) -> tuple[int, ...]:
    """Return the index of the first True."""
    return tuple(int(k) for k in np.unravel_index(int(wrong.argmax()), wrong.shape))


def _outside(t: Array, least: float | None, most: float | None, above: bool) -> tuple[str, Any] | None:
    """Find the first value that is not finite or outside its limits."""
    if t.size == 0 or t.dtype.kind == "b":
        return None
    low, high = t.min(), t.max()  # NaN if any is
    if t.dtype.kind == "f" and not (np.isfinite(low) and (np.isfinite(high) or most == np.inf)):
        wrong = np.isnan(t) if most == np.inf and not np.isneginf(low) else ~np.isfinite(t)
        return "RO-412", {"at": first_at(wrong), "got": shown(t[wrong].flat[0])}
    if least is not None and (low <= least if above else low < least):
        at = first_at(t == low)
        return "RO-415" if above else "RO-413", {"at": at, "least": least, "got": shown(low)}
    if most is not None and high > most:
        return "RO-414", {"at": first_at(t == high), "most": most, "got": shown(high)}
    return None


def falls(t: Array, code: str) -> tuple[str, Any] | None:
    """Find the first value less than its predecessor; with RO-416 also an equal one."""
    wrong = t[1:] <= t[:-1] if code == "RO-416" else t[1:] < t[:-1]
    if not wrong.any():
        return None
    k = int(wrong.argmax())
    return code, {"at": (k + 1,), "got": shown(t[k + 1]), "before": shown(t[k])}


def put_in(thing: object, name: str, value: object) -> None:
    """Set a field of a frozen dataclass while it is being made."""
    object.__setattr__(thing, name, value)
