"""What MkDocs does besides: lines of Chinese are joined without a space, and pages without a translation say so.

Such pages are found under their own language only.
"""

from __future__ import annotations

import re
from typing import Any

NOTE = '!!! note "本页暂无中文版"\n\n'

FENCED = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)
BETWEEN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef“”])\n(?=[\u3000-\u9fff\uff00-\uffef“”])")
"""The end of a line between two Chinese characters."""


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Join the lines of a Chinese page; mark a page that the Chinese site borrows from the English one."""
    if page.file.src_uri.endswith(".zh.md"):
        return "".join(part if FENCED.match(part) else BETWEEN.sub("", part) for part in FENCED.split(markdown))
    if config.theme["language"] != "zh":
        return markdown
    page.meta["search"] = {"exclude": True}
    return NOTE + markdown
