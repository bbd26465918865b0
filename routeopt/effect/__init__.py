"""Whether patrol changed what happened: counts of incidents compared, with intervals and power.

`routeopt.effect.estimates` has the arithmetic, `routeopt.effect.cells` counts before and after in areas with and
without patrol, `routeopt.effect.nights` the nights or places of a trial, `routeopt.effect.found` what is said
of them.
"""
