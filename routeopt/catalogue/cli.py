"""Errors of the command line and of reports: RO-601 to RO-699."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "RO-601": Sentence(N_('"{value}" is not a date.'), N_("Write it as 2026-05-15.")),
    "RO-602": Sentence(N_('unknown datum "{name}".'), N_("Choose from {known}.")),
    "RO-603": Sentence(N_('unknown datum "{name}".'), N_('Did you mean "{near}"?')),
    "RO-604": Sentence(N_("the folder is not writable ({reason})."), N_("Choose another folder with --out.")),
    "RO-605": Sentence(N_("writing failed: {error}."), N_("Choose another folder with --out.")),
    "RO-606": Sentence(N_('"{value}" is not a list of seeds.'), N_("Write whole numbers, such as 1,2,3.")),
    "RO-607": Sentence(
        N_("give either --place or --osm."), N_('For example: routeopt new --place "Krems, Austria"')
    ),
    "RO-608": Sentence(N_("the file already exists."), N_("Choose another name with --out.")),
    "RO-609": Sentence(N_("give a plan.json, or --edited FILE.")),
    "RO-610": Sentence(
        N_("the plan in force is needed to know what was changed."), N_("Give its plan.json after the scenario.")
    ),
    "RO-611": Sentence(N_('"{value}" is not valid.'), N_("Use day, shift or both.")),
    "RO-612": Sentence(
        N_("the scenario has no incidents to test on."), N_("Add a demand source of kind: incidents.")
    ),
    "RO-613": Sentence(
        N_("{violation}"),
        N_("See all violations with: routeopt check"),
        cause="A plan that breaks a rule is not exported.",
    ),
    "RO-614": Sentence(
        N_("{violation}"),
        N_("Change the edit: the repair keeps it as it is."),
        cause="An edited stop breaks a rule by itself, such as a task's window.",
    ),
    "RO-615": Sentence(
        N_("{violation}"),
        N_("Leave out --scenario, or repair the plan first."),
        cause="A plan that breaks a rule on the scenario given cannot be evaluated on it.",
    ),
    "RO-616": Sentence(N_('"{value}" does not name a column.'), N_("Write KEY=NAME, such as time=DATE_OCC.")),
    "RO-620": Sentence(N_('unknown language "{name}".'), N_("Choose from {known}.")),
    "RO-630": Sentence(N_('unknown format "{name}".'), N_("Choose from {known} and all.")),
    "RO-631": Sentence(N_('unknown format "{name}".'), N_('Did you mean "{near}"?')),
    "RO-632": Sentence(
        N_("the package {package} is not installed."),
        N_('Install it: pip install "routeopt[cards]", or in a checkout: uv sync --extra cards'),
    ),
    "RO-633": Sentence(
        N_("no font with Chinese characters was found on this system."),
        N_(
            "Install one: apt install fonts-noto-cjk (Debian, Ubuntu), dnf install google-noto-sans-cjk-fonts "
            "(Fedora), or any of {known}."
        ),
    ),
    "RO-634": Sentence(
        N_("this is a plan of another night ({here}) than {other} ({there})."),
        N_("Use --other-nights to compare them all the same, or --scenario to evaluate both on one night."),
    ),
    "RO-639": Sentence(
        N_("the results cannot be printed: {error}."),
        N_("Print them to a file with room, or keep the reader open until the end."),
        cause="The disk behind stdout is full, or what reads it has ended.",
    ),
    "RO-670": Sentence(
        N_('"{got}" is no amount of memory.'),
        N_("Write a size such as 800M or 4G, or off for no limit."),
        cause="The value of --memory-limit, of the argument memory_limit, or of ROUTEOPT_MEMORY.",
    ),
    "RO-672": Sentence(
        N_(
            "{sites} sites with {points} demand points in {steps} steps take about {needed} of memory; {left} are "
            "left."
        ),
        N_(
            "About {fits} sites fit: choose fewer (sites: count, sites: file) or plan the area in parts; or set "
            "--memory-limit or ROUTEOPT_MEMORY."
        ),
        cause="It is refused before the memory is taken, as the system would end the process, or another one.",
    ),
    "RO-673": Sentence(
        N_("{threads} searches take {needed} of memory; {left} are left."),
        N_("Use at most {fits} threads, or set --memory-limit or ROUTEOPT_MEMORY."),
    ),
    "RO-674": Sentence(
        N_("no scheduler answers ({reason})."),
        N_("Start one with: dask scheduler, and give the address that it prints."),
    ),
    "RO-675": Sentence(
        N_("cannot be given beside --cluster."),
        N_("Leave out one of them: --jobs for this machine, --cluster for others."),
    ),
    "RO-676": Sentence(
        N_("a run has ended every process that it was given to, {times} in all."),
        N_("Perhaps the memory was too short: use fewer --jobs, or a larger machine."),
        cause="The system ends processes when memory is short; a run is done again twice, with none at its side.",
    ),
    "RO-677": Sentence(
        N_('"{got}" is not the address of a scheduler.'),
        N_("Write a host and a port, such as tcp://10.0.0.1:8786."),
    ),
}
