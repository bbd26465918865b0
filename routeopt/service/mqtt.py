"""Positions of phones that run OwnTracks in its MQTT mode, taken from a broker
(https://owntracks.org/booklet/tech/mqtt).

The adapter that others are written after: it makes events as `routeopt.dispatch.events` has them, enters them with
`Room.enter`, which checks them and waits for the journal, and runs beside the application as long as that does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from routeopt.errors import Fault, InputError, one_line
from routeopt.service.access import MOST_BYTES, Rate
from routeopt.service.body import read_json
from routeopt.service.owntracks import take
from routeopt.service.room import Room

log = logging.getLogger(__name__)
TOPIC = "owntracks/+/+"
"""``owntracks/USER/DEVICE``: where the app publishes positions."""
PORT, TLS_PORT = 1883, 8883
"""Usual ports of a broker: without encryption, and with TLS."""
USER, PASSWORD = "ROUTEOPT_MQTT_USER", "ROUTEOPT_MQTT_PASSWORD"
"""Environment variables; a password has no place on a command line."""
ANSWER_S = 10.0
"""How long a broker has to answer at the start, seconds."""
KEPT_S = 86_400
"""How long the broker keeps messages while the service is away, seconds."""
AT_ONCE = 64
"""Messages that wait for the journal at a time; the others wait in the broker."""


@dataclass(frozen=True)
class Broker:
    """Where a broker listens."""

    host: str
    port: int = PORT


def read_broker(text: str) -> Broker:
    """Read ``HOST`` or ``HOST:PORT``; an IPv6 address with a port stands in brackets.

    Raises
    ------
    InputError
        If it is neither.
    """
    given = f"[{text}]" if text.count(":") > 1 and "[" not in text else text
    try:
        parts = urlsplit(f"//{given}")
        broker = Broker(parts.hostname or "", PORT if parts.port is None else parts.port)
    except ValueError:
        broker = Broker("", 0)
    if not broker.host or not broker.port or parts.netloc != given or "@" in given:
        raise InputError(Fault("RO-760", "--mqtt", value=text[:80]))
    return broker


class Phones:
    """Takes positions from a broker into a room.

    The broker keeps messages while the service is away (quality of service 1, a session of its own), and each is
    acknowledged once the journal has it. Messages larger than a request may be are not sent at all (a limit that
    MQTT 5 knows); those that come faster than requests may wait in the broker. paho connects again after a cut.

    Parameters
    ----------
    name
        Of the session: another for each service that a broker has.

    Raises
    ------
    InputError
        If the broker cannot be reached, or refuses.
    """

    def __init__(
        self, broker: Broker, name: str, *, rate: Rate | None = None, most_bytes: int = MOST_BYTES
    ) -> None:
        self._broker, self._rate, self._most = broker, rate or Rate(), most_bytes
        self._into: Future[tuple[Room, asyncio.AbstractEventLoop]] = Future()
        """Where messages go; those that come before it runs wait for this."""
        self._answer: Future[Any] = Future()
        """The broker's first."""
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._said: set[str] = set()
        """Codes of faults that were logged."""
        self._client = Client(
            CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True
        )
        if os.environ.get(USER):
            self._client.username_pw_set(os.environ[USER], os.environ.get(PASSWORD))
        if broker.port == TLS_PORT:
            self._client.tls_set()
        self._client.on_connect = self._connected
        self._client.on_message = self._came
        self._client.reconnect_delay_set(1, 30)
        self._connect()

    def _connect(self) -> None:
        """Connect, and wait for the answer."""
        wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wishes.MaximumPacketSize, wishes.SessionExpiryInterval = self._most, KEPT_S
        host, port = self._broker.host, self._broker.port
        try:
            self._client.connect(host, port, clean_start=False, properties=wishes)
            self._client.loop_start()
            answer = self._answer.result(ANSWER_S)
            why = str(answer) if answer.is_failure else ""
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if why:
            self._client.disconnect()
            self._client.loop_stop()
            raise InputError(Fault("RO-761", "--mqtt", host=host, port=port, why=why))

    async def run(self, room: Room) -> None:
        """Take positions into a room until this is cancelled."""
        self._into.set_result((room, asyncio.get_running_loop()))
        try:
            await asyncio.Event().wait()
        finally:
            self._client.disconnect()
            await asyncio.to_thread(self._client.loop_stop)

    def _connected(self, client: Client, _data: Any, _flags: Any, answer: Any, _properties: Any) -> None:
        """Ask for positions."""
        if not self._answer.done():
            self._answer.set_result(answer)
        elif answer.is_failure:
            log.error("MQTT broker: %s", one_line(answer))
        if not answer.is_failure:
            client.subscribe(TOPIC, qos=1)

    def _came(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        """Enter a message beside paho's thread, which reads no further while too many wait."""
        room, loop = self._into.result()
        while (wait := self._rate.wait_s("mqtt")) > 0:
            time.sleep(wait)
        self._free.acquire()
        taken = asyncio.run_coroutine_threadsafe(self._take(room, message.topic, bytes(message.payload)), loop)

        def done(taken: Future[None]) -> None:
            self._free.release()
            if not taken.cancelled() and taken.exception() is None:
                client.ack(message.mid, message.qos)

        taken.add_done_callback(done)

    async def _take(self, room: Room, topic: str, payload: bytes) -> None:
        """Enter the position of a message; one that cannot be used is counted and passed over.

        Raises
        ------
        InputError
            If the journal takes no more events: the broker keeps the message.
        """
        try:
            if payload:
                message = read_json(payload)
                await take(room, {**message, "topic": topic} if isinstance(message, dict) else message)
        except InputError as error:
            if room.broken:
                raise
            room.refused["mqtt"] += 1
            codes = {fault.code for fault in error.faults} - self._said
            if codes:  # each once: what is sent may come again with every position, and has names of persons
                self._said |= codes
                log.warning("MQTT message refused: %s", one_line(", ".join(sorted(codes))))
