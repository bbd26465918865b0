"""Where files are kept between runs, and what happens where they cannot be."""

import os
import tempfile
from pathlib import Path

import pytest

from routeopt import folders

posix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="users have no numbers here")


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A user with a home and a temporary folder of their own."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    temporary.mkdir()
    for name in (folders.VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return tmp_path


def no_home(monkeypatch):
    """As in a container whose user is a number that nobody has told the system about."""
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)


def test_the_folder_is_the_one_that_is_named(elsewhere, monkeypatch):
    monkeypatch.setenv(folders.VARIABLE, str(elsewhere / "named"))
    assert folders.kept_in("streets") == elsewhere / "named" / "streets"
    assert (elsewhere / "named" / "streets").is_dir()


@pytest.mark.parametrize("off", ["off", "OFF", " Off "])
def test_nothing_is_kept_if_it_is_off(elsewhere, monkeypatch, off):
    monkeypatch.setenv(folders.VARIABLE, off)
    assert folders.kept_in("streets") is None
    assert [path.name for path in elsewhere.iterdir()] == ["tmp"]


@posix
def test_without_a_name_it_is_the_users_cache_folder(elsewhere, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(elsewhere / "cache"))
    assert folders.kept_in("streets") == elsewhere / "cache" / "routeopt" / "streets"
    assert not list((elsewhere / "tmp").iterdir())


@posix
def test_without_a_home_it_is_a_temporary_folder_of_the_users_own(elsewhere, monkeypatch):
    no_home(monkeypatch)
    monkeypatch.chdir(elsewhere)
    found = folders.kept_in("streets")
    assert found == elsewhere / "tmp" / f"routeopt-{os.getuid()}" / "streets"
    assert found.parent.stat().st_mode & 0o777 == 0o700
    assert not Path("~").exists()


@posix
def test_a_cache_folder_that_cannot_be_made_is_passed_over(elsewhere, monkeypatch):
    (elsewhere / "home").write_text("no folder")
    assert folders.kept_in("streets") == elsewhere / "tmp" / f"routeopt-{os.getuid()}" / "streets"


@posix
@pytest.mark.parametrize("trap", ["open to all", "link"])
def test_a_temporary_folder_that_another_may_have_made_is_not_used(elsewhere, monkeypatch, trap):
    no_home(monkeypatch)
    folder = elsewhere / "tmp" / f"routeopt-{os.getuid()}"
    if trap == "link":
        (elsewhere / "theirs").mkdir()
        folder.symlink_to(elsewhere / "theirs")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    assert folders.kept_in("streets") is None


@posix
def test_without_a_temporary_folder_nothing_is_kept(elsewhere, monkeypatch):
    no_home(monkeypatch)
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere / "nowhere"))
    assert folders.kept_in("streets") is None


def test_in_a_named_folder_that_cannot_be_made_nothing_is_kept(elsewhere, monkeypatch):
    (elsewhere / "file").write_text("no folder")
    monkeypatch.setenv(folders.VARIABLE, str(elsewhere / "file"))
    assert folders.kept_in("streets") is None
