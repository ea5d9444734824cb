"""`MigrationTests`: what is asked of every migration, and of all of them together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Literal

import pytest
from sqlalchemy import Engine, MetaData

from belljar.databases.errors import DatabaseError
from belljar.databases.migrations.catalog import Catalog, catalog, changes
from belljar.databases.migrations.differences import differences
from belljar.databases.migrations.history import History, Irreversible, StepFailed
from belljar.databases.migrations.states import Hook, States, Unreachable
from belljar.databases.migrations.survival import (
    Content,
    changed_values,
    content,
    dangling,
    losses,
)
from belljar.databases.store import Store

__all__ = ["MigrationTests"]


class MigrationTests:
    """The tests themselves; `alembic_tests` makes a subclass for each history."""

    history: ClassVar[History]
    metadata: ClassVar[MetaData | Sequence[MetaData]]
    on: ClassVar[Literal["postgres", "sqlite"]]
    irreversible: ClassVar[frozenset[str]]
    rows: ClassVar[dict[str, Hook]]
    empty_tables: ClassVar[frozenset[str]]
    may_lose: ClassVar[dict[str, Collection[str]]]
    exact_downgrades: ClassVar[bool]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test for each revision of those that ask for one."""
        if "revision" in metafunc.fixturenames:
            metafunc.parametrize("revision", self.history.revisions)

    @pytest.fixture(scope="class")
    @classmethod
    def states(cls, request: pytest.FixtureRequest) -> Iterator[States]:
        """Give databases at every revision, on a store of this class's own."""
        with _told():
            store = _store(cls.on, request)
        yield States(store, cls.history, cls.rows, cls.empty_tables)
        store.stop()

    def test_there_is_one_head(self) -> None:
        """Two people who add a revision at the same time make two: `upgrade head` then fails."""
        heads = self.history.heads()
        if len(heads) > 1:
            named = "".join(f"\n  {head}  {self.history.file(head)}" for head in heads)
            pytest.fail(
                f"the migrations have {len(heads)} heads:{named}\n"
                f'  fix: alembic merge -m "merge" {" ".join(heads)}',
                pytrace=False,
            )

    def test_upgrade(self, states: States, revision: str) -> None:
        """The revision runs on a database that has those before it."""
        with _told(), states.at(self.history.position(revision)) as engine:
            self.history.upgrade(engine, revision)

    def test_downgrade(self, states: States, revision: str) -> None:
        """It can be taken back, and then the schema is what it was before."""
        self._skip_irreversible(revision)
        with _told(), states.at(self.history.position(revision)) as engine:
            before = _catalog(engine)
            with _others():
                self.history.upgrade(engine, revision)
            try:
                self.history.downgrade(engine, revision)
            except Irreversible as error:
                pytest.skip(f"{revision} is irreversible, says its downgrade: {error}")
            found = changes(before, _catalog(engine), self.history.version_table)
        if found and self.exact_downgrades:
            _fail(f"the downgrade of {revision} runs, but does not bring the schema back", found)

    def test_models_equal_the_migrated_database(self, states: States) -> None:
        """Tables, columns, types, defaults, keys, indexes and named checks, in both directions."""
        with _told(), states.at(len(self.history.revisions)) as engine:
            found = differences(self.history, engine, self.metadata)
        if found:
            _fail("the models and the migrations disagree", found)

    def test_data_survives(self, states: States, revision: str) -> None:
        """Rows that were there before the revision are there after up, down and up."""
        position = self.history.position(revision)
        allowed = self.may_lose.get(revision, ())
        with _told(), states.at(position, with_rows=True) as engine:
            before = self._content(engine)
            self.history.upgrade(engine, revision)
            upgraded = self._content(engine)
            self._check(engine, revision, "the upgrade", losses(before, upgraded, allowed))
            if revision in self.irreversible:
                return
            try:
                self.history.downgrade(engine, revision)
            except Irreversible:
                return
            back = self._content(engine)
            lost = [
                *losses(before, back, allowed),
                *changed_values(before, upgraded, back, allowed),
            ]
            self._check(engine, revision, "upgrade and downgrade", lost)
            self.history.upgrade(engine, revision)
            again = self._content(engine)
            lost = list(losses(before, again, allowed))
            self._check(engine, revision, "upgrade, downgrade and upgrade", lost)

    def test_downgrade_to_base_leaves_nothing(self, states: States) -> None:
        """No table, type, sequence or function, except for the version table and extensions."""
        for revision in self.history.revisions:
            if revision in self.irreversible:
                pytest.skip(f"{revision} is listed as irreversible: base can't be reached")
        with _told(), states.at(0) as engine:
            before = _catalog(engine)
        with _told(), states.at(len(self.history.revisions)) as engine:
            for revision in reversed(self.history.revisions):
                try:
                    with _others():
                        self.history.downgrade(engine, revision)
                except Irreversible:
                    pytest.skip(f"{revision} is irreversible: base can't be reached")
            found = changes(before, _catalog(engine), self.history.version_table)
        if found:
            _fail("a downgrade to base does not leave the database as it was at first", found)

    def _skip_irreversible(self, revision: str) -> None:
        if revision in self.irreversible:
            pytest.skip(f"{revision} is listed as irreversible")

    def _content(self, engine: Engine) -> Content:
        with engine.connect() as connection:
            return content(connection, (self.history.version_table,))

    def _check(self, engine: Engine, revision: str, after: str, lost: Iterable[str]) -> None:
        with engine.connect() as connection:
            found = [*lost, *dangling(connection)]
        if found:
            _fail(
                f"data does not survive {revision}; after {after}",
                found,
                f'  if that is meant: may_lose={{"{revision}": ["TABLE" or "TABLE.COLUMN"]}}',
            )


def _fail(headline: str, lines: list[str], fix: str = "") -> None:
    listing = "".join(f"\n  {line}" for line in lines)
    pytest.fail(f"{headline}:{listing}{fix and chr(10)}{fix}", pytrace=False)


@contextmanager
def _told() -> Iterator[None]:
    """Tell what is wrong with migrations without a trace of our own code."""
    try:
        yield
    except Unreachable as error:
        raise pytest.skip.Exception(str(error)) from None
    except DatabaseError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@contextmanager
def _others() -> Iterator[None]:
    """Skip where another test tells already what is wrong."""
    try:
        yield
    except Irreversible:
        raise
    except StepFailed as error:
        headline = str(error).partition("\n")[0]
        raise pytest.skip.Exception(f"not reached: {headline}") from None


def _catalog(engine: Engine) -> Catalog:
    with engine.connect() as connection:
        return catalog(connection)


def _store(on: str, request: pytest.FixtureRequest) -> Store:
    if on == "sqlite":
        from belljar.databases.sqlite_store import SqliteStore

        return SqliteStore().start()
    from belljar.databases.postgres_store import PostgresStore

    return PostgresStore(request.getfixturevalue("postgres")).start()
