"""Keep on disk what is computed of streets, by the content of everything that it is computed from.

An entry is a file of arrays and JSON under a hash of the arguments and of the code that makes it, so that it never
has to be declared out of date. It appears whole, under its name, or not at all; one that is damaged is made again.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message, one_line
from routeopt.folders import kept_in

P = ParamSpec("P")
T = TypeVar("T")

MOST_BYTES = 512 * 1024**2
"""What all entries may take on disk; beyond it, those not used for the longest time go."""
LARGEST_BYTES = MOST_BYTES // 4
"""Larger results are not kept."""
MADE_BY = ("streets", "kernels/streets", "kernels/heap.py", "kernels/compiled.py")
"""The code that entries are made with, within the package, besides the file of the function itself."""
LIBRARIES = ("numpy", "osmium", "scipy", "shapely")

log = logging.getLogger(__name__)


def kept(name: str, *classes: type[Any]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the results of a function of numbers, texts, arrays, and tuples, dictionaries and dataclasses of them.

    A path stands for its ending and the content of its file.

    Parameters
    ----------
    name
        Of the entries; names no other function uses.
    classes
        Dataclasses that occur in the results.
    """

    def keep(make: Callable[P, T]) -> Callable[P, T]:
        source = Path(make.__code__.co_filename)

        @functools.wraps(make)
        def found(*args: P.args, **kwargs: P.kwargs) -> T:
            path = _path(name, (source, args, kwargs))
            if path is None:
                return make(*args, **kwargs)
            known = _load(path, classes)
            if known is not None:
                return known  # type: ignore[no-any-return]
            made = make(*args, **kwargs)
            if path == _path(name, (source, args, kwargs)):  # no file has changed meanwhile
                _write(path, made)
            return made

        return found

    return keep


def store(made: object, name: str, *given: object) -> None:
    """Keep something made of ``given`` along the way."""
    path = _path(name, given)
    if path is not None:
        _write(path, made)


def load(name: str, *given: object, classes: tuple[type[Any], ...] = ()) -> Any:
    """Return what `store` has kept; None if it is not there."""
    path = _path(name, given)
    return None if path is None else _load(path, classes)


@functools.cache
def code_hash() -> str:
    """Hash the code that makes the entries; takes a few milliseconds."""
    package = Path(__file__).resolve().parents[1]
    found = hashlib.sha256()
    for part in MADE_BY:
        for file in sorted((package / part).glob("*.py")) or [package / part]:
            found.update(file.read_bytes())
    found.update(" ".join(map(version, LIBRARIES)).encode())
    return found.hexdigest()


def _path(name: str, given: object) -> Path | None:
    """Return the file of an entry; None where nothing is kept, or if a file among ``given`` cannot be read."""
    folder = kept_in("streets")
    if folder is None:
        return None
    found = hashlib.sha256(code_hash().encode())
    try:
        _feed(found, given)
    except OSError:
        return None
    return folder / f"{name}-{found.hexdigest()[:40]}.npz"


def _feed(found: Any, value: Any) -> None:
    """Add a value, with its kind and length, so that no two values look the same."""

    def part(value: Any) -> Any:
        """Convert what JSON does not hold; the items of arrays are added by themselves."""
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {"": type(value).__name__} | {name: getattr(value, name) for name in _fields(type(value))}
        if isinstance(value, Message):
            return {"": value.code, **value.values}
        if isinstance(value, Path):
            with value.open("rb") as file:
                return ["".join(value.suffixes), hashlib.file_digest(file, "sha256").hexdigest()]
        if isinstance(value, np.ndarray) and value.dtype != object:
            found.update(f"array {value.dtype.str} {value.shape} ".encode())
            found.update(np.ascontiguousarray(value).data)
            return {"array": value.dtype.str}
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, np.generic):
            return value.item()
        raise TypeError(f"no hash of {type(value).__name__}")

    found.update(json.dumps(value, default=part, sort_keys=True).encode())


@functools.cache
def _fields(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


def _plain(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Convert a result to what JSON holds; its arrays go to ``arrays``."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, Message):
        return {"message": value.code, "values": {k: _plain(v, arrays) for k, v in value.values.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
        return {"class": type(value).__name__, "fields": fields}
    if isinstance(value, dict):
        return {"dict": {key: _plain(part, arrays) for key, part in value.items()}}
    if isinstance(value, (tuple, list)):
        return [_plain(part, arrays) for part in value]
    return value


def _whole(value: Any, arrays: Mapping[str, NDArray[Any]], known: Mapping[str, type[Any]]) -> Any:
    """Convert back; lists become tuples."""
    if isinstance(value, list):
        return tuple(_whole(part, arrays, known) for part in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[f"a{value['array']}"]
    if "message" in value:
        return Message(value["message"], **{k: _whole(v, arrays, known) for k, v in value["values"].items()})
    if "class" in value:
        fields = {k: _whole(v, arrays, known) for k, v in value["fields"].items()}
        return known[value["class"]](**fields)
    return {key: _whole(part, arrays, known) for key, part in value["dict"].items()}


def _load(path: Path, classes: tuple[type[Any], ...]) -> Any:
    """Read an entry; None if it is missing or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            tree = json.loads(arrays["json"].tobytes())
            found = _whole(tree, arrays, {cls.__name__: cls for cls in classes})
    except FileNotFoundError:
        log.debug("%s is not kept yet", one_line(path.name))
        return None
    except Exception as error:  # whatever a damaged file causes
        log.info("%s is damaged and made again: %r", one_line(path), error)
        return None
    with suppress(OSError):
        os.utime(path)  # what is used stays
    return found


def _write(path: Path, made: object) -> None:
    """Write beside, then rename; what goes wrong on the disk leaves no entry."""
    arrays: list[NDArray[Any]] = []
    text = json.dumps(_plain(made, arrays)).encode()
    size = len(text) + sum(array.nbytes for array in arrays)
    if size > LARGEST_BYTES:
        log.debug("%s would take %d bytes: not kept", one_line(path.name), size)
        return
    part: str | None = None
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            named: dict[str, Any] = {f"a{n}": array for n, array in enumerate(arrays)}
            np.savez(file, json=np.frombuffer(text, np.uint8), **named)
        os.replace(part, path)  # noqa: PTH105
        part = None
        _make_room(path)
    except OSError as error:
        log.info("not kept in %s: %s", one_line(path.parent), one_line(error))
    finally:
        if part is not None:
            with suppress(OSError):
                os.unlink(part)  # noqa: PTH108


def _make_room(newest: Path) -> None:
    """Delete what was not used for the longest time, until the rest fits; other processes may do the same."""
    found = []
    for file in newest.parent.iterdir():
        with suppress(OSError):
            state = file.stat()
            found.append((state.st_mtime, state.st_size, file))
    total = sum(size for _, size, _ in found)
    for _, size, file in sorted(found):
        if total <= MOST_BYTES:
            return
        if file != newest:
            with suppress(OSError):
                file.unlink()
            total -= size
