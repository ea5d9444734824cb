"""What a ledger refuses, and what it could not remove.

DataError
└── LedgerError
    ├── LedgerRefused   this database was not allowed, or a row there can't be noted
    └── LedgerUnreadable  a ledger's file is no ledger
"""

from __future__ import annotations

from belljar.data.errors import DataError

__all__ = ["LedgerError", "LedgerRefused", "LedgerUnreadable", "LedgerWarning"]


class LedgerError(DataError):
    """Something is wrong with a ledger."""


class LedgerRefused(LedgerError):
    """The ledger does not work here: nobody allowed this database, or rows there have no key."""


class LedgerUnreadable(LedgerError):
    """A file is no ledger, or one of another version."""


class LedgerWarning(UserWarning):
    """Rows were left in a database that is not ours; they stay in the ledger."""
