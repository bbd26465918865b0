"""Tokens and rates."""

from __future__ import annotations

import pytest

from routeopt.cli.serve import is_loopback
from routeopt.errors import InputError
from routeopt.service.access import Access, Rate, read_tokens


def test_tokens_are_read_with_scope_and_name(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("# remark\n\n7Hq2m0Zk4tWv9xRb command the desk\naaaaaaaaaaaaaaaa read\n", encoding="utf-8")
    desk, screen = read_tokens(file)
    assert (desk.scope, desk.name, screen.name) == ("command", "the desk", "read")
    access = Access((desk, screen))
    assert access.of("a" * 16) is screen
    assert access.of("a" * 15) is None


def test_every_wrong_line_is_said(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("short read\n7Hq2m0Zk4tWv9xRb chief\n7Hq2m0Zk4tWv9xRb\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_tokens(file)
    assert [(f.code, f.line) for f in error.value.faults] == [("RO-742", 1), ("RO-741", 2), ("RO-741", 3)]


@pytest.mark.parametrize("content", ["", "# nobody\n"])
def test_a_file_without_tokens_is_refused(tmp_path, content):
    file = tmp_path / "tokens"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="has no token"):
        read_tokens(file)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_tokens(tmp_path / "none")


def test_a_client_may_ask_at_its_rate():
    """Two at once and one a second: after the burst, half a second is too early, and a whole one is not."""
    rate = Rate(1.0, 2)
    assert [rate.wait_s("a", now) for now in (0.0, 0.0)] == [0, 0]
    assert rate.wait_s("a", 0.5) == pytest.approx(0.5)
    assert rate.wait_s("b", 0.5) == 0
    assert rate.wait_s("a", 1.0) == 0


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("desk", False)],
)
def test_what_others_can_reach_is_told_from_what_they_cannot(host, loopback):
    assert is_loopback(host) is loopback
