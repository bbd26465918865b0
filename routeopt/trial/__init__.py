"""A trial of patrol: nights or places with and without it, drawn at random; what it can tell, before it starts.

`routeopt.trial.power` has the arithmetic, `routeopt.trial.past` what is known from past incidents,
`routeopt.trial.draw` the draw and its file.
"""
