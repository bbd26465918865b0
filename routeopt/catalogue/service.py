"""What is said by the service: faults RO-740 to RO-759."""

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
}
