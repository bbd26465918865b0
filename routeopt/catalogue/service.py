"""What is said by the service: faults RO-740 to RO-769."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-740": Sentence(N_("the tokens cannot be read ({why}).")),
    "RO-741": Sentence(
        N_("must be a token, its scope ({known}) and a name, with spaces between."),
        N_("Write for instance: 7Hq2m0Zk4tWv9xRb command desk"),
    ),
    "RO-742": Sentence(
        N_("the token must have at least {least} characters."), N_("Make one with: openssl rand -hex 16")
    ),
    "RO-743": Sentence(N_("has no token."), N_("Write one, with the scope command and a name.")),
    "RO-744": Sentence(
        N_("the journal takes no more events ({why})."), N_("Make room on the disk and start the service again.")
    ),
    "RO-745": Sentence(
        N_("the service needs packages that are not installed."),
        N_("Install them with: pip install routeopt[serve]"),
    ),
    "RO-746": Sentence(
        N_("{host} can be reached from other machines, which needs tokens."),
        N_("Give --tokens FILE, or leave --host out."),
    ),
    "RO-747": Sentence(N_("cannot listen at {host}:{port} ({why})."), N_("Choose another --port.")),
    "RO-750": Sentence(N_("there is no such parameter."), N_("There are: {known}.")),
    "RO-751": Sentence(N_("is given more than once."), N_("Give it once.")),
    "RO-752": Sentence(
        N_('must be west, south, east and north in degrees, with commas between, not "{value}".'),
        N_("Write for instance: bbox=119.5,26.6,119.6,26.7"),
    ),
    "RO-753": Sentence(
        N_('must be an instant or an interval (ISO 8601), not "{value}".'),
        N_("Write for instance: datetime=2026-11-27T21:00:00Z/2026-11-27T22:00:00Z, with .. for an open end"),
    ),
    "RO-754": Sentence(N_('must be a whole number of at least {least}, not "{value}".')),
    "RO-755": Sentence(
        N_("the message is encrypted, and the service has no key."),
        N_("Leave OwnTracks' encryption key empty, and send over HTTPS."),
    ),
    "RO-756": Sentence(N_("must be a number from {least} to {most}.")),
    "RO-757": Sentence(
        N_("no team has one of these names: {names}."),
        N_("Call the device, the user or the token as a team: {known}."),
    ),
    "RO-760": Sentence(
        N_('must be a broker\'s address, not "{value}".'), N_("Write for instance: --mqtt broker.local:1883")
    ),
    "RO-761": Sentence(
        N_("the MQTT broker {host}:{port} cannot be used ({why})."),
        N_("Start it, or set ROUTEOPT_MQTT_USER and ROUTEOPT_MQTT_PASSWORD if it asks for them."),
    ),
    "RO-762": Sentence(N_("is no JSON that can be read.")),
    "RO-763": Sentence(
        N_('there is no team "{name}"; the shift has {known}.'),
        N_("Add ?team= to the address, or name the track or a column team after it."),
    ),
    "RO-764": Sentence(
        N_("no position is of the shift ({day} {first}–{last}): they are from {begin} to {end}."),
        N_("Send the track of this shift, with its date and the offset from UTC."),
    ),
    "RO-765": Sentence(N_("is packed."), N_("Send GPX or CSV as it is.")),
    "tracks-known-elsewhere": Sentence(
        N_("{count} positions were entered before with other coordinates, which remain.")
    ),
}
