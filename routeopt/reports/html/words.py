"""The words of report.html, by the keys that its markup (``%%w.key%%``) and its scripts (``T.key``) use."""

from __future__ import annotations

from routeopt.messages import Words


def page_words(_: Words) -> dict[str, str]:
    """Key → words in the reader's language; ``{name}`` is filled in by the scripts."""
    return {
        "map": _("Map"),
        "map_help": _(
            "Map of streets, demand, routes and stops. Arrows move it, plus and minus zoom, 0 shows all, "
            "n and p go to the next and previous stop, Escape chooses nothing."
        ),
        "paper_map": _("Map of the whole night: demand, routes and stops"),
        "zoom_in": _("zoom in"),
        "zoom_out": _("zoom out"),
        "show_all": _("show all"),
        "play": _("play"),
        "pause": _("pause"),
        "time": _("time of the night"),
        "speed": _("speed"),
        "streets_show": _("Streets show"),
        "layer_both": _("demand and what is seen"),
        "layer_demand": _("demand"),
        "layer_seen": _("what is seen"),
        "layer_missed": _("demand not seen"),
        "key_demand": _("demand, low to high"),
        "key_seen": _("seen, or still held off: 0 to 100 %"),
        "teams": _("Teams"),
        "chosen": _("Chosen stop"),
        "choose_hint": _("Choose a stop on the map, in the chart or in the table."),
        "stop_of": _("{team}, stop {number}: {from} to {to}"),
        "waits": _("there from {time}, waiting"),
        "all_teams": _("All teams"),
        "n_stops": _("{n} stops"),
        "night": _("The night, team by team"),
        "hours": _("Demand by hour"),
        "hours_note": _("One scale for all hours: the darkest streets have the most demand per minute."),
        "stops": _("Stops"),
        "figures": _("Figures"),
        "figures_note": _(
            "Visibility is the share of the night's demand at places where police are seen, or were seen recently "
            "enough to have an effect. It is not crime prevented. Places are scored, never persons."
        ),
        "zones": _("Communities"),
        "left_out": _("What was left out, and why"),
        "left_out_note": _(
            "Places with much demand of which the plan sees less than of the town; the most unseen first."
        ),
        "audit": _("Inputs, to audit and to repeat"),
        "audit_note": _(
            "The same version, inputs, seed and number of iterations give the same plan; a hash shows whether a "
            "file is the one that was used."
        ),
        "km": _("km"),
        "m": _("m"),
    }
