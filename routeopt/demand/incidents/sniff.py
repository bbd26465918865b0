"""Tell by its content what a file is and how its text is encoded; its name does not count."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zipfile
import zlib
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from routeopt.border import most
from routeopt.errors import DemandError, Fault, Message

SAMPLE = 1 << 20
"""Bytes by which an encoding is told."""
PIECE = 1 << 20
"""Bytes that are decoded at once."""
REPLACED = "\ufffd"
CUT = 4
"""Longest character, bytes: a file may end within one."""
FEW_BROKEN = 0.01
"""Up to this share of broken characters a text still is what its other characters say."""
STRAY = 0.002
"""Up to this share of all bytes may be broken in a text whose encoding cannot be told otherwise."""

Kind = Literal["workbook", "html", "json", "text"]

FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "foreign-xls"), (b"%PDF", "foreign-pdf"), (b"PAR1", "foreign-parquet"),
    (b"SQLite format 3", "foreign-sqlite"), (b"\x89PNG", "foreign-picture"), (b"\xff\xd8\xff", "foreign-picture"),
    (b"GIF8", "foreign-picture"), (b"Rar!", "foreign-archive"), (b"7z\xbc\xaf", "foreign-archive"),
    (b"BZh", "foreign-archive"), (b"\xfd7zXZ", "foreign-archive"), (b"{\\rtf", "foreign-document"),
    (b"\x00\x00\x27\x0a", "foreign-shapefile"), (b"\x1bLua", "foreign-program"), (b"\x7fELF", "foreign-program"),
    (b"MZ\x90", "foreign-program"), (b"\x89HDF", "foreign-database"), (b"CDF", "foreign-database"),
)  # fmt: skip
"""How files of other programs begin → code of the sentence that says what they are."""


def unpacked(path: Path) -> bytes:
    """Return the file's bytes, without gzip.

    Raises
    ------
    DemandError
        If the file does not exist, is empty, cannot be read, or is too large.
    """
    if not path.is_file():
        raise DemandError(Fault("RO-330", path))
    refuse_large(path, "table", path.stat().st_size)
    try:
        with path.open("rb") as handle:
            packed = handle.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as handle:
            raw = bytes(handle.read(most("table") + 1))
    except (OSError, EOFError, zlib.error) as error:
        raise DemandError(Fault("RO-332", path, reason=str(error))) from None
    refuse_large(path, "table", len(raw))
    if not re.search(rb"[^ \t\r\n\x00]", raw):
        raise DemandError(Fault("RO-331", path))
    return raw


def refuse_large(path: Path, limit: str, size: int) -> None:
    """Refuse a file of more bytes than a limit."""
    if size > most(limit):
        raise DemandError(Fault("RO-333", path, size=size / 1e9, most=most(limit) / 1e9))


def kind_of(path: Path, raw: bytes) -> Kind:
    """Tell what the content is.

    Raises
    ------
    DemandError
        If it is another program's.
    """
    for begin, code in FOREIGN:
        if raw.startswith(begin):
            raise DemandError(Fault("RO-348", path, what=Message(code)))
    if raw.startswith(b"PK"):
        return _packed(path, raw)
    head = raw[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").replace(b"\x00", b"").lower()
    if head.startswith((b"{", b"[", b"\x1e{")):
        return "json"
    if head.startswith(b"<") and re.search(rb"<(?:!doctype html|html|table|body|head|meta|div|style)\b", head):
        return "html"
    if head.startswith(b"<"):
        raise DemandError(Fault("RO-348", path, what=Message("foreign-xml")))
    return "text"


def _packed(path: Path, raw: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            names = set(book.namelist())
            size = sum(info.file_size for info in book.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise DemandError(Fault("RO-336", path, reason=str(error))) from None
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise DemandError(Fault("RO-348", path, what=Message("foreign-sheet")))
    if not any(name.lower().startswith("xl/") for name in names):
        raise DemandError(Fault("RO-348", path, what=Message("foreign-archive")))
    refuse_large(path, "table", size)
    return "workbook"


class Coding(NamedTuple):
    """How the bytes of a text are decoded; piece by piece, as a whole may take four bytes for each character."""

    name: str
    size: int
    """Bytes that count; a broken rest is left out."""
    errors: str = "strict"

    def pieces(self, raw: bytes) -> Iterator[str]:
        """Yield the text in pieces.

        Raises
        ------
        UnicodeDecodeError
            If ``errors`` is ``strict`` and a byte is broken; ``start`` is its place in ``raw``.
        """
        decoder = codecs.getincrementaldecoder(self.name)(self.errors)
        for start in range(0, self.size, PIECE):
            end = min(start + PIECE, self.size)
            try:
                yield decoder.decode(raw[start:end], final=end == self.size)
            except UnicodeDecodeError as error:
                at = end - len(error.object) + error.start  # the object ends with the piece
                raise UnicodeDecodeError(error.encoding, raw, at, at + 1, error.reason) from None

    def first_broken(self, raw: bytes) -> int | None:
        """Return the place of the first byte that cannot be decoded."""
        try:
            deque(self.pieces(raw), maxlen=0)
        except UnicodeDecodeError as error:
            return error.start
        return None

    def replaced(self, raw: bytes) -> tuple[int, int]:
        """Return how many characters stand for broken ones, and the line of the first (0 without any)."""
        count, line, above = 0, 0, 1
        for piece in self.pieces(raw):
            found = piece.count(REPLACED)
            if found and not count:
                line = above + piece.count("\n", 0, piece.index(REPLACED))
            count += found
            above += piece.count("\n")
        return count, line

    def whole(self, raw: bytes) -> str:
        """Return the text without a byte order mark."""
        return raw[: self.size].decode(self.name, self.errors).removeprefix("\ufeff")

    def stream(self, held: io.BytesIO) -> io.TextIOWrapper:
        """Return the text without a byte order mark, to be read by lines with their ends."""
        stream = io.TextIOWrapper(held, self.name, self.errors, newline="")
        if stream.read(1) != "\ufeff":
            stream.seek(0)
        return stream


def coding_of(path: Path, raw: bytes, encoding: str | None = None) -> Coding:
    """Tell how a text is decoded: by ``encoding``, or by what its bytes look like.

    UTF-8 and UTF-16 are told by their form. Of the others the one is taken in which nearly all characters are
    common ones of its languages; a few broken characters are replaced.

    Raises
    ------
    DemandError
        If no encoding fits.
    """
    if encoding is not None:
        return _forced(path, raw, Coding(encoding, len(raw)))
    even = len(raw) - len(raw) % 2
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _forced(path, raw, Coding("utf-16", even))
    nulls = raw[:2000]
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(nulls) > 20 and nulls[start::2].count(0) > 0.7 * (len(nulls) // 2):
            return _forced(path, raw, Coding(name, even))
    if b"\x00" in raw:
        raise DemandError(Fault("RO-334", path, byte=raw.index(b"\x00")))
    unicode = Coding("utf-8-sig", len(raw))
    where = unicode.first_broken(raw)
    if where is None:
        return unicode
    if where >= len(raw) - CUT and len(raw) > 100:
        return unicode._replace(size=where)
    if _is_mostly_utf8(raw):
        return unicode._replace(errors="replace")
    best = max(SCORES, key=lambda name: _score(raw, name))
    if _score(raw, best) >= ENOUGH:
        return Coding(best, len(raw), "replace")
    if _n_broken(raw) <= STRAY * min(len(raw), SAMPLE):
        return unicode._replace(errors="replace")
    raise DemandError(Fault("RO-334", path, byte=where))


def _is_mostly_utf8(raw: bytes) -> bool:
    """Whether nearly all characters beyond ASCII are valid UTF-8."""
    broken = _n_broken(raw)
    wide = sum(1 for c in raw[:SAMPLE].decode("utf-8", errors="ignore") if c > "\x7f")
    return wide > 10 * broken and broken <= max(FEW_BROKEN * wide, 2)


def _n_broken(raw: bytes) -> int:
    """Count the bytes that are no UTF-8."""
    return sum(1 for c in raw[:SAMPLE].decode("utf-8", errors="surrogateescape") if "\udc80" <= c <= "\udcff")


def _forced(path: Path, raw: bytes, coding: Coding) -> Coding:
    where = coding.first_broken(raw)
    if where is not None:
        coding = coding._replace(errors="replace")
        if coding.replaced(raw)[0] > FEW_BROKEN * sum(map(len, coding.pieces(raw))) + 2:
            raise DemandError(Fault("RO-334", path, byte=where))
    before = 0
    for piece in coding.pieces(raw):
        if "\x00" in piece:
            raise DemandError(Fault("RO-334", path, byte=before + piece.index("\x00")))
        before += len(piece)
    return coding


MANY_KOREAN = 12
"""Fewer different characters may be Chinese ones by chance."""
ENOUGH = 0.85
"""Least share of common characters by which an encoding is taken."""
WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒºª°¿¡–—‘’“”€´·©®§«»\xa0…")
SCORES = ("euc_kr", "gb18030", "big5", "shift_jis", "cp1252", "cp1251")
"""Encodings that are tried, likeliest first."""


def _score(raw: bytes, encoding: str) -> float:
    """Return the share of characters beyond ASCII that are common in texts of the encoding, 0 if it cannot be."""
    sample = raw[:SAMPLE]
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - CUT:
            return 0.0
        text = sample[: error.start].decode(encoding)
    wide = Counter(c for c in text if c > "\x7f")
    if encoding == "euc_kr" and len(wide) < MANY_KOREAN:
        return 0.0
    total = sum(wide.values())
    good = sum(n for c, n in wide.items() if _common(c, encoding))
    if encoding in ("cp1251", "cp1252"):
        return _letters(text, encoding) * good / total if total else 0.0
    return good / total if total else 0.0


def _common(c: str, encoding: str) -> bool:
    match encoding:
        case "cp1251":
            return "А" <= c <= "я" or c in "ёЁ№«»–—\xa0°"
        case "cp1252":
            return c in WESTERN
        case "shift_jis":
            return "ぁ" <= c <= "ヶ" or c in "、。ー・（）　" or _lead(c, encoding, 0x88, 0x97)
        case "euc_kr":
            return "가" <= c <= "힣"
        case "big5":
            return _lead(c, encoding, 0xA4, 0xC6) or c in "，。、：；（）「」　"
    return _lead(c, "gb2312", 0xB0, 0xD7) or c in "，。、：；（）“”《》·—　％°"


def _lead(c: str, encoding: str, first: int, last: int) -> bool:
    """Whether the first byte of a character lies in the block of the commonest ones."""
    try:
        code = c.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and first <= code[0] <= last


def _letters(text: str, encoding: str) -> float:
    """Return the share of words that mix such letters with ASCII as the language does."""
    words = re.findall(r"[^\W\d_]+", text)
    mixed = [word for word in words if not word.isascii()]
    if not mixed:
        return 1.0
    if encoding == "cp1251":
        return sum(1 for w in mixed if len(w) > 1 and not any(c.isascii() for c in w)) / len(mixed)
    return sum(1 for w in mixed if sum(c > "\x7f" for c in w) <= max(1, len(w) // 2)) / len(mixed)
