"""The words that the report's scripts show, by the keys that they use (``T.key``)."""

from __future__ import annotations

from routeopt.messages import Words
from routeopt.reports.page import data as page


def script_words(_: Words) -> dict[str, str]:
    """Key → words in the reader's language; ``{name}`` is filled in by the scripts."""
    return {
        **page.script_words(_),
        "choose_hint": _("Choose a stop on the map, in the chart or in the table."),
        "stop_of": _("{team}, stop {number}: {from} to {to}"),
        "waits": _("there from {time}, waiting"),
        "all_teams": _("All teams"),
        "n_stops": _("{n} stops"),
        "n_teams": _("{n} teams"),
    }
