"""Rows of a what-if: their gains, and the fewest teams that meet all floors."""

from __future__ import annotations

import pytest

from routeopt.whatif.run import Row, with_gains


def row(section, teams, visibility=0.5, **keys):
    return Row(section, str(teams), teams, {}, visibility=visibility, floors=1, **keys)


def test_the_fewest_teams_are_those_of_a_case_that_was_asked_for():
    """The scenario itself has fewer teams than all of them, and meets the floors too."""
    rows = with_gains([row("base", 6), row("teams", 8), row("teams", 9), row("teams", 7, unmet=("North",))])
    assert [one.teams for one in rows if one.fewest] == [8]
    rows = with_gains([row("base", 6), row("teams", 8, unmet=("North",))])
    assert not any(one.fewest for one in rows)


def test_gains_per_team_added():
    rows = with_gains([row("base", 6, 0.5), row("teams", 8, 0.6), row("teams", 9, 0.62), row("start", 6, 0.4)])
    assert [one.gain for one in rows] == [None, *map(pytest.approx, (0.05, 0.02, -0.1))]
