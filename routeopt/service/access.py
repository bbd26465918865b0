"""Who may ask for what: tokens with a scope, and how much at once."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from routeopt.border import bordered
from routeopt.errors import Fault, InputError

SCOPES = ("read", "positions", "command")
"""What a token may do: look; send positions; everything."""
ALLOWED = {"read": {"read"}, "positions": {"positions"}, "command": set(SCOPES)}
"""Scope of a token → what it may ask for."""
SHORTEST = 16
"""Fewest characters of a token."""
MOST_BYTES = 1_000_000
"""Largest body of a request."""
RATE_PER_S, BURST = 300.0, 600
"""Requests of a client in the long run, and at once."""
MOST_CLIENTS = 10_000
"""Clients whose requests are counted; the one seen longest ago is forgotten first."""
COOKIE = "routeopt-token"


@dataclass(frozen=True)
class Token:
    """A token and its scope."""

    secret: str
    scope: str
    name: str
    """Of the desk or device, for the list of what was entered."""


class Access:
    """Tells what a token may do; without tokens everything is allowed."""

    def __init__(self, tokens: tuple[Token, ...] = ()) -> None:
        self.tokens = tokens

    @property
    def is_open(self) -> bool:
        """Whether no token is needed."""
        return not self.tokens

    def of(self, secret: str) -> Token | None:
        """Return the token with this secret; every one is compared, so that the time tells nothing."""
        found = None
        for token in self.tokens:
            if hmac.compare_digest(token.secret.encode(), secret.encode()):
                found = token
        return found


@bordered("text")
def read_tokens(path: Path) -> tuple[Token, ...]:
    """Read tokens: a line for each with the token, its scope, and a name; lines that begin with # are remarks.

    Raises
    ------
    InputError
        If the file cannot be read, has no token, or a line is not one; lists all faults.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Fault("RO-740", path, why=str(getattr(error, "strerror", None) or error))) from None
    tokens, faults = [], []
    for n, line in enumerate(lines, 1):
        parts = line.split(maxsplit=2)
        if not parts or line.lstrip().startswith("#"):
            continue
        if len(parts) < 2 or parts[1] not in SCOPES:
            faults.append(Fault("RO-741", path, n, known=list(SCOPES)))
        elif len(parts[0]) < SHORTEST:
            faults.append(Fault("RO-742", path, n, least=SHORTEST))
        else:
            tokens.append(Token(parts[0], parts[1], parts[2] if len(parts) > 2 else parts[1]))
    if not tokens and not faults:
        faults.append(Fault("RO-743", path))
    if faults:
        raise InputError(faults)
    return tuple(tokens)


class Rate:
    """How many requests a client may still make: a bucket that fills up again."""

    def __init__(self, per_s: float = RATE_PER_S, burst: int = BURST) -> None:
        self.per_s, self.burst = per_s, burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str, now: float | None = None) -> float:
        """Count a request; return 0 if it may be made, else after how many seconds the next one may."""
        now = time.monotonic() if now is None else now
        left, then = self._left.pop(client, (float(self.burst), now))
        left = min(float(self.burst), left + (now - then) * self.per_s)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self.per_s


def secret_of(headers: Mapping[str, str]) -> str:
    """Return the token of a request: of its header (also as a password, for OwnTracks), or its cookie."""
    kind, _, secret = headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            return b64decode(secret).decode().partition(":")[2]
        except ValueError:
            return ""
    if kind.lower() == "bearer":
        return secret.strip()
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def token_name(access: Access, headers: Mapping[str, str]) -> str:
    """Return the name of a request's token; "" without one."""
    token = None if access.is_open else access.of(secret_of(headers))
    return "" if token is None else token.name
