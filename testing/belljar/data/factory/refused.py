"""`told`: a database's refusal, said with the row, its values and the constraint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from belljar.data.errors import NotStored
from belljar.data.factory.refusing import shortened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["NotStored", "told"]

_SHOWN = 3
# How SQLAlchemy calls the values of several rows in one statement.
_NUMBER = re.compile(r"\w__\d+$")


@contextmanager
def told(session: Session, made: list[Any]) -> Iterator[None]:
    """Turn the database's errors inside into `NotStored`; the session has to be rolled back, as always."""
    from sqlalchemy.exc import DBAPIError, PendingRollbackError, StatementError

    try:
        yield
    except PendingRollbackError as error:
        raise NotStored(
            "the session's transaction has failed before, and takes nothing more",
            place="session",
            fix="session.rollback(), then create it",
        ) from error
    except UnicodeEncodeError as error:
        # A driver has no row to name: the text may be anywhere in it.
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise NotStored(
            f"a text has {half}, which is one half of a character: {shortened(error.object)}",
            place=type(made[0]).__name__ if made else "model",
            fix="give the field that it is about whole characters, or its factory a source for it",
        ) from error
    except StatementError as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise _unreachable(error) from error
        if error.statement is None:
            raise _unreachable(error) from error
        raise _not_stored(error, made) from error


def _unreachable(error: Any) -> NotStored:
    words = " ".join(str(error.orig).split())
    return NotStored(
        f"the database can't be reached: {words}",
        place="into",
        fix="look at its URL, and whether it runs",
    )


def _not_stored(error: Any, made: list[Any]) -> NotStored:
    cause = error.orig
    details = getattr(cause, "diag", None)
    constraint = getattr(details, "constraint_name", None)
    table = getattr(details, "table_name", None) or _table_in(error.statement)
    column = getattr(details, "column_name", None)
    words = str(getattr(details, "message_primary", None) or cause).strip()
    if detail := getattr(details, "message_detail", None):
        words += f" ({shortened(detail)})"
    rows = _rows(error.params)
    shown = "; ".join(_row(row) for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    name = f", constraint {constraint}" if constraint else ""
    one = made[0] if made else None
    title = type(one).__name__ if one is not None else "model"
    return NotStored(
        f"the database refuses a row of {table}{name}: {words}; the row: {shown}{more}",
        place=f"{table}.{column}" if column else str(table or title),
        fix=_fix(cause),
    )


def _fix(cause: Any) -> str:
    """What to do about it, by what kind of refusal it is."""
    state = str(getattr(cause, "sqlstate", None) or "")
    words = str(cause)
    if state == "42P01" or "no such table" in words:
        return "make the table before: a migration, or Base.metadata.create_all(engine)"
    if state == "42703" or "has no column named" in words:
        return "migrate the database: its table is not as the model is"
    if state == "42501":
        return "grant this user what it needs, or store as the table's owner"
    if state == "25P02":
        return "roll the transaction back: what failed in it before has ended it"
    if "is locked" in words:
        return "store it again when the other connection is done"
    return "give the field that it is about a value, or its factory a source for it"


def _rows(params: Any) -> list[Any]:
    """The rows of a statement: several in one have their number behind each name."""
    rows = params if isinstance(params, list) else [params]
    if not rows or not isinstance(rows[0], dict | tuple | list):
        rows = [params]
    found: list[Any] = []
    for row in rows:
        numbered = isinstance(row, dict) and row and all(_NUMBER.search(name) for name in row)
        if not numbered:
            found.append(row)
            continue
        parts: dict[int, dict[str, Any]] = {}
        for name, value in row.items():
            plain, _, number = name.rpartition("__")
            parts.setdefault(int(number), {})[plain] = value
        found += [parts[number] for number in sorted(parts)]
    return found


def _row(row: Any) -> str:
    if isinstance(row, dict):
        return "{" + ", ".join(f"{name}={shortened(value)}" for name, value in row.items()) + "}"
    return "(" + ", ".join(map(shortened, row or ())) + ")"


def _table_in(statement: str | None) -> str | None:
    words = (statement or "").split()
    return words[2].strip('"') if len(words) > 2 and words[0].upper() == "INSERT" else None
