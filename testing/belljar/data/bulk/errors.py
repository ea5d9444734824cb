"""`BulkFailed`: rows that could not be made or loaded; nothing of them is there."""

from __future__ import annotations

from belljar.data.errors import CannotMeet

__all__ = ["BulkFailed"]


class BulkFailed(CannotMeet):
    """Rows could not be made or loaded in bulk; the transaction was rolled back."""
