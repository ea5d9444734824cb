"""`Proxy`: listens at an address, and connects each client to its upstream, with toxics in between."""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
from collections import deque
from collections.abc import Mapping
from typing import TypedDict

from belljar.mocks.proxy.addresses import Address, connected, parse_address
from belljar.mocks.proxy.connection import Connection, reset
from belljar.mocks.proxy.errors import AlreadyExists, BadRequest, NotFound
from belljar.mocks.proxy.items import End
from belljar.mocks.proxy.planned import Beginning, Plan
from belljar.mocks.proxy.session import SESSIONS
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["Event", "Proxy"]

# Connections taken before others have a turn.
_ACCEPTED_AT_ONCE = 64
# What a process without free descriptors waits for some to become free.
_PAUSE = 0.05
_REMEMBERED = 10_000


class Event(TypedDict):
    """One line of the record: what a toxic happened to."""

    number: int
    connection: int
    toxic: str
    type: str
    what: str


class Proxy:
    """One proxy. Its methods are called from its loop's thread only."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        name: str,
        listen: str,
        upstream: str,
        *,
        protocol: str = "",
        seed: int = 0,
    ) -> None:
        if protocol and protocol not in SESSIONS:
            raise BadRequest(
                f"bad request body: protocol is {protocol!r}",
                f"give one of {', '.join(sorted(SESSIONS))}, or leave it out",
            )
        self.name = name
        self.enabled = False
        self.toxics: list[Toxic] = []
        self.connections: set[Connection] = set()
        self.plan: Plan | None = None  # asked about all that comes from now on
        self._let_go = 0  # how often
        self.record: deque[Event] = deque(maxlen=_REMEMBERED)
        self._loop = loop
        self._listen = parse_address(listen)
        self._shown_listen = listen or str(self._listen)
        self._upstream = parse_address(upstream, what="upstream")
        self._shown_upstream = upstream
        self._protocol = protocol
        self._seed = seed
        self._listener: socket.socket | None = None
        self._connecting: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._events = itertools.count(1)
        self._passed = {"upstream": 0, "downstream": 0}

    @property
    def listen(self) -> str:
        """Where it listens, with the port that the system chose; as it was given before it does."""
        return self._shown_listen

    @property
    def address(self) -> Address:
        """The same, in parts."""
        return self._listen

    @property
    def upstream(self) -> str:
        """Where it connects to, as it was given."""
        return self._shown_upstream

    @property
    def passed(self) -> dict[str, int]:
        """Bytes that came, by direction."""
        total = dict(self._passed)
        for connection in self.connections:
            for stream, passed in connection.passed.items():
                total[stream] += passed
        return total

    def as_json(self) -> dict[str, object]:
        """Return what the API shows."""
        shown: dict[str, object] = {
            "name": self.name,
            "listen": self.listen,
            "upstream": self.upstream,
            "enabled": self.enabled,
            "toxics": [toxic.as_json() for toxic in self.in_order()],
        }
        return shown | ({"protocol": self._protocol} if self._protocol else {})

    def same_as(self, listen: str, upstream: str) -> bool:
        """Whether these are its addresses, `localhost` being the one it stands for."""
        if upstream != self.upstream:
            return False
        if listen in (self.listen, ""):
            return True
        wanted = parse_address(listen)
        return wanted == self._listen or (
            wanted.host == "localhost"
            and self._listen.host in ("127.0.0.1", "::1")
            and wanted.port == self._listen.port
        )

    # Up and down

    def start(self) -> None:
        """Listen; raises `NotListening`. One that does already stays as it is."""
        if self.enabled:
            return
        self._listener, self._listen = self._listen.listen()
        self._shown_listen = str(self._listen)
        self.enabled = True
        self._loop.add_reader(self._listener, self._accept)

    def stop(self) -> None:
        """Refuse clients and close the connections of those that are there."""
        if not self.enabled:
            return
        self.enabled = False
        listener, self._listener = self._listener, None
        if listener:
            self._loop.remove_reader(listener)
            listener.close()
            self._listen.unlink()
        for task in self._connecting:
            task.cancel()
        self.end_connections(End.CLOSED)

    def end_connections(self, how: End) -> None:
        """Close or reset every connection."""
        for connection in list(self.connections):
            connection.end_now(how)

    def let_go(self) -> None:
        """End what a fault plan has done to connections that are still there, or about to be."""
        self._let_go += 1
        for connection in list(self.connections):
            connection.let_go()

    def update(self, listen: str, upstream: str, enabled: bool) -> None:
        """Move to other addresses, which drops every connection; start or stop."""
        new_listen, new_upstream = parse_address(listen), parse_address(upstream, what="upstream")
        if not self.same_as(listen, upstream):
            self.stop()
            self._listen, self._shown_listen = new_listen, listen or str(new_listen)
            self._upstream, self._shown_upstream = new_upstream, upstream
        if enabled:
            self.start()
        else:
            self.stop()

    # Toxics

    def in_order(self) -> list[Toxic]:
        """Return the toxics as Toxiproxy lists them: upstream first, each in the order of coming."""
        return sorted(self.toxics, key=lambda toxic: toxic.stream != "upstream")

    def toxic(self, name: str) -> Toxic:
        """Return the toxic of this name; raises `NotFound`."""
        for toxic in self.toxics:
            if toxic.name == name:
                return toxic
        has = ", ".join(toxic.name for toxic in self.toxics) or "no toxics"
        raise NotFound("toxic not found", f"there is no {name!r}: proxy {self.name!r} has {has}")

    def add_toxic(self, given: Mapping[str, object]) -> Toxic:
        """Add the toxic that a request's body describes, to the connections that are there as well."""
        toxic = Toxic.from_json(given, f"{self._seed}/{self.name}")
        if any(other.name == toxic.name for other in self.toxics):
            raise AlreadyExists(
                "toxic already exists",
                f"give it another name, update it, or remove the one called {toxic.name!r} first",
            )
        protocol = toxic.kind.protocol
        if protocol and (self._protocol or protocol) != protocol:
            raise BadRequest(
                f"bad request body: proxy {self.name!r} speaks {self._protocol}",
                f"make another proxy for {protocol}",
            )
        self.toxics.append(toxic)
        if protocol:
            self._protocol = protocol
        for connection in list(self.connections):
            connection.speak(protocol)
            connection.add(toxic)
        return toxic

    def update_toxic(self, name: str, given: Mapping[str, object]) -> Toxic:
        """Change a toxic, on the connections that are there as well."""
        toxic = self.toxic(name)
        toxic.update(given)
        for connection in list(self.connections):
            connection.changed(toxic)
        return toxic

    def remove_toxic(self, name: str) -> None:
        """Remove a toxic, from the connections that are there as well."""
        toxic = self.toxic(name)
        self.toxics.remove(toxic)
        for connection in list(self.connections):
            connection.remove(toxic)

    def remove_toxics(self) -> None:
        """Remove all toxics."""
        for toxic in list(self.toxics):
            self.remove_toxic(toxic.name)

    # Connections

    def _accept(self) -> None:
        listener = self._listener
        for _ in range(_ACCEPTED_AT_ONCE):
            if listener is None:
                return
            try:
                client, _address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._loop.remove_reader(listener)
                    self._loop.call_later(_PAUSE, self._accept_again, listener)
                return
            client.setblocking(False)
            task = self._loop.create_task(self._connect(client))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    def _accept_again(self, listener: socket.socket) -> None:
        if listener is self._listener:
            self._loop.add_reader(listener, self._accept)

    async def _connect(self, client: socket.socket) -> None:
        plan = self.plan
        let_go, beginning = self._let_go, Beginning()
        if plan and not plan.idle:
            beginning = plan.beginning()
        if beginning.refused:
            reset(client)
            return
        try:
            server = await connected(self._loop, self._upstream)
        except OSError:
            client.close()  # what Toxiproxy does for an upstream that refuses
            return
        except BaseException:
            client.close()
            raise
        connection = Connection(
            self._loop,
            client,
            server,
            next(self._numbers),
            self.toxics,
            self._protocol,
            self._closed,
            self._note,
            plan,
            beginning if let_go == self._let_go else Beginning(),
        )
        self.connections.add(connection)
        connection.start()

    def _closed(self, connection: Connection) -> None:
        self.connections.discard(connection)
        for stream, passed in connection.passed.items():
            self._passed[stream] += passed

    def _note(self, connection: Connection, toxic: Toxic, what: str) -> None:
        self.record.append(
            Event(
                number=next(self._events),
                connection=connection.number,
                toxic=toxic.name,
                type=toxic.kind.name,
                what=what,
            )
        )
