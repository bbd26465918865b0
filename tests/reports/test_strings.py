"""Words that several reports share."""

from __future__ import annotations

from dataclasses import replace

from routeopt.reports.html import page
from routeopt.reports.strings import worth_words


def test_a_stop_that_is_worth_nothing_has_no_minus(make_night, tmp_path):
    night = make_night()
    stops = (replace(night.stops[0], worth=-1e-6), *night.stops[1:])
    assert "-0.00" not in worth_words(stops[0], str)
    assert "0.00" in worth_words(stops[0], str)
    page.write(replace(night, stops=stops), tmp_path / "r.html")
    assert "-0.00" not in (tmp_path / "r.html").read_text(encoding="utf-8")
