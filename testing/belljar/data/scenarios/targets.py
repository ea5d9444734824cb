"""`opened`: one transaction on whatever a caller loads into.

Into a URL, an engine or a test's database: it is committed at the end. Into a connection or session: it is a
part of the transaction that is open there, whose owner commits it; on a psycopg or sqlite3
connection without one it is committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from belljar.data.errors import DataError
from belljar.data.scenarios.asking import ask

if TYPE_CHECKING:
    import psycopg

    Driver = psycopg.Connection[Any] | sqlite3.Connection

__all__ = ["BadTarget", "opened", "steady"]

_SAVEPOINT = "belljar_load"
# Read in this order, a date has its year first, or is refused.
_STEADY = {"TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres"}
_TAKEN = (
    "a URL (postgresql:// or sqlite:///), belljar's database fixtures, SQLAlchemy's Engine, Connection or "
    "Session, psycopg's or sqlite3's Connection"
)


class BadTarget(DataError):
    """Rows can't be loaded into this."""


@contextmanager
def opened(into: object) -> Iterator[Any]:
    """Give the driver's own connection in a transaction; an error rolls it back."""
    if isinstance(into, str):
        with _connected(into) as connection, _inside(connection):
            yield connection
    elif isinstance(into, sqlite3.Connection) or _is(into, "psycopg", "Connection"):
        with _inside(into) as connection:
            yield connection
    elif _is(into, "sqlalchemy", "Session"):
        session: Any = into
        session.flush()
        with _joined(session.connection()) as connection:
            yield connection
        session.expire_all()
    elif _is(into, "sqlalchemy", "Connection"):
        with _joined(into) as connection:
            yield connection
    elif _is(into, "sqlalchemy", "Engine"):
        engine: Any = into
        with engine.begin() as begun, _joined(begun) as connection:
            yield connection
    elif _is(into, "belljar", "Database") or _is(into, "belljar", "SqliteDatabase"):
        database: Any = into
        with closing(database.connect()) as connection, _inside(connection):
            yield connection
    else:
        asynchronous = type(into).__name__.startswith("Async")
        fix = "load needs a connection that is not async; use the engine or URL of that database"
        raise BadTarget(
            f"rows can't be loaded into {type(into).__module__}.{type(into).__qualname__}",
            fix=fix if asynchronous else f"give {_TAKEN}",
        )


def _is(value: object, package: str, name: str) -> bool:
    """Whether it is of such a class, without importing it: whose it is, has imported it."""
    return any(
        kind.__name__ == name and kind.__module__.startswith(package)
        for kind in type(value).__mro__
    )


def _connected(url: str) -> Any:
    """Return a connection that is closed at the end."""
    if url.startswith("sqlite"):
        from belljar.databases.sqlite import connect

        _, _, path = url.partition(":///")
        if path and ":memory:" not in path and "?" not in path and not Path(path).exists():
            raise BadTarget(
                f"there is no database {path}", fix="migrate it before, or mend the URL"
            )
        return closing(connect(url))
    if not url.startswith("postgres"):
        raise BadTarget("this is no URL that rows can be loaded into", fix=f"give {_TAKEN}")
    from belljar.databases.urls import libpq_url, redacted

    try:
        import psycopg
    except ImportError as error:
        raise BadTarget(
            f"loading into PostgreSQL needs psycopg, which cannot be imported ({error})",
            fix='add requirement("psycopg") to the deps',
        ) from None
    plain = libpq_url(url, "the URL to load into")
    try:
        return closing(psycopg.connect(plain, autocommit=True))
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        raise BadTarget(
            f"{redacted(plain)} can't be reached: {said}",
            fix="look at the URL, and whether it runs",
        ) from None


@contextmanager
def _joined(connection: Any) -> Iterator[Driver]:
    """Give the driver's connection of one of SQLAlchemy's, within its transaction."""
    driver = connection.connection.driver_connection
    if not (isinstance(driver, sqlite3.Connection) or _is(driver, "psycopg", "Connection")):
        kind = f"{connection.dialect.name}+{connection.dialect.driver}"
        raise BadTarget(
            f"rows can't be loaded through {kind}",
            fix="use postgresql+psycopg or sqlite, or give the database's URL",
        )
    with connection.begin_nested(), steady(driver):
        yield driver


@contextmanager
def _inside(connection: Any) -> Iterator[Driver]:
    if not isinstance(connection, sqlite3.Connection):
        with connection.transaction(), steady(connection):
            yield connection
        return
    connection.execute(f"SAVEPOINT {_SAVEPOINT}")
    try:
        yield connection
    except BaseException:
        connection.execute(f"ROLLBACK TO {_SAVEPOINT}")
        connection.execute(f"RELEASE {_SAVEPOINT}")
        raise
    connection.execute(f"RELEASE {_SAVEPOINT}")


@contextmanager
def steady(driver: Any) -> Iterator[None]:
    """Times without a zone are UTC's, and 01/02/2024 is none, whatever this session thinks."""
    if isinstance(driver, sqlite3.Connection):
        yield
        return
    before = [ask(driver, "SELECT current_setting(%s)", [name])[0][0] for name in _STEADY]
    _set(driver, _STEADY.values())
    yield  # a rollback sets them back by itself
    _set(driver, before)


def _set(driver: Any, values: Iterable[str]) -> None:
    pairs = [part for pair in zip(_STEADY, values, strict=True) for part in pair]
    calls = ", ".join("set_config(%s, %s, true)" for _ in _STEADY)
    ask(driver, f"SELECT {calls}", pairs)
