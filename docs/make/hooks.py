"""What MkDocs does besides.

Lines of Chinese are joined without a space. Pages without a translation say so, and are found under their own
language only. Braces in the table of error codes are text.
"""

from __future__ import annotations

import re
from typing import Any

NOTE = '!!! note "本页暂无中文版"\n\n'

FENCED = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)
BETWEEN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef“”])\n(?=[\u3000-\u9fff\uff00-\uffef“”])")
"""The end of a line between two Chinese characters."""
ROW = re.compile(r"^\| RO-.*$", re.MULTILINE)
"""A row of the table of error codes."""


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Prepare a page: its braces, the lines of a Chinese one, a note on one that the Chinese site borrows."""
    markdown = ROW.sub(lambda row: row[0].replace("{", "&#123;"), markdown)
    if page.file.src_uri.endswith(".zh.md"):
        return "".join(part if FENCED.match(part) else BETWEEN.sub("", part) for part in FENCED.split(markdown))
    if config.theme["language"] != "zh":
        return markdown
    page.meta["search"] = {"exclude": True}
    return NOTE + markdown
