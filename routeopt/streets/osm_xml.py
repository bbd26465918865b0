"""OSM XML of editors and servers, rewritten as osmium reads it.

JOSM marks what was deleted (``action="delete"``) and gives new objects ids below 0; Overpass puts positions into
the ways (``out geom``) and the members of relations, ``<center>`` into ways, and ``<remark>`` at the end when it
stopped early. osmium ignores the first, finds no positions for the next two, and refuses the rest.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from routeopt.errors import Fault, StreetsError

ODD = tuple(map(re.compile, (
    rb"""action(?<=\baction)\s*=\s*['"]delete""", rb"""ref(?<=\bref)\s*=\s*['"]-""",
    rb"""id(?<=\bid)\s*=\s*['"]-""", rb"<center", rb"<remark",
    rb"<member[^>]*[^>/]>", rb"<!ENTITY", rb"<nd[^>]*\slat",
)))  # fmt: skip
"""What osmium does not read rightly; each begins with plain text, which is searched for many times faster."""
BELOW_ZERO = 10**15
"""Added to the size of an id below 0, which makes an id that no object of OpenStreetMap has."""
INSIDE = {
    "node": {"osm"}, "way": {"osm"}, "relation": {"osm"}, "tag": {"node", "way", "relation"}, "nd": {"way"},
    "member": {"relation"},
}  # fmt: skip
"""Element that is kept → elements that it may stand in."""
KEPT_ATTRIBUTES = {
    "node": ("id", "lat", "lon"), "way": ("id",), "relation": ("id",), "tag": ("k", "v"), "nd": ("ref",),
    "member": ("type", "ref", "role"),
}  # fmt: skip
BLOCKS = frozenset({"create", "modify"})
"""Blocks of an osmChange file whose objects count as if they stood outside."""


def is_odd(path: Path) -> bool:
    """Return whether an XML file has something that osmium does not read rightly."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return any(odd.search(text) for odd in ODD)


def tidy(path: Path, target: Path, where: Path) -> None:
    """Write the objects that are not deleted to ``target``, with ids above 0.

    Raises
    ------
    StreetsError
        If it is not XML, declares entities, or is part of an answer; ``where`` is the file to name.
    """
    with path.open("rb") as file, target.open("w", encoding="utf-8") as out:
        try:
            _Tidy(out, where).read(file)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            raise StreetsError(Fault("RO-204", where, error.lineno, error.offset + 1, reason=reason)) from None


class _Tidy:
    """Writes what is kept while the parser goes through the file."""

    def __init__(self, out: IO[str], where: Path) -> None:
        self.out, self.where = out, where
        self.open: list[str] = []
        """Elements around the present place that are kept."""
        self.dropped = 0
        """Depth inside an element that is left out."""
        self.remark: list[str] | None = None
        self.placed: list[str] = []
        """Nodes that the way at hand says the positions of."""
        self.known: set[str] = set()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.EntityDeclHandler = self.entity

    def read(self, file: IO[bytes]) -> None:
        self.parser.ParseFile(file)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.dropped or not self._keeps(name, attributes):
            self.dropped += 1
            self.remark = [] if name == "remark" else None
            return
        if not self.open:
            self.out.write(f'<osm version={quoteattr(attributes.get("version", "0.6"))} generator="routeopt">')
            name = "osm"
        elif name not in BLOCKS:
            self.out.write("\n<" + name + "".join(self._attributes(name, attributes)) + ">")
            if name == "nd" and {"ref", "lat"} <= attributes.keys() and attributes["ref"] not in self.known:
                self.known.add(attributes["ref"])
                node = {"id": attributes["ref"], **attributes}
                self.placed.append("\n<node" + "".join(self._attributes("node", node)) + "/>")
        self.open.append(name)

    def _keeps(self, name: str, attributes: dict[str, str]) -> bool:
        if not self.open:
            return name in ("osm", "osmChange")
        if name in BLOCKS:
            return self.open == ["osm"]
        if attributes.get("action") == "delete" or attributes.get("visible") == "false":
            return False
        around = [element for element in self.open if element not in BLOCKS]
        return name in INSIDE and around[-1] in INSIDE[name]

    def _attributes(self, name: str, attributes: dict[str, str]) -> list[str]:
        found = []
        for key in KEPT_ATTRIBUTES[name]:
            if key in attributes:
                value = attributes[key]
                if key in ("id", "ref") and re.fullmatch(r"-\d{1,14}", value):
                    value = str(BELOW_ZERO - int(value))
                found.append(f" {key}={quoteattr(value)}")
        return found

    def end(self, _: str) -> None:
        if self.dropped:
            self.dropped -= 1
            said = "".join(self.remark or ()).strip()
            if "error" in said.lower() or "timed out" in said.lower():
                raise StreetsError(Fault("RO-209", self.where, self.parser.CurrentLineNumber, remark=said[:300]))
            self.remark = None
        elif (name := self.open.pop()) not in BLOCKS:
            self.out.write(f"</{name}>")
            if name == "way":
                self.out.writelines(self.placed)
                self.placed.clear()

    def text(self, text: str) -> None:
        if self.remark is not None:
            self.remark.append(text)

    def entity(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise StreetsError(Fault("RO-204", self.where, line, reason="XML entities are not supported"))
