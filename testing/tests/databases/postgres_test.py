"""A PostgreSQL server of one's own: started, used, ended."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy

from belljar.databases import (
    PostgresServer,
    ServerDied,
    ServerNotStarted,
    find_postgres,
    launching,
    postgres,
)
from belljar.processes import (
    CommandNotStarted,
    Process,
    UserNamespaceRefused,
    bind_socket,
    start_process,
)

Ask = Callable[[str, str], object]
Eventually = Callable[[Callable[[], object]], None]

as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root needs to be somebody else"
)


def test_its_url_works_with_psycopg_and_sqlalchemy(server: PostgresServer, ask: Ask) -> None:
    assert ask(server.url, "SELECT 1") == 1
    engine = sqlalchemy.create_engine(server.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT 2")) == 2
    engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("max_connections", "200"),
        ("shared_buffers", "32MB"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("dynamic_shared_memory_type", "mmap"),
        ("default_statistics_target", "100"),
        ("listen_addresses", ""),
    ],
)
def test_its_settings_are_for_tests(
    server: PostgresServer, ask: Ask, setting: str, value: str
) -> None:
    assert ask(server.url, f"SHOW {setting}") == value


def test_text_sorts_by_code_point_whatever_the_machine_says(
    server: PostgresServer, ask: Ask
) -> None:
    query = "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b','B','ä','a']) x"
    assert ask(server.url, query) == "Babä"
    assert ask(server.url, "SELECT upper('ä')") == "Ä"


def test_nobody_else_can_reach_its_socket_or_data(server: PostgresServer) -> None:
    folder = server.data_directory.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert urlsplit(server.url).query == f"host={folder}"


def test_given_settings_win(ask: Ask, tmp_path: Path) -> None:
    settings = {"max_connections": "17", "application_name": "it's\\me"}
    with PostgresServer(settings=settings, durable=True, folder=tmp_path) as server:
        assert ask(server.url, "SHOW max_connections") == "17"
        assert ask(server.url, "SHOW application_name") == "it's\\me"
        assert ask(server.url, "SHOW fsync") == "on"
        assert ask(server.url, "SHOW data_checksums") == "on"
        assert tmp_path in server.data_directory.parents


def test_a_setting_it_does_not_know_is_told_by_its_last_lines() -> None:
    with pytest.raises(ServerNotStarted, match='unrecognized configuration parameter "nonsense"'):
        PostgresServer(settings={"nonsense": "1"}).start()


def test_tcp_has_a_fresh_password_which_is_never_shown(ask: Ask, tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    with PostgresServer(tcp=True, log=log) as server:
        assert ask(server.url, "SELECT inet_server_addr()::text") == "127.0.0.1/32"
        password = urlsplit(server.url).password or ""
        assert len(password) >= 20
        assert password not in repr(server)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            ask(server.url.replace(password, "wrong"), "SELECT 1")
        assert not list(server.data_directory.parent.glob("*password*"))
    assert password not in log.read_text()


def test_a_port_that_is_taken_meanwhile_is_tried_with_another(
    monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    with bind_socket() as taken:
        taken.listen()
        answers = iter([taken.dup(), bind_socket()])
        monkeypatch.setattr(postgres, "bind_socket", lambda: next(answers))
        with PostgresServer(tcp=True) as server:
            assert ask(server.url, "SELECT 1") == 1
            assert urlsplit(server.url).port != taken.getsockname()[1]


def test_stopping_leaves_neither_process_nor_folder(
    alive: Callable[[int], bool], tmp_path: Path
) -> None:
    server = PostgresServer(folder=tmp_path).start()
    pid = server.pid
    server.stop()
    server.stop()
    assert not alive(pid)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ServerNotStarted, match="use it in a `with`"):
        _ = server.url


def test_a_server_is_started_once(server: PostgresServer) -> None:
    with pytest.raises(ServerNotStarted, match="started before"):
        server.start()


def test_a_shot_server_is_told_with_its_last_lines(
    tmp_path: Path, eventually: Eventually, ask: Ask
) -> None:
    log = tmp_path / "postgres.log"
    with PostgresServer(log=log) as server:
        server.check()
        ask(server.url, "DO $$ BEGIN RAISE LOG 'famous last words'; END $$; SELECT 1")
        os.kill(server.pid, signal.SIGKILL)
        eventually(lambda: server._running().returncode is not None)
        with pytest.raises(ServerDied, match="SIGKILL") as caught:
            server.check()
        assert "famous last words" in str(caught.value)
        assert str(log) in str(caught.value)
        with pytest.raises(ServerDied):
            server.create_database()
        pid = server.pid
    shared = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    assert pid not in [int(line.split()[4]) for line in shared]


def test_a_long_folder_gets_a_short_one_for_the_socket(ask: Ask, tmp_path: Path) -> None:
    """TEST_TMPDIR may be longer than a socket's path, and /dev/shm too small."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    with PostgresServer(folder=long) as server:
        assert ask(server.url, "SELECT 1") == 1
        sockets = Path(urlsplit(server.url).query.removeprefix("host="))
        assert sockets != server.data_directory.parent
    assert not sockets.exists()
    assert list(long.iterdir()) == []


@as_root
def test_root_without_user_namespaces_becomes_nobody(
    monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    def refusing(*args: object, user_namespace: bool = False, **more: object) -> Process:
        if user_namespace:
            raise UserNamespaceRefused("PostgreSQL was not started: no user namespace for it.")
        return start_process(*args, **more)  # type: ignore[arg-type]  # passed on as they came

    if "4294967295" not in Path("/proc/self/uid_map").read_text():
        pytest.skip("this root is one only inside a user namespace, and may not become nobody")
    if not _readable_by_others(find_postgres()):
        pytest.skip("the wheels of this root are hidden from others")
    monkeypatch.setattr(launching, "start_process", refusing)
    with PostgresServer() as server:
        assert ask(server.url, "SELECT 1") == 1
        assert Path(f"/proc/{server.pid}").stat().st_uid == 65534
        folder = server.data_directory.parent
    assert not folder.exists()


@as_root
def test_root_for_whom_nothing_works_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refusing(*args: object, user_namespace: bool = False, **more: object) -> Process:
        kind = UserNamespaceRefused if user_namespace else CommandNotStarted
        raise kind("not permitted")

    monkeypatch.setattr(launching, "start_process", refusing)
    with pytest.raises(ServerNotStarted, match=r"refuses to run as root.*\n.*\n.*\n  fix: run"):
        PostgresServer().start()


def _readable_by_others(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))
