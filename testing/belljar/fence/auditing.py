"""`AuditFence`: the part of the fence that Python itself can hold, where the kernel gives no more.

It sees what Python's `socket` module does in this process: not C libraries, not subprocesses.
Source: Python's table of audit events.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Collection, Sequence
from typing import Any

from belljar.fence.addresses import Address, internet, is_number
from belljar.fence.breach import Breach
from belljar.fence.declared import Declared
from belljar.fence.family import Family
from belljar.fence.lookups import is_own
from belljar.fence.policy import Policy, Session

__all__ = ["AuditFence"]

_CONNECTS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")

_active: AuditFence | None = None
_hooked = False


class AuditFence:
    """A fence of this process alone; from its making on it is the one that the hook asks."""

    def __init__(
        self,
        *,
        private: bool,
        folders: Sequence[str],
        declared: Declared | None = None,
        refuses: bool = True,
    ) -> None:
        # For what belongs to starting, and not to judging.
        from belljar.fence.starting import real

        global _active, _hooked
        self._policy = Policy(Family())
        self._session = Session(
            root=os.getpid(),
            private=private,
            folders=tuple(real(folders)),
            declared=declared or Declared.read(),
            refuses=refuses,
        )
        self._judging = threading.local()
        _active = self
        if not _hooked:  # a hook stays for good
            sys.addaudithook(_heard)
            _hooked = True

    def leave(self) -> None:
        """Lets everything through from now on."""
        global _active
        if _active is self:
            _active = None

    def register(self, address: str, label: str, name: str) -> None:
        """As `Fence` says."""
        self._session.register(address, label, name)

    def unregister(self, address: str) -> None:
        """As `Fence` says."""
        self._session.unregister(address)

    def allow(self, source: str, labels: Collection[str]) -> None:
        """As `Fence` says."""
        self._session.allow(source, labels)

    def breaches(self) -> list[Breach]:
        """As `Fence` says."""
        return self._session.drained()

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raises the `OSError` that the call shall end with, if it may not be."""
        if event not in _CONNECTS and event not in _LOOKUPS:
            return
        if getattr(self._judging, "now", False):
            return
        self._judging.now = True
        try:
            if event in _LOOKUPS:
                self._look_up(arguments[0])
            else:
                self._connect(arguments[0], arguments[1])
        finally:
            self._judging.now = False

    def _look_up(self, host: object) -> None:
        name = host.decode(errors="replace") if isinstance(host, bytes) else host
        if not isinstance(name, str) or is_number(name) or self._known(name.lower()):
            return
        place = Address("outside", "resolver", 53)
        self._note("lookup", place, host=name)
        if self._session.refuses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def _known(self, name: str) -> bool:
        return name == "" or is_own(name) or name in self._session.declared.names

    def _connect(self, connection: object, address: object) -> None:
        place = self._place(connection, address)
        if place is None:
            return
        verdict = self._policy.judge(place, os.getpid(), self._session)
        if verdict.breach is not None:
            self._session.note(verdict.breach)
        if verdict.code and self._session.refuses:
            raise OSError(verdict.code, os.strerror(verdict.code))

    def _place(self, connection: object, address: object) -> Address | None:
        if isinstance(address, str | bytes):
            path = os.fsdecode(address)
            if path.startswith("\0"):
                return Address("abstract", path="@" + path[1:])
            return Address("path", path=path)
        family = getattr(connection, "family", None)
        if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
            return None
        host, port = address[0], address[1]
        host = host.decode() if isinstance(host, bytes) else host
        host = {"": "0.0.0.0", "<broadcast>": "255.255.255.255"}.get(host, host.partition("%")[0])
        if is_number(host):
            return internet(ipaddress.ip_address(host), port)
        self._look_up(host)
        return internet(ipaddress.IPv4Address("127.0.0.1"), port) if is_own(host) else None

    def _note(self, kind: str, address: Address, *, host: str) -> None:
        found = self._policy.breach(kind, address, os.getpid())
        self._session.note(
            Breach(found.source, found.pid, found.command, found.address, host, kind=kind)
        )


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _active is not None:
        _active.hear(event, arguments)
