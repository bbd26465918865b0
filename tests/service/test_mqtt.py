"""Positions from a broker, as mosquitto hands them on and its clients send them."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import threading
import time
from concurrent.futures import Future

import pytest

from routeopt.errors import Fault, InputError
from routeopt.service.access import Rate
from routeopt.service.mqtt import Broker, Phones, read_broker
from tests.programs import program

from .test_owntracks import located

pytest.importorskip("paho.mqtt", reason="paho-mqtt is not installed (extra serve)")


@pytest.fixture
def broker(tmp_path):
    """Starts mosquitto; with ``users`` it asks for a password."""
    running = []
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "mosquitto.conf"

    def start(users: str = "") -> Broker:
        lines = [f"listener {port} 127.0.0.1", "allow_anonymous true"]
        if users:
            (tmp_path / "users").write_text(users, encoding="utf-8")
            subprocess.run([program("mosquitto_passwd"), "-U", tmp_path / "users"], check=True, timeout=10)
            lines[1] = f"allow_anonymous false\npassword_file {tmp_path / 'users'}"
        config.write_text("\n".join([*lines, "user root", ""]), encoding="utf-8")
        running.append(subprocess.Popen([program("mosquitto"), "-c", config], stderr=subprocess.DEVNULL))
        wait_for(lambda: answers(port))
        return Broker("127.0.0.1", port)

    def stop() -> None:
        running[-1].terminate()
        running[-1].wait(10)

    start.stop = stop
    yield start
    for one in running:
        one.kill()
        one.wait(10)


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition) -> None:
    until = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def publish(broker: Broker, *messages: dict | str, topic: str = "owntracks/duty/Foot 1") -> None:
    """Send messages with mosquitto's client, one a line."""
    lines = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in messages)
    words = ["-h", broker.host, "-p", str(broker.port), "-q", "1", "-t", topic, "-l"]
    subprocess.run([program("mosquitto_pub"), *words], input=lines, text=True, check=True, timeout=20)


@pytest.fixture
def taking(serve):
    """Takes positions from a broker into a service until the test ends, or ``stop`` is called."""
    ends = []

    def start(broker: Broker, client=None, **more):
        client = client or serve()
        phones, ended = Phones(broker, "routeopt-test", **more), threading.Event()

        async def run() -> None:
            try:
                await phones.run(client.room)
            finally:
                ended.set()

        running = asyncio.run_coroutine_threadsafe(run(), client._loop)

        def stop() -> None:
            running.cancel()
            assert ended.wait(10)

        client.stop = stop
        ends.append(stop)
        return client

    yield start
    for end in ends:
        end()


def rows(client, n: int) -> list[dict]:
    wait_for(lambda: len(client.room.rows) >= n)
    return client.get("/events").json()["events"]


def test_a_position_is_entered_for_its_team(broker, taking):
    """Of its topic, whatever the message says; nothing of the device or its owner is kept."""
    address = broker()
    client = taking(address)
    publish(address, located(topic="owntracks/duty/Foot 2", SSID="Li's home"), topic="owntracks/li.wei/foot 1")
    (event,) = (row["event"] for row in rows(client, 1))
    assert (event["kind"], event["team"], event["lat"], event["accuracy_m"]) == ("position", "Foot 1", 26.001, 12)
    everything = client.get("/events").text + str(client.room.journal.entries())
    assert not [word for word in ("Li's home", "li.wei", "foot 1") if word in everything]


def test_what_cannot_be_used_is_counted_and_passed_over(broker, taking, caplog):
    address = broker()
    client = taking(address)
    publish(address, "{", "[]", located(lat=95), {"_type": "lwt"}, {"_type": "encrypted"}, located(), located())
    assert len(rows(client, 1)) == 1
    wait_for(lambda: client.room.refused["mqtt"] == 4)
    assert 'routeopt_refused_total{way="mqtt"} 4' in client.get("/metrics").text
    assert [record.getMessage().split(": ")[1] for record in caplog.records] == [
        "RO-762", "RO-423", "RO-756", "RO-755",
    ]  # fmt: skip


def test_the_broker_keeps_what_comes_while_the_service_is_away(broker, taking):
    address = broker()
    client = taking(address)
    publish(address, located(30))
    rows(client, 1)
    client.stop()
    publish(address, located(31), located(32))
    again = taking(address)
    assert [row["event"]["happened_at"][14:16] for row in rows(again, 2)] == ["31", "32"]


def test_the_broker_keeps_what_the_journal_does_not_take(broker, taking, serve):
    class Full:
        def entries(self):
            return []

        def append(self, *events):
            future = Future()
            future.set_exception(InputError(Fault("RO-744", "journal", why="full")))
            return future

    address = broker()
    client = taking(address, serve(journal=Full()))
    publish(address, located(30), located(31))
    wait_for(lambda: client.room.broken)
    client.stop()
    assert len(rows(taking(address), 2)) == 2


def test_a_message_that_is_too_large_is_not_sent(broker, taking):
    address = broker()
    client = taking(address, most_bytes=600)
    publish(address, located(30, more="x" * 600), located(31, more="x" * 100))
    assert [row["event"]["happened_at"][14:16] for row in rows(client, 1)] == ["31"]


def test_what_comes_too_fast_waits(broker, taking):
    address = broker()
    client = taking(address, rate=Rate(20, 1))
    begun = time.monotonic()
    publish(address, *(located(30 + n / 10) for n in range(9)))
    assert len(rows(client, 9)) == 9
    assert time.monotonic() - begun > 0.35


def test_a_broker_that_comes_back_is_found_again(broker, taking):
    address = broker()
    client = taking(address)
    publish(address, located(30))
    rows(client, 1)
    broker.stop()
    broker()
    wait_for(lambda: publish(address, located(31)) or len(client.room.rows) == 2)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("desk", ("desk", 1883)), ("desk:8883", ("desk", 8883)), ("10.0.0.7:1", ("10.0.0.7", 1)),
        ("::1", ("::1", 1883)), ("[::1]:99", ("::1", 99)), ("[fe80::2]", ("fe80::2", 1883)),
    ],
)  # fmt: skip
def test_an_address_is_read(text, address):
    assert read_broker(text) == Broker(*address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        ":1883",
        "a b/c",
        "a@b",
        "[desk",
        "desk:0",
        "desk:65536",
        "desk:x",
        "mqtt://desk",
        "desk:٣",
        "1:" * 9,
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InputError) as error:
        read_broker(text)
    assert [fault.code for fault in error.value.faults] == ["RO-760"]


def test_a_broker_that_is_not_there_is_said_before_the_work_begins(night, run):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code, _, err = run("serve", night(), "--port", 0, "--mqtt", f"127.0.0.1:{port}")
    assert code == 2
    assert f"127.0.0.1:{port} cannot be used (Connection refused)" in err
    assert "streets" not in err


def test_a_broker_asks_for_the_password_of_the_environment(broker, taking, monkeypatch):
    address = broker("duty:right\n")
    monkeypatch.setenv("ROUTEOPT_MQTT_USER", "duty")
    monkeypatch.setenv("ROUTEOPT_MQTT_PASSWORD", "wrong")
    with pytest.raises(InputError, match="Not authorized"):
        taking(address)
    monkeypatch.setenv("ROUTEOPT_MQTT_PASSWORD", "right")
    taking(address)
