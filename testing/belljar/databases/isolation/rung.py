"""`Rung`: what every step of the ladder gives a test, and `Findings`: what it tells afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection

    from belljar.databases.server import Postgres

__all__ = ["RUNGS", "Findings", "Leak", "Rung"]

# Cheapest first.
RUNGS = ("rollback", "schema", "template", "server")


@dataclass(frozen=True)
class Leak:
    """A connection that was still open at the end of its test, and the stack that opened it."""

    what: str
    opened_at: Sequence[tuple[str, int, str]]

    def __str__(self) -> str:
        lines = [f"{self.what}, opened at"]
        lines += [f"  {file}:{line} in {function}" for file, line, function in self.opened_at]
        return "\n".join(lines if self.opened_at else [self.what])


@dataclass(frozen=True)
class Findings:
    """What the end of a test has shown: `escaped` fails it, `leaks` are reported."""

    escaped: str = ""
    leaks: Sequence[Leak] = ()


class Rung(Protocol):
    """One test's database, however far it is from those of others."""

    @property
    def name(self) -> str:
        """Which rung it is, after a climb too."""

    @property
    def why(self) -> str:
        """Why it is this one; empty if it is the lowest, or was asked for."""

    @property
    def server(self) -> Postgres:
        """The server that it is on."""

    @property
    def url(self) -> str:
        """Its URL, for other connections and processes; a rung without one climbs or raises."""

    @property
    def pooled(self) -> bool:
        """Whether an engine may keep connections."""

    @property
    def private(self) -> bool:
        """Whether it is a database that nobody else uses, so that it can be replaced."""

    @property
    def shown_url(self) -> str:
        """Its URL, only to be looked at."""

    def connect(self) -> Connection[Any]:
        """Return a connection of this test."""

    async def connect_async(self) -> AsyncConnection[Any]:
        """Return an async connection of this test."""

    def mark(self, name: str) -> None:
        """Remember the present state."""

    def back_to(self, name: str) -> None:
        """Bring back a state that was remembered."""

    def quiesce(self) -> None:
        """Close what of ours would stand in the way of replacing the database."""

    def hold(self) -> str:
        """Make what the test committed visible to others; return the URL. For who looks at it."""

    def finish(self) -> Findings:
        """End it, after the test; return what was found."""
