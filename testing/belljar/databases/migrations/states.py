"""`States`: databases at any position of a history, each made from the nearest one before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, inspect, make_url, text

from belljar.databases.errors import DatabaseError
from belljar.databases.migrations.history import History, StepFailed
from belljar.databases.migrations.rows import count, fill, reflected, schemas
from belljar.databases.store import Store, Template

__all__ = ["Hook", "NoRows", "States", "Unreachable", "engine_for"]

# Rows that are inserted at a revision: SQL statements, or a function of the connection.
Hook = Sequence[str] | Callable[[Connection], object]
# How many positions are kept as templates: tests go along the history.
KEPT = 3


class Unreachable(DatabaseError):
    """A revision before the one in question fails; that one's own test says how."""


class NoRows(DatabaseError):
    """No rows can be made for a table; the message says which, why, and how to give some."""


@dataclass
class States:
    """Templates of one store along one history: without rows, and with rows in every table."""

    store: Store
    history: History
    rows: Mapping[str, Hook]
    empty_tables: Collection[str]
    _kept: dict[tuple[bool, int], Template] = field(default_factory=dict)
    _failed: dict[tuple[bool, str], str] = field(default_factory=dict)

    @contextmanager
    def at(self, position: int, *, with_rows: bool = False) -> Iterator[Engine]:
        """Give a database with the first `position` revisions, for one test.

        Raises `Unreachable`, or `NoRows` for the last of these revisions.
        """
        with (
            self.store.clone(self._template(position, with_rows)) as clone,
            _engine(clone.url) as engine,
        ):
            yield engine

    def _template(self, position: int, with_rows: bool) -> Template:
        key = (with_rows, position)
        if key not in self._kept:
            known = [p for rows, p in self._kept if rows == with_rows and p < position]
            start = max(known, default=0)
            base = self._kept.get((with_rows, start))
            self._kept[key] = self.store.template(
                lambda url: self._advance(url, start, position, with_rows), base
            )
            for old in [k for k in self._kept if k[0] == with_rows][:-KEPT]:
                self._kept.pop(old).close()
        return self._kept[key]

    def _advance(self, url: str, start: int, position: int, with_rows: bool) -> None:
        with _engine(url) as engine:
            before = self._shapes(engine) if with_rows else {}
            for place in range(start, position):
                revision = self.history.revisions[place]
                problem = self._failed.get((with_rows, revision), "")
                if not problem:
                    try:
                        self.history.upgrade(engine, revision)
                    except StepFailed as error:
                        problem = str(error).partition("\n")[0]
                if not problem and with_rows:
                    after = self._shapes(engine)
                    changed = {name for name in after if after[name] != before.get(name)}
                    problem = self._fill(engine, place, changed)
                    if problem and place + 1 == position:
                        raise NoRows(problem)
                    before = after
                if problem:
                    self._failed[with_rows, revision] = problem
                    raise Unreachable(f"not reached: {problem.partition(chr(10))[0]}")

    def _fill(self, engine: Engine, place: int, changed: Collection[str]) -> str:
        """Give rows to the tables that this revision has changed; return what is wrong, or ''."""
        revision = self.history.revisions[place]
        with engine.begin() as connection:
            tables = self._tables(connection)
            before = {table.fullname: count(connection, table) for table in tables}
            _insert(connection, self.rows.get(revision, ()))
            wanted = [
                table
                for table in tables
                if table.fullname in changed and count(connection, table) == before[table.fullname]
            ]
            problems = fill(connection, wanted, 100 * (place + 1))
        for table, problem in problems.items():
            return (
                f"no row can be made for table {table} at revision {revision}: {problem}\n"
                f'  fix: give one, rows={{"{revision}": ["INSERT INTO {table} ..."]}}, or say that '
                f'it stays empty, empty_tables={{"{table}"}}'
            )
        return ""

    def _shapes(self, engine: Engine) -> dict[str, object]:
        """Return for each table what decides which rows fit."""
        with engine.connect() as connection:
            here = inspect(connection)
            return {
                f"{schema}.{table}" if schema else table: [
                    (column["name"], repr(column["type"]), column["nullable"]) for column in columns
                ]
                for place in schemas(connection)
                for (schema, table), columns in here.get_multi_columns(schema=place).items()
            }

    def _tables(self, connection: Connection) -> list[Table]:
        return reflected(connection, (self.history.version_table, *self.empty_tables))


def engine_for(url: str) -> Engine:
    """Return an engine without a pool, as migrations use it: SQLite checks no foreign keys then."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        from belljar.databases.sqlite import sqlite_engine

        engine = sqlite_engine(url, foreign_keys=False, poolclass=NullPool)
    else:
        engine = create_engine(made.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    return engine


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = engine_for(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _insert(connection: Connection, hook: Hook) -> None:
    if callable(hook):
        hook(connection)
    else:
        for statement in hook:
            connection.execute(text(statement.replace(":", "\\:")))
