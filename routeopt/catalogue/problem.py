"""Faults of problems, plans and calls from other programs: RO-410 to RO-439."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-410": Sentence(N_("must be an array of {dtype} (got {got})."), N_("Convert it so that no value changes.")),
    "RO-411": Sentence(N_("must have the shape {shape} (got {got}).")),
    "RO-412": Sentence(N_("must be finite (got {got}).")),
    "RO-413": Sentence(N_("must be at least {least} (got {got}).")),
    "RO-414": Sentence(N_("must be at most {most} (got {got}).")),
    "RO-415": Sentence(N_("must be greater than {least} (got {got}).")),
    "RO-416": Sentence(N_("must be greater than the value before it, {before} (got {got}).")),
    "RO-417": Sentence(N_("must not be less than the value before it, {before} (got {got}).")),
    "RO-418": Sentence(N_("must start at 0 (got {got}).")),
    "RO-419": Sentence(N_("must end at {end}, the length of what it points into (got {got}).")),
    "RO-420": Sentence(N_("must be less than the {steps} steps of its leg (got {got}).")),
    "RO-421": Sentence(N_("must be a number (got {got}).")),
    "RO-422": Sentence(N_("must be a whole number (got {got}).")),
    "RO-423": Sentence(N_("must be of type {expected} (got {got}).")),
    "RO-472": Sentence(N_("must list each site among those that it leads to (site {site} is missing).")),
    "RO-473": Sentence(
        N_("has too many places for a bound ({sites}): it needs the legs between all of them."),
        N_("Bound a part of it that take cuts out, or ask for fewer sites."),
    ),
    "RO-424": Sentence(N_("must not be empty.")),
    "RO-425": Sentence(N_("must have {expected} entries (got {got}).")),
    "RO-426": Sentence(
        N_("must have a sum greater than 0 and finite (got {got})."), N_("Give a demand that somebody can see.")
    ),
    "RO-427": Sentence(N_("must not end before it begins (got {first} to {last}).")),
    "RO-428": Sentence(N_("must divide 60 or be a multiple of it (got {got}).")),
    "RO-429": Sentence(
        N_("must have one route per team, in the teams' order: for teams 0 to {last} (got {got}).")
    ),
    "RO-430": Sentence(
        N_("must start at step {least} or later, when the visit before it ends (got {got})."),
        N_("Put the visits in order of time."),
    ),
    "RO-431": Sentence(N_("must end by step {most}, where the plan ends (got {got}).")),
    "RO-432": Sentence(N_("must have at most {most} visits (got {got}).")),
    "RO-433": Sentence(
        N_("breaks a rule: {violation}"), N_("Start from a plan without violations, or from none.")
    ),
    "RO-434": Sentence(N_("must name a visit of the plan (got {got}).")),
    "RO-435": Sentence(
        N_("must be a networkx graph (got {got})."), N_("Make one with osmnx, or with StreetNetwork.to_networkx.")
    ),
    "RO-436": Sentence(
        N_("must have x (longitude) and y (latitude) in degrees at every node (node {node} has {got})."),
        N_("Keep the graph unprojected (WGS-84), or give its crs."),
    ),
    "RO-437": Sentence(N_("must have the edge's highway, such as residential (edge {edge} has {got}).")),
    "RO-438": Sentence(
        N_("must stay in the part that was taken (got site {site}, activity {activity})."),
        N_("Take a part with that site and task, or give a plan without them."),
    ),
    "RO-439": Sentence(
        N_("must not be a part of another with what its teams do as given: the bound knows no such part."),
        N_("Compute the bound of the whole problem."),
    ),
}
"""Code → sentence."""
