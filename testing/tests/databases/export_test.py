"""Databases as files, and files as databases."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from belljar.databases import (
    BadExport,
    ClientMissing,
    PostgresServer,
    binaries,
    clients,
    dumps,
    export,
    find_postgres,
    import_,
)
from belljar.databases.archive import pack, read_stamp, unpack
from belljar.databases.clients import without_password

Ask = Callable[[str, str], object]

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="no packed data directories there")
DATABASES = "SELECT array_agg(datname::text ORDER BY datname) FROM pg_database"
LOOK = "SELECT string_agg(name || '=' || price, ' ' ORDER BY id) FROM shop.things"


@pytest.fixture(scope="module")
def url(server: PostgresServer) -> str:
    """Give a database with a schema, two rows and a sequence."""
    url = server.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE ROLE clerk")
        connection.execute("CREATE SCHEMA shop")
        connection.execute(
            "CREATE TABLE shop.things (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, "
            "name text NOT NULL, price numeric(9, 2) CHECK (price > 0))"
        )
        connection.execute("GRANT SELECT ON shop.things TO clerk")
        connection.execute("INSERT INTO shop.things (name, price) VALUES ('Süßes', 1), ('nail', 2)")
    return url


@pytest.fixture
def fresh() -> object:
    """Give another server, where nothing of the first one's roles is known."""
    with PostgresServer() as server:
        yield server


@pytest.mark.parametrize("suffix", [".sql", ".dump", pytest.param(".tar", marks=posix_only)])
def test_a_database_comes_back_from_a_file(
    url: str, fresh: PostgresServer, tmp_path: Path, ask: Ask, suffix: str
) -> None:
    path = tmp_path / "new" / f"shop{suffix}"
    export(url, path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    copy = import_(fresh, path, "copy")
    assert copy.startswith("postgresql://") and "/copy" in copy
    assert ask(copy, LOOK) == "Süßes=1.00 nail=2.00"
    assert ask(copy, "INSERT INTO shop.things (name) VALUES ('third') RETURNING id") == 3
    with pytest.raises(psycopg.errors.CheckViolation):
        ask(copy, "INSERT INTO shop.things (name, price) VALUES ('gift', 0) RETURNING id")


def test_only_what_is_committed_is_exported_while_others_work(
    url: str, server: PostgresServer, tmp_path: Path, ask: Ask
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO shop.things (name, price) VALUES ('unsaid', 9)")
        export(url, tmp_path / "shop.dump")
        connection.rollback()
    assert ask(import_(server, tmp_path / "shop.dump"), LOOK) == "Süßes=1.00 nail=2.00"


def test_a_plain_dump_can_be_read(url: str, tmp_path: Path) -> None:
    export(url, tmp_path / "shop.sql")
    assert "1\tSüßes\t1.00" in (tmp_path / "shop.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["shop", "shop.zip"])
def test_the_suffix_says_what_it_is(
    url: str, server: PostgresServer, tmp_path: Path, name: str
) -> None:
    for act in (lambda: export(url, tmp_path / name), lambda: import_(server, tmp_path / name)):
        with pytest.raises(BadExport, match=r"\.sql \(plain dump\), \.dump .* or \.tar"):
            act()


@pytest.mark.parametrize("suffix", [".sql", ".dump", ".tar"])
def test_a_file_that_is_not_there_is_said(
    server: PostgresServer, tmp_path: Path, suffix: str
) -> None:
    with pytest.raises(BadExport, match=f"there is no file .*gone{suffix}"):
        import_(server, tmp_path / f"gone{suffix}")


@pytest.mark.parametrize("suffix", [".sql", ".dump"])
def test_a_broken_dump_leaves_nothing_on_the_server(
    url: str, server: PostgresServer, tmp_path: Path, ask: Ask, suffix: str
) -> None:
    path = tmp_path / f"shop{suffix}"
    export(url, path)
    before = ask(server.url, DATABASES)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\nCREATE nonsense;")
    with pytest.raises(BadExport, match=f"shop{suffix} could not be loaded: "):
        import_(server, path)
    path.write_bytes(b"")
    with pytest.raises(BadExport, match="is not a dump"):
        import_(server, path)
    assert ask(server.url, DATABASES) == before


def test_an_export_that_fails_leaves_no_file(server: PostgresServer, tmp_path: Path) -> None:
    gone = server.create_database()
    server.drop_database(gone)
    with pytest.raises(BadExport, match="does not exist"):
        export(gone, tmp_path / "gone.dump")
    assert not list(tmp_path.iterdir())


@posix_only
def test_a_data_directory_of_another_version_is_refused(
    url: str, server: PostgresServer, tmp_path: Path
) -> None:
    export(url, tmp_path / "shop.tar")
    stamp = read_stamp(tmp_path / "shop.tar")
    unpack(tmp_path / "shop.tar", tmp_path / "data")
    other = tmp_path / "other.tar"
    for changes, said in (
        ({"version": 99}, f"of PostgreSQL 99 for .*, and here is PostgreSQL {stamp.version} for"),
        ({"platform": "amiga-m68k"}, "for amiga-m68k, and here"),
        ({"catalog": "0"}, "of another build"),
    ):
        pack(tmp_path / "data", replace(stamp, **changes), other)
        with pytest.raises(BadExport, match=rf"{said}(?s:.*)fix: use a dump"):
            import_(server, other)


def test_a_dump_of_a_newer_server_is_named_as_such(
    url: str, server: PostgresServer, tmp_path: Path
) -> None:
    path = tmp_path / "shop.sql"
    export(url, path)
    text = path.read_text(encoding="utf-8")
    text = text.replace("Dumped from database version ", "Dumped from database version 9")
    path.write_text(text + "\nSET unheard_of = 1;\n", encoding="utf-8")
    with pytest.raises(BadExport, match=r"made by PostgreSQL 9\d\d?, and here is PostgreSQL"):
        import_(server, path)


@pytest.mark.parametrize("suffix", [".sql", ".dump"])
def test_a_dump_says_which_version_it_is_of(
    url: str, server: PostgresServer, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"shop{suffix}"
    export(url, path)
    assert dumps.dumped_version(path) == binaries.postgres_version(find_postgres())
    path.write_bytes(path.read_bytes()[:8])
    assert dumps.dumped_version(path) is None


def test_missing_programs_are_said(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("initdb", "postgres"):
        shutil.copy(os.devnull, folder / f"{name}{binaries.SUFFIX}")
    monkeypatch.setenv("BELLJAR_POSTGRES_BIN", str(folder))
    with pytest.raises(
        ClientMissing, match=r"has initdb but no pg_dump(?s:.*)BELLJAR_POSTGRES_BIN"
    ):
        export(url, tmp_path / "shop.dump")


def test_an_older_pg_dump_says_what_to_do(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def old(*_: object, **__: object) -> None:
        raise clients.ClientFailed("pg_dump: error: aborting because of server version mismatch")

    monkeypatch.setattr("belljar.databases.exporting.run_client", old)
    with pytest.raises(
        BadExport, match=r"version mismatch\n  fix: name the programs of the server"
    ):
        export(url, tmp_path / "shop.dump")


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("postgresql://me:p%40ss@host:5/db?sslmode=off", "postgresql://me@host:5/db?sslmode=off"),
        ("postgresql://me@/db?host=/a/b&password=p%40ss", "postgresql://me@/db?host=/a/b"),
    ],
)
def test_no_password_is_seen_in_a_list_of_processes(url: str, plain: str) -> None:
    assert without_password(url) == (plain, "p@ss")
