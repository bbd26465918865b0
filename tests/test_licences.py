"""The licences of everything that is installed with the program, extras too: a surprise fails."""

from __future__ import annotations

import re
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PERMISSIVE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0",
    "ISC", "MIT", "MIT-CMU", "PSF-2.0", "Zlib",
}  # fmt: skip
"""By their SPDX names; BSD where a project does not say which one."""
OTHERS = {"certifi": "MPL-2.0", "paho-mqtt": "EPL-2.0", "tqdm": "MPL-2.0"}
"""Package → the one licence that asks for more, and is kept to: these are used unchanged, as they come."""
SPDX = {
    "Apache Software License": "Apache-2.0", "Apache 2.0": "Apache-2.0", "BSD License": "BSD",
    "3-Clause BSD License": "BSD-3-Clause", "ISC License (ISCL)": "ISC", "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0",
}  # fmt: skip
"""What older metadata says, by classifiers or freely."""


def licences(said: Message) -> set[str]:
    """What a package says of itself: an expression, or else classifiers, or else the first line of its licence."""
    names = [said.get("License-Expression") or ""]
    if not any(names):
        names = [one.split(" :: ")[-1] for one in said.get_all("Classifier", []) if one.startswith("License ::")]
    if not any(names):
        names = (said.get("License") or "").strip().splitlines()[:1]
    names = [
        part for name in names for part in ([name] if name in SPDX else re.split(r"[()]|\b(?:AND|OR)\b", name))
    ]
    return {SPDX.get(name.strip(), name.strip()) for name in names if name.strip()} or {"not said"}


def installed_with(name: str, extras: frozenset[str]) -> dict[str, set[str]]:
    """Package → the licences of it and of all that it needs, as far as this platform installs it."""
    found: dict[str, set[str]] = {}
    seen, todo = set(), [(name, extras)]
    while todo:
        name, extras = todo.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[name] = licences(metadata(name))
        except PackageNotFoundError:
            continue  # of an extra that is not installed here; .ci/run installs all
        for line in requires(name) or ():
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                todo.append((canonicalize_name(need.name), frozenset(need.extras)))
    return found


def test_nothing_is_installed_under_a_licence_that_nobody_knows_of():
    extras = frozenset(metadata("routeopt").get_all("Provides-Extra"))
    found = installed_with("routeopt", extras)
    assert len(found) > 60
    surprises = {name: own - PERMISSIVE - {OTHERS.get(name)} for name, own in found.items()}
    assert {name: own for name, own in surprises.items() if own} == {}
    assert set(found) >= set(OTHERS), "an exception that is not needed any more"


def test_a_surprise_is_noticed():
    for header, value, expected in (
        ("License-Expression", "MIT AND (GPL-3.0-only OR BSD-3-Clause)", {"MIT", "GPL-3.0-only", "BSD-3-Clause"}),
        ("Classifier", "License :: OSI Approved :: GNU Affero General Public License v3",
         {"GNU Affero General Public License v3"}),
        ("License", "  Proprietary\nAll rights reserved", {"Proprietary"}), ("Name", "x", {"not said"}),
    ):  # fmt: skip
        said = Message()
        said[header] = value
        assert licences(said) == expected
        assert licences(said) - PERMISSIVE
