"""The daily meeting: last night's plan, what was done, what happened, and tonight, worked out for one page.

`routeopt.briefing.gather.gather` does it all; `routeopt.reports.briefing` shows it.
"""
