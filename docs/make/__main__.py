"""Write every page and drawing of `docs.make`."""

from docs.make import FOLDER, MADE

for name, text in MADE.items():
    (FOLDER / name).write_text(text(), encoding="utf-8")
