"""Files in memory, and SQLite's among them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from belljar.doubles import DoubleError, FileSystem, NoSuchThing
from belljar.doubles.ledger import Ledger


@pytest.fixture
def fake(ledger: Ledger) -> Iterator[FileSystem]:
    files = FileSystem(ledger)
    files.install()
    yield files
    files.close()


@pytest.fixture
def real_folder(tmp_path: Path) -> Path:
    """A folder of the machine, with a file."""
    (tmp_path / "seen.txt").write_text("seen")
    return tmp_path


@pytest.fixture
def database(fake: FileSystem) -> Path:
    """A database with one row, closed."""
    path = Path("/data/shop.db")
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE items (name TEXT)")
    connection.execute("INSERT INTO items VALUES ('tea')")
    connection.commit()
    connection.close()
    return path


def rows(path: str | Path) -> list[tuple[str]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT name FROM items").fetchall()
    finally:
        connection.close()


def test_files_are_those_of_the_test(fake: FileSystem) -> None:
    fake.write("/etc/shop.toml", "currency = 'eur'")
    fake.folder("/var/empty")
    Path("/etc/out").write_bytes(b"x")
    assert Path("/etc/shop.toml").read_text() == "currency = 'eur'"
    assert fake.read("/etc/out") == b"x"
    assert fake.files("/etc") == ["/etc/out", "/etc/shop.toml"]
    with pytest.raises(NoSuchThing, match=r"'/etc/nothing'(?s:.*)valid: .*/etc/out"):
        fake.read("/etc/nothing")


def test_a_full_disk_and_a_forbidden_file_are_the_system_s_errors(fake: FileSystem) -> None:
    fake.write("/key", "secret")
    fake.forbid("/key")
    with pytest.raises(PermissionError):
        Path("/key").read_text()
    fake.full(after=10)
    with pytest.raises(OSError, match="No space left"):
        Path("/out").write_text("x" * 100)


def test_a_database_is_a_file_that_is_seen_and_persists(database: Path) -> None:
    assert database.exists()
    assert database.stat().st_size >= 8192
    assert os.path.getsize(database) == len(database.read_bytes())  # noqa: PTH202  # that it knows, too
    assert database.read_bytes().startswith(b"SQLite format 3")
    assert rows(database) == rows(str(database)) == [("tea",)]


def test_a_database_can_be_removed_and_is_empty_then(database: Path) -> None:
    database.unlink()
    assert not database.exists()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        rows(database)


def test_a_database_can_be_renamed_copied_and_written_as_bytes(database: Path) -> None:
    moved = database.rename("/data/moved.db")
    assert rows(moved) == [("tea",)]
    shutil.copy(moved, "/data/copy.db")
    assert rows("/data/copy.db") == [("tea",)]
    Path("/data/bytes.db").write_bytes(moved.read_bytes())
    assert rows("/data/bytes.db") == [("tea",)]
    moved.write_bytes(b"")
    assert moved.stat().st_size == 0
    assert not database.exists()


def test_two_connections_see_each_other_s_commits(database: Path) -> None:
    one, two = sqlite3.connect(database), sqlite3.connect(database)
    one.execute("INSERT INTO items VALUES ('milk')")
    assert len(two.execute("SELECT * FROM items").fetchall()) == 1
    one.commit()
    assert len(two.execute("SELECT * FROM items").fetchall()) == 2
    one.close()
    two.close()


def test_relative_paths_and_uris_are_of_the_files_in_memory(database: Path) -> None:
    os.chdir("/data")
    assert rows("shop.db") == [("tea",)]
    only = sqlite3.connect("file:/data/shop.db?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        only.execute("DELETE FROM items")
    only.close()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite3.connect("file:/data/none.db?mode=rw", uri=True)


def test_a_database_in_no_folder_or_one_that_is_none_is_sqlite_s_error(fake: FileSystem) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open database file"):
        sqlite3.connect("/nowhere/shop.db")
    fake.write("/text.db", "this is a text, and no database at all")
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        rows("/text.db")


def test_sqlalchemy_s_databases_are_there_too(database: Path) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO items VALUES ('milk')"))
    engine.dispose()
    assert rows(database) == [("tea",), ("milk",)]


def test_memory_is_no_file(fake: FileSystem) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE items (name TEXT)")
    connection.close()
    assert fake.files() == []


def test_attach_does_not_leave_the_files_in_memory(database: Path, ledger: Ledger) -> None:
    connection = sqlite3.connect(database)
    with pytest.raises(sqlite3.DatabaseError):
        connection.execute("ATTACH '/data/other.db' AS other")
    connection.close()
    assert "would open a file of the machine" in ledger.verdict()


def test_the_machine_s_files_are_back_at_the_end(ledger: Ledger, tmp_path: Path) -> None:
    before = sqlite3.connect
    files = FileSystem(ledger)
    files.install()
    assert not tmp_path.exists()
    sqlite3.connect("/shop.db").execute("CREATE TABLE items (name TEXT)")
    files.close()
    assert tmp_path.exists()
    assert sqlite3.connect is before
    assert not Path("/shop.db").exists()


def test_a_folder_of_the_machine_is_seen_when_it_is_told(
    real_folder: Path, fake: FileSystem
) -> None:
    assert not real_folder.exists()
    fake.real(real_folder)
    assert (real_folder / "seen.txt").read_text() == "seen"
    with pytest.raises(NoSuchThing, match=r"real\('/no/where'\): there is no such file"):
        fake.real("/no/where")


@pytest.mark.parametrize(
    "call",
    [
        lambda fake: fake.write("/a", None),
        lambda fake: fake.write("/folder", "text"),
        lambda fake: fake.folder("/file"),
        lambda fake: fake.full(after=-1),
        lambda fake: fake.files("/nowhere"),
        lambda fake: fake.forbid("/nowhere"),
    ],
)
def test_what_can_t_be_in_it_is_refused(
    fake: FileSystem, call: Callable[[FileSystem], object]
) -> None:
    fake.folder("/folder")
    fake.write("/file", "x")
    with pytest.raises(DoubleError, match=r"^filesystem\.(?s:.*)valid: (?s:.*)fix: "):
        call(fake)


def test_time_zones_are_there_and_no_file_of_the_test_s(fake: FileSystem) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert noon.utcoffset() == timedelta(hours=9)
    assert fake.files() == []
