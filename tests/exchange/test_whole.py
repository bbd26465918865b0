"""Files are written whole or not at all."""

from __future__ import annotations

import errno

import pytest

from routeopt.exchange.whole import staged, whole
from routeopt.reports.formats import FORMATS, write_files


def full_disk(_report, path):
    """A disk that takes the first characters."""
    path.write_text('{"for')
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_plan_in_force(tmp_path, monkeypatch):
    (tmp_path / "plan.json").write_text("in force")
    monkeypatch.setitem(FORMATS, "plan.json", lambda _report, path: path.write_text("new"))
    monkeypatch.setitem(FORMATS, "routes.geojson", full_disk)
    with pytest.raises(OSError, match="No space left") as caught:
        write_files(None, tmp_path, ("plan.json", "routes.geojson"))
    assert caught.value.filename == str(tmp_path / "routes.geojson")
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]
    assert (tmp_path / "plan.json").read_text() == "in force"


def test_an_interruption_leaves_no_part(tmp_path):
    def interrupted():
        with whole(tmp_path / "a.txt") as file:
            file.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_files_take_the_place_of_those_of_before(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with whole(tmp_path / "a.txt") as file:
        file.write_text("new")
    assert (tmp_path / "a.txt").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_loses_an_earlier_plans_teams_and_keeps_what_is_the_users(tmp_path):
    (tmp_path / "gpx").mkdir()
    for name in ("01-A.gpx", "02-B.gpx", "notes.txt", "03-photo.png"):
        (tmp_path / "gpx" / name).write_text("old")
    with staged(tmp_path) as stage:
        (stage / "gpx").mkdir()
        (stage / "gpx" / "01-A.gpx").write_text("new")
    assert {p.name: p.read_text() for p in (tmp_path / "gpx").iterdir()} == {
        "01-A.gpx": "new", "notes.txt": "old", "03-photo.png": "old",
    }  # fmt: skip
