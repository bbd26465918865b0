"""``python -m routeopt``."""

from routeopt.cli import main

main()
