"""Fonts with Chinese characters, for pictures drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence

CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "Droid Sans Fallback", "Arial Unicode MS", "Noto Serif CJK SC", "Noto Serif CJK JP",
)  # fmt: skip
"""The best for small labels first (systems list some under another country)."""


def installed(names: Sequence[str] = CJK_FONTS) -> str | None:
    """Return the first of these fonts that the system has."""
    from matplotlib import font_manager

    there = set(font_manager.get_font_names())
    return next((name for name in names if name in there), None)
