"""Servers that start from a prepared cluster, and when they do not."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.databases import BadCluster, PostgresServer, ServerNotStarted, find_postgres, prepared
from belljar.databases.archive import Stamp, pack, unpack
from belljar.databases.make_cluster import make_cluster
from belljar.databases.prepared import VARIABLE, prepared_cluster, stamp_of

Ask = Callable[[str, str], object]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no prepared clusters there")

# What every prepared cluster has, and no initdb ever gives.
IDENTIFIER = 946684800 << 32
ASK_IDENTIFIER = "SELECT system_identifier FROM pg_control_system()"
# Settings that name the server's own folder.
OWN_SETTINGS = (
    "'config_file', 'data_directory', 'hba_file', 'ident_file', 'unix_socket_directories'"
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a prepared cluster: the declared one under Bazel, else one made now."""
    if prepared.BESIDE.is_file():
        return prepared.BESIDE
    path = tmp_path_factory.mktemp("cluster") / "cluster.tar"
    make_cluster(path)
    return path


@pytest.fixture
def named(cluster: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name it in the environment."""
    monkeypatch.setenv(VARIABLE, str(cluster))
    return cluster


@pytest.fixture
def none_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Take away the declared one; give the place where another could lie."""
    monkeypatch.setattr(prepared, "BESIDE", tmp_path / "beside.tar")
    return tmp_path / "beside.tar"


def restamped(cluster: Path, tmp_path: Path, **changes: str | int) -> Path:
    """The same cluster, as another PostgreSQL would have made it."""
    unpack(cluster, tmp_path / "data")
    path = tmp_path / "foreign.tar"
    pack(tmp_path / "data", dataclasses.replace(stamp_of(find_postgres()), **changes), path)  # type: ignore[arg-type]  # by name
    return path


@pytest.mark.usefixtures("named")
def test_a_server_starts_from_the_named_one(ask: Ask) -> None:
    with PostgresServer() as server:
        assert ask(server.url, ASK_IDENTIFIER) == IDENTIFIER


def test_a_server_starts_from_the_one_beside_the_library(
    cluster: Path, none_beside: Path, ask: Ask
) -> None:
    none_beside.symlink_to(cluster)  # as in a test's runfiles
    with PostgresServer() as server:
        assert ask(server.url, ASK_IDENTIFIER) == IDENTIFIER


@pytest.mark.usefixtures("none_beside")
def test_without_one_a_server_runs_initdb(ask: Ask) -> None:
    with PostgresServer() as server:
        assert ask(server.url, ASK_IDENTIFIER) != IDENTIFIER


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("kind", ["durable", "tcp"])
def test_a_server_with_checksums_or_a_password_makes_its_own(ask: Ask, kind: str) -> None:
    with PostgresServer(durable=kind == "durable", tcp=kind == "tcp") as server:
        assert ask(server.url, ASK_IDENTIFIER) != IDENTIFIER


@pytest.mark.usefixtures("named")
def test_it_boots_as_after_a_clean_shutdown(tmp_path: Path) -> None:
    """No recovery, no repair: the log was reset and the checksums are right."""
    log = tmp_path / "postgres.log"
    with PostgresServer(log=log):
        pass
    text = log.read_text()
    assert "database system was shut down at 2000-01-01 00:00:00 UTC" in text
    assert "database system is ready to accept connections" in text
    for word in ("recover", "WARNING", "ERROR", "FATAL", "PANIC", "invalid", "corrupt"):
        assert word not in text


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT array_agg(name || '=' || setting ORDER BY name) FROM pg_settings "
        f"WHERE name NOT IN ({OWN_SETTINGS})",
        "SELECT array_agg(d::text ORDER BY d::text) FROM "
        "(SELECT datname, datcollate, datctype, datistemplate, datacl FROM pg_database) d",
        "SELECT array_agg(r::text ORDER BY r::text) FROM "
        "(SELECT rolname, rolsuper, rolpassword FROM pg_authid) r",
        "SELECT array_agg(h::text ORDER BY h::text) FROM "
        "(SELECT type, database, user_name, address, auth_method FROM pg_hba_file_rules) h",
        "SELECT array_agg(p::text ORDER BY p::text) FROM "
        "(SELECT proname, prosrc, proacl FROM pg_proc) p",
    ],
)
def test_it_is_what_initdb_makes(
    named: Path, none_beside: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask, query: str
) -> None:
    del named, none_beside
    with PostgresServer() as server:
        from_cluster = ask(server.url, query)
        monkeypatch.delenv(VARIABLE)
        with PostgresServer() as own:
            assert ask(own.url, query) == from_cluster


@pytest.mark.usefixtures("named")
def test_its_collations_are_the_same_on_every_machine(ask: Ask) -> None:
    kinds = "FROM pg_collation WHERE collprovider = 'c'"
    query = f"SELECT array_agg(collname::text ORDER BY collname) {kinds}"
    with PostgresServer() as server:
        assert ask(server.url, query) == ["C", "C.utf8", "POSIX"]


def test_two_servers_share_nothing_and_leave_it_as_it_was(named: Path, ask: Ask) -> None:
    before = hashlib.sha256(named.read_bytes()).hexdigest()
    with PostgresServer() as one, PostgresServer() as two:
        ask(one.url, "CREATE TABLE t (); CREATE ROLE r; CHECKPOINT; SELECT 1")
        assert ask(two.url, "SELECT to_regclass('t')") is None
        assert ask(two.url, "SELECT count(*) FROM pg_roles WHERE rolname = 'r'") == 0
        files = [
            {p.stat().st_ino for p in server.data_directory.rglob("*")} for server in (one, two)
        ]
        assert not files[0] & files[1]
    assert hashlib.sha256(named.read_bytes()).hexdigest() == before


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 12}, "PostgreSQL 12 made it, and .* has PostgreSQL"),
        ({"platform": "plan9-mips"}, "made on plan9-mips"),
        ({"catalog": "other"}, "other catalogs than the PostgreSQL"),
    ],
)
def test_another_postgres_ones_is_passed_over_with_a_line_in_the_log(
    cluster: Path,
    none_beside: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, str | int],
    why: str,
) -> None:
    restamped(cluster, tmp_path, **changes).rename(none_beside)
    with caplog.at_level(logging.WARNING):
        assert prepared_cluster(find_postgres()) is None
    assert f"running initdb, because of the prepared cluster {none_beside}" in caplog.text
    assert re.search(why, caplog.text)


def test_another_postgres_ones_that_was_named_is_an_error(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was meant; nothing else is taken in its stead."""
    path = restamped(cluster, tmp_path, version=12)
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(BadCluster, match=f"{VARIABLE} is {path}, but PostgreSQL 12 made it"):
        PostgresServer().start()


def test_a_named_one_that_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.tar"))
    with pytest.raises(BadCluster, match=f"{VARIABLE} is .*none.tar, but there is no such file"):
        PostgresServer().start()


def test_programs_that_nothing_is_known_of_run_initdb(
    cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's lie far from their catalogs."""
    known = stamp_of(find_postgres())
    monkeypatch.setattr(prepared, "stamp_of", lambda _: Stamp(known.version, "", known.platform))
    monkeypatch.setattr(prepared, "BESIDE", cluster)
    assert prepared_cluster(find_postgres()) is None


def test_a_broken_one_is_told_and_leaves_nothing(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not passed over: a build that is wrong has to be seen."""
    path = tmp_path / "cluster.tar"
    path.write_bytes(cluster.read_bytes()[:10_000_000])
    monkeypatch.setenv(VARIABLE, str(path))
    folder = tmp_path / "servers"
    folder.mkdir()
    with pytest.raises(BadCluster, match=r"broken: it ends in the middle of .*\n  fix: make it"):
        PostgresServer(folder=folder).start()
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("named")
def test_a_disk_that_is_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(archive: Path, folder: Path, before_databases: object) -> None:
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr("belljar.databases.unpacking.unpack", full)
    with pytest.raises(ServerNotStarted, match=r"could not be unpacked: .*No space left"):
        PostgresServer().start()
