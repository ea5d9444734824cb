"""`Loaded`: how many rows of each table were loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["Loaded"]


class Loaded(Mapping[str, int]):
    """Rows by table, in the order in which they were loaded."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, table: str) -> int:
        return self._rows[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<Loaded {', '.join(f'{table}: {rows}' for table, rows in self.items())}>"

    @property
    def total(self) -> int:
        """The rows of all tables together."""
        return sum(self._rows.values())
