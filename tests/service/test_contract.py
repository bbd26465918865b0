"""The service against its own OpenAPI document; `benchmarks.service_contract` asks much more."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn
from fastapi import FastAPI

from benchmarks.service_contract import contract, of_shift

TOKEN = "c" * 16


@contextmanager
def served(app):
    """Serve an application at a port: its address."""
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([door],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        door.close()


@pytest.mark.slow
def test_the_service_answers_as_its_document_says(serve):
    client = serve(TOKEN)
    with served(client.app) as url:
        found = contract(url, TOKEN, 8, of_shift(url, TOKEN, dt.datetime(2026, 11, 27, 19, 30)), borders=False)
    assert found.faults == {}
    assert found.server_errors == 0
    assert found.cases > 50
    assert {200, 422} <= set(found.statuses)
    assert client.room.rows


def test_what_is_not_as_the_document_says_is_found():
    app = FastAPI()

    @app.get("/number")
    async def number(n: int) -> dict[str, int]:
        return {"n": 1 // (n - n)}

    with served(app) as url:
        found = contract(url, "", 2, {}, borders=False)
    assert found.server_errors > 0
    assert any("GET /number" in what for what in found.faults)
