"""`fix_of`: what to do about an error of PostgreSQL's that is about no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

__all__ = ["fix_of"]

# By SQLSTATE, or by its class.
_FIXES = {
    "0A000": "load as the table's owner, or create the rows one by one",
    "23502": "write a value",
    "23514": "change the row, or make a partition for it",
    "25006": "load where this user may write",
    "42501": "grant this user what it needs, or load as the tables' owner",
    "42P01": "migrate the database before",
    "53": "free what the server is short of",
    "55P03": "end the session that holds the lock",
    "57014": "load again, or raise the server's statement_timeout",
    "57P": "load again when the server is back",
    "08": "load again when the server is back",
}


def fix_of(error: psycopg.Error) -> str:
    """Return it; empty where nothing can be said."""
    state = error.sqlstate or ("08" if _lost(error) else "")
    return next((_FIXES[state[:n]] for n in (5, 3, 2) if state[:n] in _FIXES), "")


def _lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone: then there is no state."""
    return type(error).__name__ in ("OperationalError", "InterfaceError")
