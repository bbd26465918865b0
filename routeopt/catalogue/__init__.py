"""Every message of the package: a code, its English sentence, and what to do about it.

Code inside the package raises and returns codes with values (`routeopt.errors.Message`, `Fault`); they become
sentences at the edge, in the reader's language. The English sentences are the keys of the gettext catalogues under
``locale/``, from where other languages come.

Codes of errors are ``RO-`` and a number: 1xx scenario files, 2xx streets, 3xx demand, 4xx problems, plans and
solvers, 5xx files of other systems, 6xx the command line and reports, 7xx a shift in progress,
9xx the border of all readers, and files that are written. Notes, violations
and reasons have words.
"""

from __future__ import annotations

from routeopt.catalogue import (
    adherence,
    areas,
    border,
    briefing,
    build,
    cameras,
    cli,
    demand,
    dispatch,
    done,
    effect,
    exchange,
    explain,
    journal,
    must_visits,
    plans,
    portfolio,
    problem,
    scenario,
    service,
    solving,
    streets,
    trial,
    whatif,
    zones,
)
from routeopt.catalogue.sentence import Sentence

SENTENCES: dict[str, Sentence] = {
    **scenario.SENTENCES,
    **streets.SENTENCES,
    **demand.SENTENCES,
    **build.SENTENCES,
    **problem.SENTENCES,
    **solving.SENTENCES,
    **exchange.SENTENCES,
    **cli.SENTENCES,
    **adherence.SENTENCES,
    **areas.SENTENCES,
    **border.SENTENCES,
    **dispatch.SENTENCES,
    **service.SENTENCES,
    **journal.SENTENCES,
    **done.SENTENCES,
    **briefing.SENTENCES,
    **trial.SENTENCES,
    **effect.SENTENCES,
    **explain.SENTENCES,
    **zones.SENTENCES,
    **cameras.SENTENCES,
    **must_visits.SENTENCES,
    **plans.SENTENCES,
    **portfolio.SENTENCES,
    **whatif.SENTENCES,
}
"""Code → sentence."""
