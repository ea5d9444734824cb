"""`current`: the fence around this process, to be told who listens where and to be asked for breaches."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from belljar.fence.errors import FenceError, FenceUnavailable

if TYPE_CHECKING:
    from belljar.fence.breach import Breach
    from belljar.fence.declared import Declared

__all__ = ["Client", "Fence", "NullFence", "current", "enter"]

_GONE = "the fence's supervisor is gone; nothing can be connected to any more"


class Fence(Protocol):
    """What surrounds a test, and lets it reach only what its target declares."""

    def register(self, address: str, label: str, name: str) -> None:
        """Say that the service `label` listens at `address`: "127.0.0.1:4711", or a socket's path."""

    def unregister(self, address: str) -> None:
        """Say that nobody of the graph listens there any more."""

    def allow(self, source: str, labels: Collection[str]) -> None:
        """Let the service `source` ("": the test itself) reach the services `labels`, too."""

    def breaches(self) -> list[Breach]:
        """Give the breaches since the last call; all that happened before this one are known."""


class NullFence:
    """Stands where there is no fence: nothing is refused, and nothing known."""

    def register(self, address: str, label: str, name: str) -> None:
        """Does nothing."""

    def unregister(self, address: str) -> None:
        """Does nothing."""

    def allow(self, source: str, labels: Collection[str]) -> None:
        """Does nothing."""

    def breaches(self) -> list[Breach]:
        """Gives none."""
        return []


class Client:
    """The kernel's fence: asks the supervisor, over a connection that only processes inside can open."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")
        self._lock = threading.Lock()
        self._asked = 0
        self._late: list[dict[str, Any]] = []
        self.own_session = False
        self.partial = ""
        """What the supervisor can't see here, a phrase; "" when it sees everything."""

    @classmethod
    def connect(cls) -> Client:
        """Gives a client; raises `FenceUnavailable` where this process is in no fence."""
        from belljar.fence.door import DOOR

        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(DOOR)
        except OSError as error:
            connection.close()
            raise FenceUnavailable(f"no supervisor answers ({error.strerror})") from None
        return cls(connection)

    def open_session(
        self,
        *,
        root: int,
        private: bool,
        folders: Sequence[str],
        declared: Declared | None,
        refuses: bool = True,
        mark: str = "",
    ) -> None:
        """Makes this process the one that is told of its own and its descendants' breaches.

        Where it does not refuse, they are told all the same.
        """
        self._ask(
            op="session",
            root=root,
            private=private,
            folders=list(folders),
            declared=declared.as_json() if declared else None,
            refuses=refuses,
            mark=mark,
        )
        self.own_session = True

    def open_inner_session(self, declared: Declared | None, *, refuses: bool = True) -> None:
        """Does so in surroundings as those of the session that this process is in so far."""
        around = self._ask(op="surroundings")
        self.open_session(
            root=around["root"],
            private=around["private"],
            folders=around["folders"],
            declared=declared,
            refuses=refuses,
            mark=around["mark"],
        )

    def register(self, address: str, label: str, name: str) -> None:
        """As `Fence` says."""
        self._ask(op="register", address=address, label=label, name=name)

    def unregister(self, address: str) -> None:
        """As `Fence` says."""
        with suppress(FenceError):  # gone with all that it knew: who tears down goes on
            self._ask(op="unregister", address=address)

    def allow(self, source: str, labels: Collection[str]) -> None:
        """As `Fence` says."""
        self._ask(op="allow", source=source, labels=sorted(labels))

    def breaches(self) -> list[Breach]:
        """As `Fence` says."""
        found = self._ask(op="breaches")["breaches"]
        found, self._late = self._late + found, []
        if not found:
            return []
        from belljar.fence.breach import Breach

        return [Breach(**fields) for fields in found]

    def _ask(self, **request: object) -> dict[str, Any]:
        with self._lock:
            self._asked += 1
            text = json.dumps({**request, "number": self._asked}) + "\n"
            try:
                # Not by sendmsg or with an address: nothing that would have to be judged.
                self._connection.sendall(text.encode())
                reply = self._reply()
            except ConnectionError:
                raise FenceError(_GONE) from None
            except OSError as error:
                raise FenceError(
                    f"the connection to the fence's supervisor is lost: {error}"
                ) from None
        self.partial = str(reply.get("partial", ""))
        if problem := reply.get("error"):
            raise FenceError(str(problem))
        return reply

    def _reply(self) -> dict[str, Any]:
        """Gives the reply to the latest request: an interrupt may have kept us from reading others."""
        while line := self._reader.readline():
            reply: dict[str, Any] = json.loads(line)
            if reply["number"] == self._asked:
                return reply
            self._late += reply.get("breaches", [])
        raise FenceError(_GONE)


_entered: tuple[int, Fence] | None = None
_entering = threading.Lock()


def enter(fence: Fence | None) -> None:
    """Makes `fence` the one that `current` gives in this process; None: it looks for itself."""
    global _entered
    _entered = (os.getpid(), fence) if fence is not None else None


def current() -> Fence:
    """Gives the fence around this process, a `NullFence` where there is none.

    It may be called from any thread, and after a fork: each process has a connection of its own.
    """
    with _entering:
        if _entered is None or _entered[0] != os.getpid():
            try:
                enter(Client.connect() if hasattr(socket, "AF_UNIX") else NullFence())
            except FenceUnavailable:
                enter(NullFence())
        assert _entered is not None
        return _entered[1]
