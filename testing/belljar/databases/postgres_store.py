"""`PostgresStore`: PostgreSQL as a store, over our own server or one that runs already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from belljar.databases.errors import DatabaseError
from belljar.databases.server import Postgres, import_psycopg, one_line
from belljar.databases.store import Clone, Escape, Fill, Template, lasting
from belljar.databases.urls import database_of

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["PostgresStore"]

SYSTEM = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
RELATIONS = f"""
    SELECT c.relkind::text, format('%I.%I', n.nspname, c.relname),
           md5(coalesce(string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
               a.attnotnull, pg_get_expr(d.adbin, d.adrelid)), ',' ORDER BY a.attnum), '')
               || coalesce(pg_get_indexdef(c.oid), ''))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'i') AND {SYSTEM}
    GROUP BY c.oid, c.relkind, n.nspname, c.relname
"""
KINDS = {"r": "table", "p": "table", "v": "view", "m": "view", "S": "sequence", "i": "index"}
SESSIONS = """
    SELECT coalesce(nullif(application_name, ''), 'unnamed'), coalesce(state, 'unknown'), count(*)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    GROUP BY 1, 2 ORDER BY 1, 2
"""
# What a clone is compared with: schema objects, rows of each table, values of each sequence.
State = dict[tuple[str, str], tuple[Any, ...]]


class PostgresStore:
    """Databases on one PostgreSQL server, which belongs to the store only if the store starts it.

    A clone takes about 10 ms, and so does a reset: PostgreSQL copies the database's files.
    """

    kind = "PostgreSQL"

    def __init__(self, server: Postgres | None = None) -> None:
        self._given = server
        self._own: AbstractContextManager[Postgres] | None = None
        self._server: Postgres | None = server
        self._made: set[str] = set()
        self._states: dict[str, State] = {}

    def __repr__(self) -> str:
        return f"<PostgresStore on {self._server!r}>"

    def start(self) -> Self:
        """Return this store; starts a server if none was given."""
        if self._server is None:
            from belljar.databases.postgres import PostgresServer

            own = PostgresServer()
            self._server, self._own = own.start(), own
        return self

    def template(self, fill: Fill, base: Template | None = None) -> Template:
        """Return what `fill(url)` makes of a new database, empty or a copy of `base`.

        Connections that it has left open are closed: nobody may be connected to what is cloned.
        """
        url = self._create(base)
        name = database_of(url)
        template = Template(self.kind, name, lambda: self._drop(url))
        try:
            fill(url)
            self._end_sessions(name)
        except BaseException:
            template.close()
            raise
        return template

    def clone(self, template: Template) -> Clone:
        """Return a database that is a copy of the template's."""
        url = self._create(template)
        name = database_of(url)
        return Clone(self.kind, name, url, template, lambda: self._drop(url))

    def reset(self, clone: Clone) -> None:
        """Drop the clone's database, whoever is connected, and copy it again."""
        server = self._running()
        server.drop_database(clone.url)
        server.create_database(clone.name, template=clone.template.name)

    def verify(self, clone: Clone) -> list[Escape]:
        """Return sessions that are left, and tables, sequences and schema objects that differ.

        It reads every row: for large tables use the proof of the fixture `database`.
        """
        expected = self._states.get(clone.template.name)
        if expected is None:
            # From a copy: nobody is ever connected to a template.
            with self.clone(clone.template) as fresh:
                expected = self._states[clone.template.name] = self._state(fresh.url)
        sessions = lasting(lambda: self._sessions(clone.url))
        return [*sessions, *_differences(expected, self._state(clone.url))]

    def stop(self) -> None:
        """Drop every clone and template, and end the server if the store has started it."""
        for url in list(self._made):
            self._drop(url)
        if self._own is not None:
            self._own.__exit__(None, None, None)
            self._own, self._server = None, self._given

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> Postgres:
        if self._server is None:
            raise DatabaseError("this PostgresStore is not started; use it in a `with`")
        return self._server

    def _create(self, source: Template | None) -> str:
        url = self._running().create_database(template=source.name if source else None)
        self._made.add(url)
        return url

    def _drop(self, url: str) -> None:
        if url in self._made:
            self._made.discard(url)
            self._states.pop(database_of(url), None)
            self._running().drop_database(url)

    def _end_sessions(self, name: str) -> None:
        self._ask(
            self._running().admin_url,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            name,
        )

    def _sessions(self, url: str) -> list[Escape]:
        rows = self._ask(url, SESSIONS)
        return [Escape("session", name, f"{count} {state}") for name, state, count in rows]

    def _ask(self, url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
        psycopg = import_psycopg()
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                rows: list[tuple[Any, ...]] = connection.execute(query, values or None).fetchall()
                return rows
        except psycopg.Error as error:
            self._running().check()
            raise DatabaseError(f"{database_of(url)}: {one_line(error)}") from None

    def _state(self, url: str) -> State:
        with import_psycopg().connect(url) as connection:
            return dict(_objects(connection))


def _objects(connection: Connection[Any]) -> Iterator[tuple[tuple[str, str], tuple[Any, ...]]]:
    for kind, name, definition in connection.execute(RELATIONS.encode()).fetchall():
        yield ("schema", f"{KINDS[kind]} {name}"), (definition,)
        if kind == "r":
            query = (
                f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM ONLY {name} t"
            )
        elif kind == "S":
            query = f"SELECT last_value, is_called FROM {name}"
        else:
            continue
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        yield ("rows" if kind == "r" else "sequence", name), tuple(row)


def _differences(expected: State, found: State) -> Iterator[Escape]:
    for what, where in sorted(expected.keys() | found.keys()):
        before, after = expected.get((what, where)), found.get((what, where))
        if before == after or (what != "schema" and (before is None or after is None)):
            continue  # rows of a table that is new or gone: the table itself is told
        if what == "rows" and before and after:
            detail = f"{after[0]} instead of {before[0]}" if before[0] != after[0] else "changed"
        elif what == "sequence" and before and after:
            detail = f"at {after[0]} instead of {before[0]}"
        else:
            detail = "new" if before is None else "gone" if after is None else "changed"
        yield Escape(what, where, detail)
