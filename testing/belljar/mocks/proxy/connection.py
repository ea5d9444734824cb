"""`Connection`: a client, its upstream, and the two links between them."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress

from belljar.mocks.proxy.gate import Gate
from belljar.mocks.proxy.items import End, Item
from belljar.mocks.proxy.link import Link
from belljar.mocks.proxy.planned import Beginning, Gates, NoiseSession, Plan
from belljar.mocks.proxy.session import SESSIONS, PlannedCall, Session
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["Connection", "reset"]

# On, for no seconds: closing sends a reset, and drops what was not sent.
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


def reset(one: socket.socket) -> None:
    """Close a socket with a reset, where there is one: a Unix socket just ends."""
    if one.family != getattr(socket, "AF_UNIX", None):
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    one.close()


class Connection:
    """Owns both sockets: they are closed when both directions ended, or one ended everything."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        client: socket.socket,
        server: socket.socket,
        number: int,
        toxics: Sequence[Toxic],
        protocol: str,
        on_closed: Callable[[Connection], None],
        on_note: Callable[[Connection, Toxic, str], None],
        plan: Plan | None = None,
        beginning: Beginning | None = None,
    ) -> None:
        self.number = number
        self._loop = loop
        self._client = client
        self._server = server
        self._toxics = toxics
        self._on_closed = on_closed
        self._on_note = on_note
        self._session: Session | None = None
        self._cases: dict[Toxic, float | None] = {}
        self._delayed = {"upstream": 0.0, "downstream": 0.0}
        self._turns = False
        self._answered = True
        self._held = False
        self._planned = Gates(plan, lambda stream: self._links[stream])
        self._beginning = beginning or Beginning()
        self._finished = 0
        self.closed = False
        for one in (client, server):
            if one.family != getattr(socket, "AF_UNIX", None):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._links = {
            "upstream": Link(loop, client, server, self, self._gates("upstream")),
            "downstream": Link(loop, server, client, self, self._gates("downstream")),
        }
        self._watch_turns()
        if self._beginning.noise:
            self._session = NoiseSession(self, self._beginning.noise)
        else:
            self.speak(protocol, new=True)

    def start(self) -> None:
        """Begin to pass data."""
        for toxic in self._beginning.toxics:
            self._planned.put(toxic)
        for link in self._links.values():
            link.start()

    @property
    def passed(self) -> dict[str, int]:
        """Bytes that came, by direction."""
        return {stream: link.passed for stream, link in self._links.items()}

    # Toxics

    def speak(self, protocol: str, *, new: bool = False) -> None:
        """Understand a protocol from now on."""
        if protocol and not self._session:
            self._session = SESSIONS[protocol](self, lambda: self._toxics, new)

    def let_go(self) -> None:
        """Be rid of what a plan has done here; a connection that was spoilt by it ends."""
        if self._held or self._planned.ends_with_them:
            self.end_now(End.RESET)
        else:
            self._planned.remove()

    def add(self, toxic: Toxic) -> None:
        """Let a toxic happen here too."""
        if toxic.kind.protocol:
            return  # the session asks for it
        gate = Gate(toxic)
        if gate.active or toxic.per_request:
            self._links[toxic.stream].add_gate(gate)
            self._watch_turns()
            self._noted(gate)

    def changed(self, toxic: Toxic) -> None:
        """A toxic has other attributes now: count anew whether it happens here."""
        self.forget(toxic)
        gate = self._gate(toxic)
        if gate and gate.active:
            self._links[toxic.stream].restart_gate(gate)
        elif not gate:
            self.add(toxic)

    def remove(self, toxic: Toxic) -> None:
        """Be rid of a toxic."""
        self.forget(toxic)
        gate = self._gate(toxic)
        if not gate:
            return
        if gate.active and toxic.kind.name == "timeout":
            # Data is missing by now: what waits for it has to begin again.
            self.end_now(End.CLOSED)
            return
        self._links[toxic.stream].remove_gate(gate)
        self._watch_turns()

    def forget(self, toxic: Toxic) -> None:
        """Forget whether a toxic that counts connections happens to this one."""
        self._cases.pop(toxic, None)

    def _gate(self, toxic: Toxic) -> Gate | None:
        gates = self._links[toxic.stream].gates
        return next((gate for gate in gates if gate.toxic is toxic), None)

    def _gates(self, stream: str) -> list[Gate]:
        gates = [
            Gate(toxic)
            for toxic in self._toxics
            if toxic.stream == stream and not toxic.kind.protocol
        ]
        for gate in gates:
            self._noted(gate)
        return [gate for gate in gates if gate.active or gate.toxic.per_request]

    def _noted(self, gate: Gate) -> None:
        if gate.active:
            self._on_note(self, gate.toxic, "connection")

    def _watch_turns(self) -> None:
        links = self._links.values()
        self._turns = any(gate.toxic.per_request for link in links for gate in link.gates)

    # What the links tell

    @property
    def observed(self) -> bool:
        """Whether data has to be seen: for its protocol, or for who spoke last."""
        return self._session is not None or self._turns

    def came(self, link: Link, data: bytes) -> None:
        """Pass data on, through the session if there is one."""
        upstream = link is self._links["upstream"]
        if self._turns and upstream and self._answered:
            # The client speaks after the server did: the next request begins.
            for each in self._links.values():
                each.turn()
                for gate in each.gates:
                    if gate.toxic.per_request:
                        self._noted_request(gate)
        self._answered = not upstream
        if not self._session:
            link.push(Item(self._loop.time(), data))
        elif upstream:
            self._session.from_client(data)
        else:
            self._session.from_server(data)

    def _noted_request(self, gate: Gate) -> None:
        if gate.active:
            self._on_note(self, gate.toxic, "request")

    def ended(self, link: Link, how: End) -> None:
        """One direction has ended, or all of it."""
        if how is not End.FINISHED:
            self.end_now(how)
            return
        self._finished += 1
        if self._finished == 2:
            self.end_now(End.CLOSED)

    # What the session may do

    def to_server(self, data: bytes, delay: float = 0.0) -> None:
        """Pass data to the server."""
        self._push("upstream", data, delay)

    def to_client(self, data: bytes, delay: float = 0.0) -> None:
        """Pass data to the client."""
        self._push("downstream", data, delay)

    def _push(self, stream: str, data: bytes, delay: float) -> None:
        due = max(self._loop.time() + delay, self._delayed[stream])
        if delay:
            self._delayed[stream] = due
        self._links[stream].push(Item(due, data))

    def end(self, how: End) -> None:
        """End the connection behind what the client was sent."""
        due = max(self._loop.time(), self._delayed["downstream"])
        self._links["downstream"].push(Item(due, end=how))

    def hold(self) -> None:
        """Keep the connection until the plan has ended, or the toxic's user ends it."""
        self._held = True

    def planned(self, call: Callable[[], PlannedCall]) -> Sequence[Toxic]:
        """Return what a plan has for this call."""
        return self._planned.during(call)

    def note(self, toxic: Toxic, what: str) -> None:
        """Write into the record."""
        self._on_note(self, toxic, what)

    def applies(self, toxic: Toxic) -> float | None:
        """Count a case; those of a toxic that counts connections are the same all the time."""
        if not toxic.per_request and toxic in self._cases:
            return self._cases[toxic]
        random = toxic.claim()
        case = random.uniform(-1, 1) if random else None
        if not toxic.per_request:
            self._cases[toxic] = case
        return case

    # The end

    def end_now(self, how: End) -> None:
        """Close or reset both sides, whatever waits."""
        if self.closed:
            return
        self.closed = True
        for link in self._links.values():
            link.close()
        for one in (self._client, self._server):
            if how is End.RESET:
                reset(one)
            else:
                one.close()
        self._on_closed(self)
