"""Names reach the terminal and every file as they are, whatever they would mean there."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET

import pytest

from routeopt.cells import FORMULA

NAMES = ("Foot [/1]", "[bold red]x[/]", "=1+1", "<b>&amp;</b>", ":warning: 一组")


@pytest.fixture
def planned(run, night, tmp_path):
    """Plans a night whose teams and place have such names; returns what was printed, and the folder."""
    teams = [{"name": name, "mode": "foot", "start": "Station"} for name in NAMES]
    sites = [{"name": f"{name} gate", "lat": 26.001 + n / 5000, "lon": 119.003} for n, name in enumerate(NAMES)]
    scenario = night(name="[red]night", teams=teams, sites={"count": 0, "list": sites})
    folder = tmp_path / "o"
    code, out, err = run(
        "plan", scenario, "--iterations", 10, "--out", folder, "--format", "json,csv,kml,html", "--lang", "en"
    )
    assert code == 0, err
    return out, folder


def test_names_are_no_markup_of_the_terminal(planned):
    out, _ = planned
    assert all(name in out for name in ("Foot [/1]", "[bold red]x[/]", "=1+1", ":warning:"))


def test_names_are_no_formulas_in_tables(planned):
    _, folder = planned
    for row in csv.reader((folder / "stops.csv").read_text(encoding="utf-8-sig").splitlines()):
        assert not any(cell.startswith(tuple(sign for sign in FORMULA if sign != "-")) for cell in row), row


def test_names_are_no_html_in_a_balloon(planned):
    _, folder = planned
    found = ET.parse(folder / "routes.kml")
    texts = [one.text or "" for one in found.iter("{http://www.opengis.net/kml/2.2}description")]
    assert texts
    assert not any("<b>" in text for text in texts)
    assert "<b>&amp;</b>" not in (folder / "report.html").read_text(encoding="utf-8")
