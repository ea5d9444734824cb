"""The ledger: rows in a database that is not ours, noted before they are there, and removed again."""

from __future__ import annotations

from belljar.data.ledger.allowing import place_of
from belljar.data.ledger.errors import (
    LedgerError,
    LedgerRefused,
    LedgerUnreadable,
    LedgerWarning,
)
from belljar.data.ledger.ledger import Ledger
from belljar.data.ledger.removing import Removal

__all__ = [
    "Ledger",
    "LedgerError",
    "LedgerRefused",
    "LedgerUnreadable",
    "LedgerWarning",
    "Removal",
    "place_of",
]
