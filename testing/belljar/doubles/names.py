"""`Names`: what the fixture `names` gives; the host names that resolve in a test, and nothing else is reached.

    names["orders-db.internal"] = "127.0.0.1"
    names.fails("gone.example")                       # there is no such name
    names.fails("slow.example", temporarily=True)     # the name server does not answer

This is of the test's process, and of what asks through Python: `socket`, asyncio, all HTTP clients. The fence does the
same for every process of a sealed target, by the target's `services` (docs/fence.md).
"""

from __future__ import annotations

import ipaddress
import socket
from contextlib import ExitStack
from typing import Any

from belljar.doubles.errors import BadExpectation, Refused
from belljar.doubles.ledger import Ledger

__all__ = ["Names"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

OWN = ("localhost", "localhost.localdomain", "", None)


class Names:
    """Name -> address. `asked` are the names that were looked up, in order."""

    def __init__(self, ledger: Ledger) -> None:
        self.asked: list[str] = []
        self._ledger = ledger
        self._told: dict[str, str] = {}
        self._failing: dict[str, int] = {}
        self._patches = ExitStack()

    def __setitem__(self, name: str, address: str) -> None:
        if _address(address) is None:
            raise self._ledger.error(
                BadExpectation,
                f"names[{name!r}] = {address!r}: that is no address",
                choices=['"127.0.0.1"', '"::1"', '"192.0.2.7"'],
                fix="names[...] takes what a name server answers",
            )
        self._told[name.lower()] = address

    def __getitem__(self, name: str) -> str:
        return self._told[name.lower()]

    def fails(self, name: str, *, temporarily: bool = False) -> None:
        """Let a lookup fail: there is no such name, or the name server gives no answer for now."""
        self._failing[name.lower()] = socket.EAI_AGAIN if temporarily else socket.EAI_NONAME

    def install(self) -> None:
        """Stand in for the resolver, and before what connects."""
        lookup = socket.getaddrinfo
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

        def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
            return lookup(self._resolve(host), port, *args, **more)

        def gethostbyname(name: str) -> str:
            return self._resolve(name) if name not in OWN else "127.0.0.1"

        def gethostbyname_ex(name: str) -> tuple[str, list[str], list[str]]:
            return name, [], [gethostbyname(name)]

        def checked(real: Any) -> Any:
            def call(one: socket.socket, address: Any) -> Any:
                if one.family in (socket.AF_INET, socket.AF_INET6):
                    address = (self._reachable(address), *address[1:])
                return real(one, address)

            return call

        for owner, name, new in (
            (socket, "getaddrinfo", getaddrinfo),
            (socket, "gethostbyname", gethostbyname),
            (socket, "gethostbyname_ex", gethostbyname_ex),
            (socket.socket, "connect", checked(connect)),
            (socket.socket, "connect_ex", checked(connect_ex)),
        ):
            self._put(owner, name, new)

    def close(self) -> None:
        """Let names resolve as ever."""
        self._patches.close()

    def _put(self, owner: Any, name: str, new: Any) -> None:
        if name in vars(owner):
            self._patches.callback(setattr, owner, name, vars(owner)[name])
        else:
            self._patches.callback(delattr, owner, name)
        setattr(owner, name, new)

    def _resolve(self, host: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name in OWN or _address(name) is not None:
            return host
        name = str(name).rstrip(".").lower()
        self.asked.append(name)
        if name in self._failing:
            number = self._failing[name]
            texts = {
                socket.EAI_AGAIN: "Temporary failure in name resolution",
                socket.EAI_NONAME: "Name or service not known",
            }
            raise socket.gaierror(number, texts[number])
        if name not in self._told:
            raise self._refuse(f"names: {name} was looked up, and the test does not tell it", name)
        return self._told[name]

    def _reachable(self, address: Any) -> Any:
        host = address[0]
        found = _address(host)
        if found is None:
            return self._resolve(host)
        if found.is_loopback or found.is_unspecified or str(host) in self._told.values():
            return host
        raise self._refuse(
            f"names: {host} port {address[1]} was called, and no name of the test is there", "HOST"
        )

    def _refuse(self, summary: str, name: str) -> Refused:
        told = [f"{known} -> {address}" for known, address in self._told.items()]
        return self._ledger.complaint(
            Refused,
            summary,
            choices=[*told, *(f"{known} (fails)" for known in self._failing), "localhost"],
            fix=f'names["{name}"] = "127.0.0.1", with something that listens there',
        )


def _address(text: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(str(text).partition("%")[0])
    except ValueError:
        return None
