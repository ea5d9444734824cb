"""`TableRow`: a row of a Table that no class is mapped to: a dict that knows where it belongs."""

from __future__ import annotations

from typing import Any

__all__ = ["TableRow"]


class TableRow(dict[str, Any]):
    """A row, by its columns' keys."""

    def __init__(self, table: Any, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.table = table
        self.stored = False
