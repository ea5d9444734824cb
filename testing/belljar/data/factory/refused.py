"""`told`: a database's refusal, said with the row, its values and the constraint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from belljar.data.errors import NotStored
from belljar.data.factory.refusing import shortened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["NotStored", "told"]

_SHOWN = 3


@contextmanager
def told(session: Session, made: list[Any]) -> Iterator[None]:
    """Turn the database's errors inside into `NotStored`; the session has to be rolled back, as always."""
    from sqlalchemy.exc import DBAPIError, StatementError

    try:
        yield
    except StatementError as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        raise _not_stored(error, made) from error


def _not_stored(error: Any, made: list[Any]) -> NotStored:
    cause = error.orig
    details = getattr(cause, "diag", None)
    constraint = getattr(details, "constraint_name", None)
    table = getattr(details, "table_name", None) or _table_in(error.statement)
    column = getattr(details, "column_name", None)
    words = str(getattr(details, "message_primary", None) or cause).strip()
    if detail := getattr(details, "message_detail", None):
        words += f" ({shortened(detail)})"
    rows = error.params if isinstance(error.params, list) else [error.params]
    if not rows or not isinstance(rows[0], dict | tuple | list):
        rows = [error.params]
    shown = "; ".join(_row(row) for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    name = f", constraint {constraint}" if constraint else ""
    one = made[0] if made else None
    title = type(one).__name__ if one is not None else "model"
    return NotStored(
        f"the database refuses a row of {table}{name}: {words}; the row: {shown}{more}",
        place=f"{table}.{column}" if column else str(table or title),
        fix="give the field that it is about a value, or its factory a source for it",
    )


def _row(row: Any) -> str:
    if isinstance(row, dict):
        return "{" + ", ".join(f"{name}={shortened(value)}" for name, value in row.items()) + "}"
    return "(" + ", ".join(map(shortened, row or ())) + ")"


def _table_in(statement: str | None) -> str | None:
    words = (statement or "").split()
    return words[2].strip('"') if len(words) > 2 and words[0].upper() == "INSERT" else None
