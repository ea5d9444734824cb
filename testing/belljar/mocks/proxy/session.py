"""`Session`: what understands a protocol on one connection; `Wire`: what it may do there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from belljar.mocks.proxy.items import End
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["SESSIONS", "PlannedCall", "Session", "Wire"]

# What a fault plan knows a call by: its method, and its attributes.
PlannedCall = tuple[str, dict[str, str]]


class Wire(Protocol):
    """The two directions of a connection, behind the session."""

    def to_server(self, data: bytes, delay: float = 0.0) -> None:
        """Pass data to the server, after `delay` seconds; what comes behind it waits as well."""
        ...

    def to_client(self, data: bytes, delay: float = 0.0) -> None:
        """Pass data to the client, after `delay` seconds."""
        ...

    def end(self, how: End) -> None:
        """End the connection, once the client has what it was sent."""
        ...

    def note(self, toxic: Toxic, what: str) -> None:
        """Write into the record what happened by which toxic."""
        ...

    def hold(self) -> None:
        """Keep the connection though nothing more will come; it ends with the fault."""
        ...

    def planned(self, call: Callable[[], PlannedCall]) -> Sequence[Toxic]:
        """Return the toxics that a fault plan has for this call alone; `call` is asked if there is one."""
        ...

    def applies(self, toxic: Toxic) -> float | None:
        """Count a case of a toxic; return its throw of a die, from -1 to 1, or None: it is spared."""
        ...


class Session(Protocol):
    """Sees all data of both directions, and passes it on as toxics want it."""

    def from_client(self, data: bytes) -> None:
        """Take what the client sent."""
        ...

    def from_server(self, data: bytes) -> None:
        """Take what the server sent."""
        ...


Toxics = Callable[[], Sequence[Toxic]]

# By protocol: makes a session from its wire, the toxics of the moment, and whether the connection is
# new; one that isn't is joined between two messages, as far as can be seen.
SESSIONS: dict[str, Callable[[Wire, Toxics, bool], Session]] = {}
