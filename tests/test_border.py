"""What is read has limits, and no library's exception crosses a reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from routeopt.border import LIMITS, border, bordered, most
from routeopt.errors import Fault, InputError, StreetsError
from routeopt.scenario.read import read_scenario


@bordered("text")
def reader(path: Path, raised: Exception | None = None) -> str:
    """A reader as all are, that meets an exception."""
    if raised is not None:
        raise raised
    return Path(path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyError("stop"), "RO-900", "KeyError: 'stop'"),
        (OverflowError("int too large"), "RO-900", "int too large"),
        (PermissionError(13, "Permission denied"), "RO-900", "Permission denied"),
        (MemoryError(), "RO-901", "memory"),
        (RecursionError("maximum recursion depth exceeded"), "RO-902", "nested"),
    ],
)
def test_an_exception_that_nobody_foresaw_is_a_fault_of_the_file(tmp_path, raised, code, said):
    with pytest.raises(InputError, match=said) as found:
        reader(tmp_path / "a.csv", raised)
    assert [(fault.code, fault.path) for fault in found.value.faults] == [(code, str(tmp_path / "a.csv"))]


def test_a_reader_s_own_faults_pass_as_they_are(tmp_path):
    own = StreetsError(Fault("RO-201", "x"))
    with pytest.raises(StreetsError) as found:
        reader(tmp_path / "a.csv", own)
    assert found.value is own


def test_an_interruption_passes(tmp_path):
    with pytest.raises(KeyboardInterrupt), border(tmp_path):
        raise KeyboardInterrupt


def test_a_file_larger_than_its_limit_is_refused_with_what_raises_the_limit(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("0123456789", encoding="utf-8")
    monkeypatch.setenv("ROUTEOPT_LIMITS", "text=10, rows=7")
    assert reader(path) == "0123456789"
    monkeypatch.setenv("ROUTEOPT_LIMITS", "text=9")
    with pytest.raises(InputError, match=r"at most 9 are read.*ROUTEOPT_LIMITS=text=10"):
        reader(path)


def test_limits_are_read_with_their_units(monkeypatch):
    assert most("rows") == LIMITS["rows"]
    monkeypatch.setenv("ROUTEOPT_LIMITS", "rows=7,file=2G")
    assert (most("rows"), most("file"), most("depth")) == (7, 2 << 30, LIMITS["depth"])


def test_all_that_is_wrong_with_the_limits_is_said_at_once(monkeypatch):
    monkeypatch.setenv("ROUTEOPT_LIMITS", "rows=many,lines=3")
    with pytest.raises(InputError) as found:
        most("rows")
    assert [fault.code for fault in found.value.faults] == ["RO-904", "RO-905"]


@pytest.mark.parametrize("opened", ["[", "- ", "{a: "])
def test_a_scenario_nested_so_deep_that_reading_it_would_end_the_process(tmp_path, opened):
    path = tmp_path / "night.yaml"
    path.write_text(opened * 60_000, encoding="utf-8")
    with pytest.raises(InputError) as found:
        read_scenario(path)
    assert found.value.faults[0].code in ("RO-106", "RO-108")


def test_a_whole_number_of_thousands_of_digits_has_its_place(tmp_path):
    path = tmp_path / "night.yaml"
    path.write_text("routeopt: 1\nname: x\nsites: {count: " + "9" * 5000 + "}\n", encoding="utf-8")
    with pytest.raises(InputError) as found:
        read_scenario(path)
    assert [(fault.code, fault.line) for fault in found.value.faults] == [("RO-906", 3)]
