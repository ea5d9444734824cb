"""`Plan`: how a proxy asks a fault plan; `Planned`: what it does with the toxics for one call alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from belljar.mocks.proxy.gate import Gate
from belljar.mocks.proxy.items import End
from belljar.mocks.proxy.link import Link
from belljar.mocks.proxy.session import PlannedCall, Wire
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["Beginning", "Gates", "NoiseSession", "Plan"]


class Beginning(NamedTuple):
    """What is planned for a new connection: refused, answered with `noise`, or passed through toxics."""

    refused: bool = False
    noise: bytes = b""
    toxics: Sequence[Toxic] = ()


class Plan(Protocol):
    """The plan at a boundary; asked in the proxy's thread."""

    @property
    def idle(self) -> bool:
        """Whether it has nothing planned, and nobody watches."""

    def beginning(self) -> Beginning:
        """Return what is planned for a new connection, if connections are its calls."""

    def during(self, method: str, attributes: dict[str, str]) -> Sequence[Toxic]:
        """Return the toxics for this statement or command."""


class Gates:
    """Toxics on the bytes of one connection that a plan has put there: for a call, or for all of it."""

    def __init__(self, plan: Plan | None, link: Callable[[str], Link]) -> None:
        self._plan = plan
        self._link = link
        self._there: list[tuple[Link, Gate]] = []

    @property
    def ends_with_them(self) -> bool:
        """Whether data is missing by now, so that the connection is of no use without them."""
        return any(gate.toxic.kind.name == "timeout" for _, gate in self._there)

    def put(self, toxic: Toxic) -> None:
        """Let what comes from now on go through this toxic."""
        gate = Gate(toxic)
        link = self._link(toxic.stream)
        self._there.append((link, gate))
        link.add_gate(gate)

    def remove(self) -> None:
        """Take them away; what they held back goes on."""
        there, self._there = self._there, []
        for link, gate in there:
            link.remove_gate(gate)

    def during(self, call: Callable[[], PlannedCall]) -> list[Toxic]:
        """Return the toxics of this call that the session is to apply; the others are put here."""
        if self._plan is None or (self._plan.idle and not self._there):
            return []
        self.remove()
        toxics = self._plan.during(*call())
        for toxic in toxics:
            if not toxic.kind.protocol:
                self.put(toxic)
        return [toxic for toxic in toxics if toxic.kind.protocol]


class NoiseSession:
    """Answers whatever comes with noise, and closes; nothing gets to the other side."""

    def __init__(self, wire: Wire, noise: bytes) -> None:
        self._wire = wire
        self._noise = noise
        self._said = False

    def from_client(self, data: bytes) -> None:
        """Take what the client sent."""
        self._say()

    def from_server(self, data: bytes) -> None:
        """Take what the server sent."""
        self._say()

    def _say(self) -> None:
        if not self._said:
            self._said = True
            self._wire.to_client(self._noise)
            self._wire.end(End.CLOSED)
