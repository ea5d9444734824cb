"""A Valkey server of one's own."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import valkey

from belljar.databases import ServerDied, ServerNotFound, ServerNotStarted, ValkeyServer

Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    """Give a running server to the tests that do not harm it."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def client(server: ValkeyServer) -> Iterator[valkey.Valkey]:
    """Give a client of it."""
    client = valkey.Valkey.from_url(server.url)
    yield client
    client.connection_pool.disconnect()


def test_it_holds_what_it_is_given_until_it_is_flushed(
    server: ValkeyServer, client: valkey.Valkey
) -> None:
    client.set("key", "value")
    assert client.get("key") == b"value"
    server.flush()
    assert client.get("key") is None


def test_it_keeps_nothing_on_disk_and_listens_on_no_port(client: valkey.Valkey) -> None:
    assert client.config_get("save") == {"save": ""}
    assert client.config_get("appendonly") == {"appendonly": "no"}
    assert client.config_get("port") == {"port": "0"}


def test_nobody_else_can_reach_its_socket(server: ValkeyServer) -> None:
    assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700


def test_stopping_leaves_neither_process_nor_folder(
    alive: Callable[[int], bool], tmp_path: Path
) -> None:
    log = tmp_path / "valkey.log"
    server = ValkeyServer(log=log, folder=tmp_path).start()
    pid = server.pid
    server.stop()
    server.stop()
    assert not alive(pid)
    assert list(tmp_path.iterdir()) == [log]
    assert "Ready to accept connections" in log.read_text()


def test_a_shot_server_is_told_with_its_last_lines(eventually: Eventually) -> None:
    with ValkeyServer() as server:
        server.check()
        os.kill(server.pid, signal.SIGKILL)
        eventually(lambda: server._running().returncode is not None)
        with pytest.raises(ServerDied, match=r"SIGKILL[\s\S]*Ready to accept connections"):
            server.flush()


def test_a_server_that_does_not_start_is_told_with_its_last_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "valkey-server"
    program.write_text("#!/bin/sh\necho no luck today; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("BELLJAR_VALKEY_BIN", str(tmp_path))
    with pytest.raises(ServerNotStarted, match=r"exit code 1[\s\S]*no luck today"):
        ValkeyServer().start()


def test_windows_is_told_of_the_alternative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ServerNotFound, match="BELLJAR_VALKEY_URL"):
        ValkeyServer().start()


def test_it_is_not_usable_before_its_start() -> None:
    server = ValkeyServer()
    assert repr(server) == "<ValkeyServer not started>"
    with pytest.raises(ServerNotStarted, match="use it in a `with`"):
        server.flush()
