"""Pictures of the report, taken in a real browser: ``uv run --group browser python -m docs.make.pictures``.

Apart from `docs.make`, as they need Chromium and differ a little between machines.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from routeopt.budget import Budget
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.reports.html import page as html
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

ROOT = Path(__file__).resolve().parents[2]
NIGHT = ROOT / "scenarios" / "wuliting" / "night.yaml"
PICTURES = {"en": "report.png", "zh": "report.zh.png"}
"""Language → file below docs/pictures."""
SIZE = {"width": 1440, "height": 900}
ITERATIONS = 20_000


def main() -> None:
    """Plan the reference night once, and take its report in every language."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        sys.exit("no Chromium on this machine")
    built = build_with_streets(read_scenario(NIGHT))
    result = replace(solve(built.problem, Budget(iterations=ITERATIONS), seed=0), runtime_s=0.0)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for lang, name in PICTURES.items():
            file = Path(folder) / f"{lang}.html"
            html.write(build_model(built, result, lang), file)
            (ROOT / "docs" / "pictures" / name).write_bytes(taken(browser, file))
        browser.close()


def taken(browser: Browser, file: Path) -> bytes:
    """The first screen of a page, a PNG of few colours."""
    page = browser.new_page(viewport=SIZE, color_scheme="light")
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-paper]", state="attached")
    page.wait_for_timeout(500)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=5, dither=Image.Dither.NONE)
    small = io.BytesIO()
    image.save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
