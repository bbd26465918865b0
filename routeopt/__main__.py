"""``python -m routeopt``."""

from routeopt.cli.main import main

main()
