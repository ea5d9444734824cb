"""Ports that are taken before they are told, and folders short enough for a socket."""

from __future__ import annotations

import ipaddress
import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from belljar.processes import MAX_SOCKET_PATH, bind_socket, make_short_directory, short_directory


def test_a_bound_port_is_nobody_elses() -> None:
    with bind_socket() as mine:
        assert mine.getsockname()[0] == "127.0.0.1"
        assert os.get_inheritable(mine.fileno())
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(mine.getsockname())


def test_an_ipv6_address_works_where_there_is_one() -> None:
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with bind_socket("::1") as bound:
        assert bound.getsockname()[1] > 0


def test_a_host_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        bind_socket(str(ipaddress.IPv4Address(0xC0000201)))


def test_a_short_directory_is_private_and_removed() -> None:
    with short_directory() as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        (path / "inside").mkdir()
    assert not path.exists()


def test_a_long_temporary_folder_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TEST_TMPDIR may be longer than a socket's path."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with short_directory() as path:
        longest = path / ".s.PGSQL.65535.lock"
        assert len(os.fsencode(longest)) <= MAX_SOCKET_PATH
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(longest))


def test_no_place_at_all_says_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("belljar.processes.folders._candidates", lambda: [Path("/no/such/folder")])
    with pytest.raises(OSError, match=r"/no/such/folder \(no such file.*Set TMPDIR"):
        make_short_directory()
