"""Mutate files: bytes, numbers and names in texts, values of JSON, parts of archives, what compression hides."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

Mutation = Callable[[bytes, random.Random], bytes]

NUMBERS = (
    b"0", b"2", b"7", b"12.5", b"30", b"26.0011", b"119.002", b"-0", b"-1", b"1", b"0.1", b"1e308", b"1e400",
    b"-1e400", b"nan", b"NaN", b"inf", b"-inf", b"Infinity", b"2147483647", b"2147483648", b"4294967296",
    b"9223372036854775807", b"9223372036854775808", b"-500", b"90.0001", b"180.0001", b"-180", b"360", b"26012",
    b"119,5", b"0x10", b"1_000", b"1e-320", b"9" * 400, b"9" * 5000,
)  # fmt: skip
NAMES = (
    b"", b" ", b"x", b"null", b"true", b"no", b"[/1]", b"[bold red]x[/]", b"=1+1", b"@a", b"\xef\xbb\xbf",
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xae", b"{x}", b"%s", b"../../x", b"a" * 3000,
    b"(" + b"a" * 60, b"( " * 900, b"1-" * 900, b"2026-01-01 12:00 (" + b"ab " * 20, b"&amp;", b"&x;", b"<",
    b"'", b'"', b"\xc2\xa0", "五里亭".encode(), b"\r", b"\n", b"\t", b",", b";", b"*a", b"&a",
    b"!!python/name:os.system",
)  # fmt: skip
TIMES = (
    b"0001-01-01 00:00", b"9999-12-31 23:59", b"1600-01-01 00:00", b"2400-01-01", b"2026-02-30", b"24:00",
    b"99:99", b"23:59:60", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"-1:00", b"02:00+1",
    b"02:00+9999999", b"1970-01-01T00:00:00Z", b"12:00 PM", b"2026-01-01T00:00:00+99:00",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, -500, 1e308, 10**25, 10**400, float("nan"), float("inf"), 0.5, "", "x", "0",
    "nan", [], [0], [[]], ["a", "b"], [None, None], [1e400, 0], {}, {"type": 1}, {"a": {"b": 1}},
    "9999-12-31T23:59:59-14:00", "[/x]", "0001-01-01T00:00:00+14:00", [[[[]]]], "\ud800", "x" * 3000,
)  # fmt: skip
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
TIME = re.compile(rb"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?|\d{1,2}:\d\d(?:\+1)?")
WORD = re.compile(rb"[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*")
SPREAD = re.compile(rb"[,;\t\n{}\[\]<>\" :=-]")
MOST = 300_000
"""Bytes of a mutated file; longer ones are cut."""
NESTED = 60_000
"""Levels of what is nested deep."""


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Change a few bytes."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if found:
            found[rng.randrange(len(found))] = rng.randrange(256)
    return bytes(found)


def cut(data: bytes, rng: random.Random) -> bytes:
    """Take a stretch out, or all that follows a place."""
    begin = rng.randrange(len(data) + 1)
    end = len(data) if rng.random() < 0.4 else min(len(data), begin + rng.choice((1, 3, 20, 200)))
    return data[:begin] + data[end:]


def repeated(data: bytes, rng: random.Random) -> bytes:
    """Repeat a stretch, or a line."""
    begin = rng.randrange(len(data) + 1)
    part = data[begin : begin + rng.choice((1, 10, 100, 1000))]
    return data[:begin] + part * rng.choice((2, 3, 50)) + data[begin:]


def moved(data: bytes, rng: random.Random) -> bytes:
    """Put a stretch elsewhere."""
    begin, to = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    size = rng.choice((1, 8, 60, 400))
    part = data[begin : begin + size]
    rest = data[:begin] + data[begin + size :]
    return rest[:to] + part + rest[to:]


def _exchanged(pattern: re.Pattern[bytes], values: tuple[bytes, ...]) -> Mutation:
    def change(data: bytes, rng: random.Random) -> bytes:
        found = list(pattern.finditer(data))
        if not found:
            return inserted(data, rng)
        for one in sorted(rng.sample(found, min(len(found), rng.choice((1, 1, 2, 5)))), key=lambda m: -m.start()):
            data = data[: one.start()] + rng.choice(values) + data[one.end() :]
        return data

    return change


def inserted(data: bytes, rng: random.Random) -> bytes:
    """Put a number, name, time or sign somewhere."""
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(rng.choice((NUMBERS, NAMES, TIMES))) + data[at:]


def nested(data: bytes, rng: random.Random) -> bytes:
    """Nest deep, at a place where something begins."""
    places = [m.end() for m in SPREAD.finditer(data[:20_000])] or [0]
    at, opened = rng.choice(places), rng.choice((b"[", b'{"a":', b"<a>", b"(", b"- ", b"{", b"&a [*a,"))
    return data[:at] + opened * rng.choice((50, 2000, NESTED)) + data[at:]


def swapped(data: bytes, rng: random.Random) -> bytes:
    """Exchange two lines."""
    lines = data.split(b"\n")
    if len(lines) > 2:
        a, b = rng.sample(range(len(lines)), 2)
        lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def json_value(data: bytes, rng: random.Random) -> bytes:
    """Put another value, or none, anywhere in a JSON document."""
    document = json.loads(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        holder, key = _place(document, rng)
        if holder is None:
            document = deepcopy(rng.choice(VALUES))
        elif rng.random() < 0.15:
            del holder[key]
        elif isinstance(holder, list) and rng.random() < 0.2:
            holder += holder[:50]
        else:
            holder[key] = deepcopy(rng.choice(VALUES))
    text = json.dumps(document, ensure_ascii=rng.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


def _place(document: Any, rng: random.Random) -> tuple[Any, Any]:
    """Find a place in a document: its holder, and key or index."""
    holder, key, here = None, None, document
    while isinstance(here, (dict, list)) and here and (holder is None or rng.random() < 0.8):
        holder, key = here, rng.choice(list(here)) if isinstance(here, dict) else rng.randrange(len(here))
        here = holder[key]
    return holder, key


PLAIN: tuple[Mutation, ...] = (
    flipped,
    cut,
    repeated,
    moved,
    inserted,
    nested,
    swapped,
    _exchanged(NUMBER, NUMBERS),
    _exchanged(NUMBER, NUMBERS),
    _exchanged(WORD, NAMES),
    _exchanged(TIME, TIMES),
)


def mutated(data: bytes, rng: random.Random, suffix: str) -> bytes:
    """Return a mutated file of a kind, told by its suffix: what compresses is opened first, mostly."""
    for ending, library in ((".gz", gzip), (".bz2", bz2)):
        if suffix.endswith(ending) and rng.random() < 0.8:
            with suppress(Exception):
                plain: bytes = library.decompress(data)
                return bytes(library.compress(mutated(plain, rng, suffix.removesuffix(ending)), 1))
    if suffix.endswith(".xlsx") and rng.random() < 0.85:
        with suppress(Exception):  # what is damaged already
            return _workbook(data, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if suffix.endswith("json") and rng.random() < 0.6:
            with suppress(ValueError, RecursionError):
                data = json_value(data, rng)
                continue
        data = rng.choice(PLAIN)(data, rng)[:MOST]
    return data


def _workbook(data: bytes, rng: random.Random) -> bytes:
    """Mutate one part of a workbook, or take it out; most often a sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    names = [name for name in parts if "worksheets/sheet" in name] or list(parts)
    name = rng.choice(names if rng.random() < 0.6 else list(parts))
    if rng.random() < 0.05:
        del parts[name]
    else:
        for _ in range(rng.choice((1, 1, 2, 5))):
            parts[name] = rng.choice(PLAIN)(parts[name], rng)[:MOST]
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for part, content in parts.items():
            book.writestr(part, content)
    return found.getvalue()
