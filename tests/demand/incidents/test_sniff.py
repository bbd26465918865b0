"""Texts decoded piece by piece are those decoded as a whole."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from routeopt.demand.incidents import sniff
from routeopt.demand.incidents.sniff import Coding, coding_of

TEXT = "lat,lon,时间,type\r\n" + "26,119,2026年1月1日20时30分,盗窃🚓\r\n" * 9 + "\n\r27,119,,\r\n"


@pytest.fixture(autouse=True, params=[1, 7, 64, 1 << 20])
def piece(request, monkeypatch):
    """Cut the bytes everywhere: within characters and line ends too."""
    monkeypatch.setattr(sniff, "PIECE", request.param)


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_pieces_and_lines_are_those_of_the_whole(name):
    raw = TEXT.encode(name)
    coding = coding_of(Path("i.csv"), raw)
    assert "".join(coding.pieces(raw)).removeprefix("\ufeff") == coding.whole(raw) == TEXT
    assert list(coding.stream(io.BytesIO(raw))) == list(io.StringIO(TEXT, newline=""))
    assert coding.replaced(raw) == (0, 0)


@pytest.mark.parametrize("name", ["utf-8", "gb18030"])
@pytest.mark.parametrize("lines", [0, 5])
def test_place_of_what_is_broken(name, lines):
    before = "时间\n" * lines
    raw = before.encode(name) + b"\xff, " + "盗窃\n".encode(name) + b"\xff\n"
    with pytest.raises(UnicodeDecodeError) as caught:
        raw.decode(name)
    assert Coding(name, len(raw)).first_broken(raw) == caught.value.start
    assert Coding(name, len(raw), "replace").replaced(raw) == (2, lines + 1)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_text_cut_within_its_last_character_is_read_to_there(mark):
    raw = (mark + TEXT).encode() + "盗".encode()[:2]
    coding = coding_of(Path("i.csv"), raw)
    assert coding == Coding("utf-8-sig", len(raw) - 2)
    assert coding.whole(raw) == "".join(coding.pieces(raw)) == TEXT
