"""How the pages' looks are tested."""

from __future__ import annotations

from typing import Any

SIZES = {"desktop": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}


def cut_off(page: Any, selector: str) -> list[str]:
    """What is wider than its place, or than the screen."""
    return page.evaluate(
        """(selector) => [document.documentElement, ...document.querySelectorAll(selector)]
          .filter((e) => e.getClientRects().length && e.scrollWidth > e.clientWidth + 1)
          .filter((e) => getComputedStyle(e).display !== 'inline')
          .map((e) => e.outerHTML.slice(0, 120))""",
        selector,
    )
