"""The board's page: markup and scripts with the streets; what moves comes from the service that serves it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from routeopt.messages import Words, words
from routeopt.problem.build import Built
from routeopt.reports.build_model import ground_of, streets_of, tracks_of
from routeopt.reports.colours import COLOURS
from routeopt.reports.html.chart import text_on
from routeopt.reports.page.data import deltas, heat_of, packed, page_data
from routeopt.reports.page.data import script_words as page_words
from routeopt.reports.page.render import render
from routeopt.reports.strings import mode_word, span_of
from routeopt.streets.names import street_of

PACKAGE = "routeopt.reports.board"
MODULES = ("live", "room", "layers", "lists", "incident", "main")
"""After the shared ones, each after those that it imports."""


def board_page(built: Built, lang: str) -> str:
    """Return the page in the reader's language.

    Raises
    ------
    InputError
        If there is no catalogue for ``lang``.
    """
    _ = words(lang)
    problem = built.problem
    return render(
        PACKAGE, "board", lang, MODULES, _data(built, _), title=problem.name, subtitle=span_of(problem.clock, _)
    )


def _data(built: Built, _: Words) -> dict[str, Any]:
    problem, clock = built.problem, built.problem.clock
    heat, heat_s = heat_of(problem.demand, clock.step_s)
    streets = streets_of(built)
    streets = replace(streets, names=tuple(map(street_of, streets.names)))
    return {
        **page_data(clock, script_words(_), heat, heat_s, streets, ground_of(built)),
        "colours": COLOURS, "on_colours": [text_on(c) for c in COLOURS],
        "posts": [[p.name, round(p.lat, 6), round(p.lon, 6)] for p in built.scenario.posts],
        "teams": [
            {"name": name, "mode": mode_word(problem.profiles[problem.team_profile[k]].mode, _)}
            for k, name in enumerate(problem.team_names)
        ],
        "places": [
            [problem.site_names[i], round(float(problem.site_lat[i]), 6), round(float(problem.site_lon[i]), 6)]
            for i in np.flatnonzero(problem.site_stoppable).tolist()
        ],
    }  # fmt: skip


def plan_lines(built: Built, plan: Any) -> list[list[Any]]:
    """Return the ways of the teams of a plan as the page draws them: team, and packed lat, lon and seconds."""
    return [
        [t.team_index, *(packed(deltas(degrees)) for degrees in (t.lat, t.lon)), packed(deltas(t.time_s, 1))]
        for t in tracks_of(built, plan)
    ]


def script_words(_: Words) -> dict[str, str]:
    """Key → words in the reader's language, as the scripts use them (``T.key``)."""
    return page_words(_) | {
        "connected": _("connected"),
        "disconnected": _("Disconnected since {time}. What is shown may be out of date."),
        "locked": _("A token is needed."),
        "min_ago": _("{minutes} min ago"),
        "never": _("by plan"),
        "off duty": _("off duty"),
        "sent": _("sent"),
        "behind": _("behind"),
        "at stop": _("at a stop"),
        "on the way": _("on the way"),
        "waiting": _("waiting"),
        "away": _("away"),
        "until": _("{place} until {time}"),
        "next": _("{time} {place}"),
        "silent": _("{team}: nothing heard since {time}"),
        "silent_always": _("{team}: nothing heard yet"),
        "overdue": _("overdue"),
        "unplanned": _("not planned"),
        "planned": _("planned"),
        "doing": _("in hand"),
        "done": _("done"),
        "cancelled": _("cancelled"),
        "tasks_overdue": _("{count} overdue: {names}"),
        "who": _("Who can go?"),
        "mark_done": _("Done"),
        "cancel_task": _("Cancel"),
        "nobody": _("Nobody can be sent."),
        "arrives": _("there {time} ({earliest}–{latest})"),
        "costs": _("costs {points} points of visibility"),
        "second": _("second team {time}"),
        "interrupts": _("leaves {place}"),
        "others": _("{count} stops of others change"),
        "unable": _("{team}: {why}"),
        "was_sent": _("{team} was sent to {place}."),
        "no_changes": _("The plan of the others stays as it is."),
        "changes": _("The others' plan can be better by {count} changes:"),
        "publish": _("Put it in force"),
        "keep": _("Keep the plan"),
        "published": _("The new plan is in force."),
        "added": _("{team}: new {time} {place}"),
        "dropped": _("{team}: no longer {time} {place}"),
        "strike": _("Strike out"),
        "struck": _("struck out"),
        "is_closed": _("{street} is closed."),
        "open_again": _("Open again"),
        "since": _("since {time}"),
        "area": _("an area"),
        "no_place": _("There is no such place."),
        "seen_plan": _("as planned"),
        "seen_live": _("as it is now"),
        "incident": _("incident"),
        "refused": _("Refused: {text}"),
        "failed": _("The service does not answer."),
        **{f"kind_{kind}": text for kind, text in kind_words(_).items()},
    }


def kind_words(_: Words) -> dict[str, str]:
    """Kind of event → its name in the reader's language."""
    return {
        "position": _("position"), "arrived": _("arrived"), "left": _("left"), "sent": _("sent"),
        "off_duty": _("off duty"), "on_duty": _("on duty"), "task_added": _("task added"),
        "task_done": _("task done"), "task_cancelled": _("task cancelled"), "place_busy": _("place busy"),
        "place_closed": _("place closed"), "place_opened": _("place opened"),
        "street_closed": _("street closed"), "street_opened": _("street opened"),
        "plan_published": _("plan put in force"), "note": _("note"), "struck": _("struck out"),
    }  # fmt: skip
