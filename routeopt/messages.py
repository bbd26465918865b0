"""The reader's language: messages are written in English and looked up in gettext catalogues under ``locale/``.

``pybabel extract``, ``update`` and ``compile`` keep the catalogues; CONTRIBUTING.md has the lines.
"""

from __future__ import annotations

import gettext
import locale
import os
from importlib.resources import as_file, files

from routeopt.errors import Fault, InputError
from routeopt.errors import Words as Words

LANGUAGES = ("en", "zh")
"""Every message exists in all of these."""


def of_locale() -> str:
    """Language of the environment; "en" if there is no catalogue for it."""
    names = [os.environ.get(key, "") for key in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next((n for n in names if n), "") or (locale.getlocale()[0] or "")
    short = name.replace("-", "_").split("_")[0].split(".")[0].lower()
    short = {"chinese": "zh"}.get(short, short)
    return short if short in LANGUAGES else "en"


def words(lang: str) -> Words:
    """What turns an English message into ``lang``.

    Raises
    ------
    InputError
        If there is no catalogue for ``lang``.
    """
    if lang not in LANGUAGES:
        raise InputError(Fault("RO-620", "language", name=lang, known=list(LANGUAGES)))
    if lang == "en":
        return gettext.NullTranslations().gettext
    with as_file(files("routeopt") / "locale") as folder:
        return gettext.translation("routeopt", folder, [lang]).gettext
