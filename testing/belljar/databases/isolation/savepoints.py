"""`Savepoints`: snapshots inside a transaction, in microseconds; nested, as savepoints are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from belljar.databases.isolation.errors import IsolationTooWeak
from belljar.databases.isolation.sequences import Sequence, values_of

if TYPE_CHECKING:
    from belljar.databases.isolation.outer import Outer

__all__ = ["Savepoints"]


class Savepoints:
    """Named states of one test on the rung `rollback`."""

    def __init__(self, outer: Outer) -> None:
        self._outer = outer
        self._taken: dict[str, dict[int, Sequence]] = {}

    def take(self, name: str) -> None:
        """Remember the present state. A transaction that is open would be cut in two: refused."""
        self._settle("taken")
        if not self._outer.begun:
            self._outer.command(b"SELECT")
        # A rollback does not take back what they have given.
        self._taken[name] = values_of(self._outer.raw)
        self._outer.command(f"SAVEPOINT {_quoted(name)}".encode())
        self._outer.marked = True

    def restore(self, name: str) -> None:
        """Bring that state back; later ones are forgotten, and it can be brought back again."""
        self._settle("restored")
        self._outer.command(f"ROLLBACK TO {_quoted(name)}".encode())
        then = self._taken[name]
        for oid, now in values_of(self._outer.raw).items():
            was = then.get(oid, now)
            if was != now:
                values = f"{oid}::regclass, {was.last}, {was.called}"
                self._outer.command(f"SELECT setval({values})".encode())
        names = list(self._taken)
        for later in names[names.index(name) + 1 :]:
            del self._taken[later]

    def _settle(self, what: str) -> None:
        if self._outer.stack:
            raise IsolationTooWeak(
                f"a snapshot can't be {what} while a transaction is open; commit it, roll it back "
                "or close its session first"
            )


def _quoted(name: str) -> str:
    return '"belljar_snapshot_' + name.replace('"', '""') + '"'
