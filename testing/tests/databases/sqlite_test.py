"""SQLite's engines and URLs, and what only its store does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from belljar.databases import Clone, DatabaseError, SqliteStore
from belljar.databases.sqlite import connect, sqlite_engine, sqlite_uri

SCHEMA = "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (a int REFERENCES a)"


def migrate(url: str) -> None:
    with closing(connect(url)) as connection:
        connection.executescript(SCHEMA)


@pytest.fixture(params=[False, True], ids=["memory", "disk"])
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clone]:
    """Give a migrated database of both kinds."""
    with SqliteStore(on_disk=request.param, folder=tmp_path) as store:
        yield store.clone(store.template(migrate))


@pytest.fixture
def engine(clone: Clone) -> Iterator[Engine]:
    """Give an engine on it."""
    engine = sqlite_engine(clone.url)
    yield engine
    engine.dispose()


def test_several_connections_share_a_database(engine: Engine) -> None:
    """In memory too, and in threads of their own."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO a VALUES (1), (2)"))

    def count(_: int) -> object:
        with engine.connect() as connection:
            return connection.execute(text("SELECT count(*) FROM a")).scalar_one()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(count, range(8))) == {2}


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), engine.begin() as connection:
        connection.execute(text("INSERT INTO b VALUES (7)"))


def test_a_savepoint_is_undone_alone_and_a_transaction_with_its_ddl(engine: Engine) -> None:
    """Python's driver, left to itself, begins no transaction before a SAVEPOINT or a CREATE."""
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(text("CREATE TABLE c (n int)"))
        connection.execute(text("INSERT INTO a VALUES (1)"))
        with pytest.raises(LookupError), connection.begin_nested():
            connection.execute(text("INSERT INTO a VALUES (2)"))
            raise LookupError
        assert connection.execute(text("SELECT id FROM a")).scalars().all() == [1]
        outer.rollback()
        names = connection.execute(text("SELECT name FROM sqlite_schema")).scalars().all()
        assert sorted(names) == ["a", "b"]
        assert connection.execute(text("SELECT id FROM a")).scalars().all() == []


def test_what_was_read_in_a_transaction_stays_true_in_it(clone: Clone, engine: Engine) -> None:
    """Nobody can commit in between."""
    with engine.begin() as connection, closing(connect(clone.url, timeout=0)) as other:
        assert connection.execute(text("SELECT count(*) FROM a")).scalar_one() == 0
        other.execute("BEGIN")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO a VALUES (1)")
            other.commit()
        assert connection.execute(text("SELECT count(*) FROM a")).scalar_one() == 0


def test_autocommit_is_possible(clone: Clone, engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("INSERT INTO a VALUES (1)"))
        with closing(connect(clone.url)) as other:
            assert other.execute("SELECT count(*) FROM a").fetchone() == (1,)
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO a VALUES (2)"))
        connection.rollback()
        assert connection.execute(text("SELECT count(*) FROM a")).scalar_one() == 1


def test_a_template_is_taken_from_a_folder_that_nobody_may_write_to(tmp_path: Path) -> None:
    """As build outputs are; a journal beside it would need the right to."""
    folder = tmp_path / "built once"
    folder.mkdir()
    path = folder / "template.sqlite3"
    migrate(f"sqlite:///{path}")
    with closing(connect(f"sqlite:///{path}")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    before = path.read_bytes()
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        with SqliteStore() as store:
            clone = store.clone(store.open(path))
            with closing(connect(clone.url)) as connection:
                connection.execute("INSERT INTO a VALUES (1)")
                connection.commit()
    finally:
        folder.chmod(0o755)
    assert path.read_bytes() == before
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("content", [None, b"no database at all, " * 100])
def test_a_file_that_is_no_template_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.sqlite3"
    if content:
        path.write_bytes(content)
    message = "is not an SQLite database" if content else "there is no SQLite file"
    with SqliteStore() as store, pytest.raises(DatabaseError, match=message):
        store.open(path)


def test_a_journal_that_was_not_written_back_is_part_of_the_template(tmp_path: Path) -> None:
    def begin(url: str) -> None:
        with closing(connect(url)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    with SqliteStore(on_disk=True, folder=tmp_path) as store:
        clone = store.clone(store.template(migrate, store.template(begin)))
        with closing(connect(clone.url)) as connection:
            assert connection.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_a_clone_that_somebody_holds_is_not_reset(tmp_path: Path) -> None:
    """It says so: copying over an open transaction would wait for ever."""
    with SqliteStore() as store:
        clone = store.clone(store.template(migrate))
        with closing(connect(clone.url)) as connection:
            connection.execute("INSERT INTO a VALUES (1)")
            with pytest.raises(DatabaseError, match="has an open transaction"):
                store.reset(clone)
        store.reset(clone)


def test_a_row_that_was_there_before_is_an_escape_too() -> None:
    """Tables without a key may hold the same row twice."""

    def fill(url: str) -> None:
        with closing(connect(url)) as connection:
            connection.executescript("CREATE TABLE log (line text); INSERT INTO log VALUES ('x')")

    with SqliteStore() as store:
        clone = store.clone(store.template(fill))
        with closing(connect(clone.url)) as connection:
            connection.execute("INSERT INTO log VALUES ('x')")
            connection.commit()
        assert [str(e) for e in store.verify(clone)] == [
            "rows log: 1 new or changed, 0 gone or changed"
        ]


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("sqlite:////data/my file.db", "file:/data/my%20file.db"),
        ("sqlite:///file:/x?uri=true&vfs=memdb", "file:/x?vfs=memdb"),
        ("sqlite+aiosqlite:///a.db", "file:a.db"),
    ],
)
def test_urls_are_read_as_sqlite_opens_them(url: str, uri: str) -> None:
    assert sqlite_uri(url) == uri


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql:///x"])
def test_a_url_that_only_one_connection_sees_is_refused(url: str) -> None:
    with pytest.raises(DatabaseError, match="names no SQLite database that two connections"):
        sqlite_uri(url)


def test_a_closed_clone_is_told(tmp_path: Path) -> None:
    use: list[Callable[[Clone], object]]
    with SqliteStore() as store:
        clone = store.clone(store.template(migrate))
        clone.close()
        use = [store.reset, store.verify]
        for method in use:
            with pytest.raises(DatabaseError, match="it is closed, or another's"):
                method(clone)
