"""`watched`: notes of what a SQLAlchemy session stores, written before each of its commits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import MANYTOMANY

from belljar.data.ledger.errors import LedgerRefused
from belljar.data.scenarios.errors import shortened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["Stored", "watched"]

_INSERTS = re.compile(r"^\s*(?:insert|copy|merge|with\b.*\binsert)\b", re.IGNORECASE | re.DOTALL)
# Table, columns and values of a key, and whether the database gave it.
Stored = tuple[str, tuple[str, ...], tuple[str, ...], bool]


@contextmanager
def watched(session: Session, note: Callable[[Any, list[Stored]], None]) -> Iterator[Session]:
    """Call `note` with the driver's connection and what was stored, before it is committed."""
    stored: list[Stored] = []
    asked: set[int] = set()
    flushing = False

    def before_flush(flushed: Session, *_: Any) -> None:
        nonlocal flushing
        flushing = True
        asked.clear()
        # Before: afterwards every object has a key.
        asked.update(id(one) for one in flushed.new if None in _key(one))

    def after_flush(flushed: Session, *_: Any) -> None:
        nonlocal flushing
        flushing = False
        for one in [*flushed.new, *flushed.dirty]:
            if one in flushed.new:
                mapper = inspect(one).mapper
                for table in mapper.tables:
                    columns = tuple(table.primary_key.columns)
                    values = tuple(str(_value(one, column)) for column in columns)
                    names = tuple(column.name for column in columns)
                    stored.append((_name(table), names, values, id(one) in asked))
            stored.extend(_links(one))

    def before_commit(committed: Session) -> None:
        committed.flush()
        if stored:
            note(committed.connection().connection.driver_connection, list(stored))
            stored.clear()

    def after_soft_rollback(*_: Any) -> None:
        nonlocal flushing
        flushing = False

    def before_cursor_execute(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not flushing and _INSERTS.search(statement):
            raise LedgerRefused(
                f"this is not noted: {shortened(statement)}",
                place="ledger",
                fix="add objects to the session, or use ledger.load and ledger.bulk",
            )

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", before_cursor_execute)
    event.listen(session, "after_soft_rollback", after_soft_rollback)
    event.listen(session, "before_flush", before_flush)
    event.listen(session, "after_flush", after_flush)
    event.listen(session, "before_commit", before_commit)
    try:
        yield session
    finally:
        event.remove(engine, "before_cursor_execute", before_cursor_execute)
        event.remove(session, "after_soft_rollback", after_soft_rollback)
        event.remove(session, "before_flush", before_flush)
        event.remove(session, "after_flush", after_flush)
        event.remove(session, "before_commit", before_commit)


def _key(one: Any) -> tuple[Any, ...]:
    return tuple(inspect(one).mapper.primary_key_from_instance(one))


def _links(one: Any) -> Iterator[Stored]:
    """Rows of tables that only connect others."""
    state = inspect(one)
    for relation in state.mapper.relationships:
        if relation.direction is not MANYTOMANY or relation.viewonly:
            continue
        for other in state.attrs[relation.key].history.added or ():
            values: dict[str, str] = {}
            pairs = [(one, relation.synchronize_pairs)]
            pairs.append((other, relation.secondary_synchronize_pairs))
            for owner, columns in pairs:
                for here, there in columns:
                    key = inspect(owner).mapper.get_property_by_column(here).key
                    values[there.name] = str(getattr(owner, key))
            # Without a key the table is refused when it is noted.
            names = tuple(c.name for c in relation.secondary.primary_key.columns) or tuple(values)
            if all(name in values for name in names):
                yield _name(relation.secondary), names, tuple(values[n] for n in names), False


def _name(table: Any) -> str:
    return f"{table.schema}.{table.name}" if table.schema else str(table.name)


def _value(one: Any, column: Any) -> Any:
    return getattr(one, inspect(one).mapper.get_property_by_column(column).key)
