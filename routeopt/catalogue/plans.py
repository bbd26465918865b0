"""What is said of plans: violations of rules, reasons of changes, notes."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    # violations
    "routes": Sentence(N_("Routes are for teams {teams}; expected one per team, in order.")),
    "no-team": Sentence(N_("A route is for team {number}; teams are numbered 0 to {last}.")),
    "no-site": Sentence(N_("{who}, stop {stop}: site {site} does not exist.")),
    "no-dwell": Sentence(N_("{who}, stop {stop}: dwell {dwell} does not exist.")),
    "no-step": Sentence(N_("{who}, stop {stop}: step {step} is outside the plan.")),
    "once": Sentence(N_('{who}: task "{task}" is served {times} times; it must be served once.')),
    "crew-few": Sentence(
        N_('{who}, stop {stop} at {place} ({time}): {teams} teams do "{task}"; it takes {needed}.')
    ),
    "crew-apart": Sentence(
        N_('{who}, stop {stop} at {place} ({time}): "{task}" is done together; the first team begins at {first}.')
    ),
    "crew-lead": Sentence(
        N_('{who}, stop {stop} at {place} ({time}): one of the teams of "{task}" must be of {able}.')
    ),
    "too-soon": Sentence(
        N_(
            "{who}, stop {stop} at {place} ({time}): stops must begin {minutes} min apart; the one before begins "
            "{before}."
        )
    ),
    "no-break": Sentence(N_("{who}: no break from {since} to {until}; it must have one every {minutes} min.")),
    "too-few": Sentence(N_("{goal}: {teams} of {least} teams are there from {since} to {until} ({minutes} min).")),
    "required": Sentence(N_('Mandatory task "{task}" is not served.')),
    "not-stoppable": Sentence(N_("{who}, stop {stop} at {place} ({time}): stopping is not allowed there.")),
    "task-place": Sentence(N_('{who}, stop {stop} at {place} ({time}): task "{task}" is at {expected}.')),
    "window": Sentence(N_('{who}, stop {stop} at {place} ({time}): task "{task}" must begin within {windows}.')),
    "not-allowed": Sentence(
        N_('{who}, stop {stop} at {place} ({time}): the team is not allowed to serve task "{task}".')
    ),
    "late": Sentence(N_("{who}, stop {stop} at {place} ({time}): arrives {arrives}, {minutes} min late.")),
    "closed": Sentence(N_("{who}, stop {stop} at {place} ({time}): closed to the team from {since} to {until}.")),
    "outside-area": Sentence(N_('{who}, stop {stop} at {place} ({time}): outside its area "{area}".')),
    "returned": Sentence(
        N_("{who}, stop {stop} at {place} ({time}): the team has stopped there before, and may not return.")
    ),
    "still-busy": Sentence(N_("{who} is called away at {time}, {minutes} min before its stop is over.")),
    "unreachable": Sentence(N_("{who}, stop {stop} at {place} ({time}): no way leads there.")),
    "before-shift": Sentence(
        N_("{who}, stop {stop} at {place} ({time}): starts before the team's shift, which begins {begins}.")
    ),
    "shift": Sentence(
        N_("{who}: is at its end {place} at {arrives}, {minutes} min after its shift ends ({ends}).")
    ),
    "end-unreachable": Sentence(N_("{who}: no way leads from its last stop to its end {place}.")),
    # goals
    "goal-seen": Sentence(N_("seen")),
    "goal-seen-zone": Sentence(N_("seen in {zone}")),
    "goal-reached": Sentence(N_("reached within {minutes} min")),
    "goal-reached-zone": Sentence(N_("reached within {minutes} min in {zone}")),
    "goal-second": Sentence(N_("reached by two teams within {minutes} min")),
    "goal-second-zone": Sentence(N_("reached by two teams within {minutes} min in {zone}")),
    "goal-fair": Sentence(N_("seen, relative to the whole town")),
    "goal-fair-zone": Sentence(N_("seen in {zone}, relative to the whole town")),
    "goal-unseen": Sentence(N_("not seen")),
    "goal-unseen-zone": Sentence(N_("not seen in {zone}")),
    "goal-time": Sentence(N_("minutes with a team present")),
    "goal-time-zone": Sentence(N_("minutes with a team present in {zone}")),
    "goal-presence": Sentence(N_("teams present: {teams}")),
    "goal-presence-zone": Sentence(N_("teams present in {zone}: {teams}")),
    "goal-always": Sentence(N_("at any time")),
    "goal-kept": Sentence(N_("held")),
    "goal-missing": Sentence(N_("{minutes} min of a team missing")),
    "goal-too-few": Sentence(N_("{name}: {minutes} min of a team missing, of {most}.")),
    "goal-most-minutes": Sentence(N_("at most {minutes} min")),
    "goal-minutes": Sentence(N_("{minutes} min")),
    "goal-over": Sentence(N_("{name}: {reached} of at most {most}.")),
    "goal-under": Sentence(N_("held by {minutes} min")),
    "goal-longer": Sentence(N_("missed by {minutes} min")),
    "goal-price-minute": Sentence(N_("about {points} points for a minute less")),
    "goal-hours": Sentence(N_("{what}, {begin}–{end}")),
    "goal-missed": Sentence(N_("{name}: {reached} of at least {floor}, {points} points too few.")),
    "goal-advice": Sentence(
        N_("A plan that holds every floor was not found: search longer, add teams, or lower the floors.")
    ),
    "goal-held": Sentence(N_("held by {points} points")),
    "goal-short": Sentence(N_("missed by {points} points")),
    "goal-price": Sentence(N_("about {points} points")),
    "goal-price-little": Sentence(N_("less than {points} points")),
    "goal-price-nothing": Sentence(N_("none")),
    # reasons of changes
    "place-closed": Sentence(N_("the place is closed")),
    "not-in-time": Sentence(N_("its way is closed, or takes longer")),
    "task-added": Sentence(N_("a task was added")),
    "team-does-task": Sentence(N_("the team does an added task")),
    "worth-the-change": Sentence(N_("the gain is worth the change")),
    "team-off-duty": Sentence(N_("the team is off duty")),
    "team-elsewhere": Sentence(N_("the team is not where the plan has it")),
    # what a plan stands on
    "basis-demand": Sentence(N_("Demand from {sources}")),
    "basis-incidents": Sentence(N_("{count} incidents")),
    "basis-incident": Sentence(N_("1 incident")),
    "basis-venues": Sentence(N_("{count} venues")),
    "basis-venue": Sentence(N_("1 venue")),
    "basis-entries": Sentence(N_("{count} entries of your own")),
    "basis-entry": Sentence(N_("1 entry of your own")),
    "basis-places": Sentence(N_("{found} of {asked} places found")),
    "basis-idle-after": Sentence(N_("nothing to do after {time} for {count} of {teams} teams ({duration})")),
    "basis-idle-before": Sentence(N_("nothing to do before {time} for {count} of {teams} teams ({duration})")),
    "duration-hours": Sentence(N_("{hours} h {minutes:02d}")),
    "duration-minutes": Sentence(N_("{minutes} min")),
    # notes
    "rows-out-of-order": Sentence(
        N_('team "{name}": the rows are not in the order of their times; the times count.'),
        N_("To move a stop, clear its start."),
    ),
    "point-moved": Sentence(N_('{row}: the point now belongs to "{site}", {distance} m away.')),
    "stop-of-own-length": Sentence(
        N_(
            "{row}: {minutes} min is not in the dwell menu; the stop is kept as it is, and lasts as one of "
            "{effect} min."
        )
    ),
    "stop-too-short": Sentence(
        N_(
            "{row}: {minutes} min is shorter than every dwell of the menu; the stop is kept as it is, and counts "
            "only while it lasts."
        )
    ),
    "other-inputs": Sentence(
        N_("the plans were made from different {files}; each plan's figures refer to its own inputs."),
        N_("Use --scenario to evaluate both on one."),
    ),
    "no-chinese-font": Sentence(N_("Chinese labels need a font such as Noto Sans CJK (Debian: fonts-noto-cjk).")),
    # why a stop is made
    "stop-away": Sentence(N_("not available; free at this place afterwards")),
    "stop-wait": Sentence(N_("waiting, seen and free")),
    "stop-order": Sentence(N_("order, to begin {window}")),
    "stop-order-mandatory": Sentence(N_("order that must be carried out, to begin {window}")),
    "stop-post": Sentence(N_("stand there until {until}")),
    "stop-break": Sentence(N_("rest; neither seen nor free")),
    "stop-together": Sentence(N_("{order}; together with {teams}")),
    "stop-first": Sentence(N_("{busy}; no police here before")),
    "stop-again": Sentence(N_("{busy}; police last here {minutes} min before")),
}
