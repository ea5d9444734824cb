"""The seal: what this very test can reach, and what the runner says of it."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

import pytest

from belljar.fence import current
from belljar.runner.seal import Seal, inspect

SANDBOXED = os.environ.get("BELLJAR_SEAL_SEEN", "").startswith("sealed")


def test_outside_bazel_a_test_is_open() -> None:
    """Nothing is assumed of a sandbox that is not there."""
    assert inspect(sandboxed=False).level == "open"


@pytest.mark.skipif(
    not SANDBOXED, reason="says what a sealed target can't reach; plain pytest is open"
)
def test_what_is_called_sealed_is_cut_off_and_private() -> None:
    """Network, file system, engine and scratch folders: each tried, not looked up."""
    # Documentation's own network (RFC 5737); a datagram socket's connect looks for a route and sends nothing.
    elsewhere = str(ipaddress.IPv4Address(0xC0000201))
    with (
        socket.socket(type=socket.SOCK_DGRAM) as client,
        pytest.raises(OSError, match="unreachable"),
    ):
        client.connect((elsewhere, 9))
    # The fence has seen that, and would fail this test for it.
    assert [breach.address for breach in current().breaches()] == [f"{elsewhere}:9"]
    with pytest.raises(OSError, match="Read-only"):
        Path("/usr/belljar").write_text("", encoding="utf-8")
    assert not Path("/run/docker.sock").exists()
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    for folder in ("/tmp", "/dev/shm", "/run"):
        assert f" {folder} rw" in mounts


@pytest.mark.skipif(
    not SANDBOXED, reason="plants what weakens a seal, which plain pytest does not have"
)
def test_what_weakens_a_seal_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine's socket, or its address, makes it partial."""
    assert inspect(sandboxed=True).level == "sealed"
    engine = Path("/run/docker.sock")
    engine.touch()
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine")
    try:
        seal = inspect(sandboxed=True)
    finally:
        engine.unlink()
    assert seal.level == "partial"
    assert "/run/docker.sock" in str(seal)
    assert "DOCKER_HOST" in str(seal)


def test_a_fence_with_a_gap_makes_a_sealed_test_partial() -> None:
    """What was weaker stays so, and names the gap, too."""
    sealed = Seal("sealed", ())
    assert str(sealed.lacking("fence off")) == "partial (fence off)"
    assert str(Seal("open", ("network",)).lacking("fence off")) == "open (network; fence off)"
    assert sealed.lacking("") is sealed
