"""Bulk loading: related rows by the million, from the same factories, through COPY.

from belljar.data.bulk import bulk

bulk({CustomerFactory: 200_000, OrderFactory: 800_000}, into=engine)
"""

from __future__ import annotations

from belljar.data.bulk.errors import BulkFailed
from belljar.data.bulk.loading import bulk
from belljar.data.bulk.picking import Spread

__all__ = ["BulkFailed", "Spread", "bulk"]
