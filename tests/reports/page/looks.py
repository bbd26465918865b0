"""How the pages' looks and data are tested."""

from __future__ import annotations

import base64
from typing import Any

SIZES = {"desktop": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}


def unpacked(text: str) -> list[int]:
    """Read whole numbers as the page holds them (see `routeopt.reports.page.data.packed`)."""
    found, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(-(value + 1) // 2 if value % 2 else value // 2)
            value = shift = 0
    return found


def cut_off(page: Any, selector: str) -> list[str]:
    """What is wider than its place, or than the screen."""
    return page.evaluate(
        """(selector) => [document.documentElement, ...document.querySelectorAll(selector)]
          .filter((e) => e.getClientRects().length && e.scrollWidth > e.clientWidth + 1)
          .filter((e) => getComputedStyle(e).display !== 'inline')
          .map((e) => e.outerHTML.slice(0, 120))""",
        selector,
    )
