"""`Names`: what the fixture `names` gives; the host names that resolve in a test, and nothing else is reached.

    names["orders-db.internal"] = "127.0.0.1"         # or several addresses; `*` in a name is any text
    names.fails("gone.example")                       # there is no such name
    names.fails("slow.example", temporarily=True)     # the name server does not answer

This is of the test's process, and of what asks through Python: `socket`, asyncio, all HTTP clients. The fence does the
same for every process of a sealed target, by the target's `services` (docs/fence.md).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from belljar.doubles.errors import BadExpectation, NoSuchThing, Refused
from belljar.doubles.ledger import Ledger
from belljar.doubles.patterns import pattern
from belljar.doubles.spoken import Spoken

__all__ = ["Names"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

OWN = ("localhost", "localhost.localdomain", "", None)


class Names(Spoken):
    """Name -> address. `asked` are the names that were looked up, in order."""

    def __init__(self, ledger: Ledger) -> None:
        self.asked: list[str] = []
        self._ledger = ledger
        self._told: dict[str, list[str]] = {}
        self._failing: dict[str, int] = {}
        self._patches = ExitStack()

    def __setitem__(self, name: str, address: str | Sequence[str]) -> None:
        told = [address] if isinstance(address, str) else address
        if not isinstance(name, str) or not isinstance(told, list | tuple) or not told:
            raise self._bad(f"names[{name!r}] = {address!r}: a name, and its address or addresses")
        for each in told:
            if _address(each) is None:
                raise self._bad(f"names[{name!r}] = {address!r}: that is no address")
        self._told[name.lower()] = [str(each) for each in told]

    def __getitem__(self, name: str) -> str:
        if (found := self._find(str(name).lower())) is None:
            raise self._ledger.error(
                NoSuchThing,
                f"names[{name!r}]: the test does not tell it",
                choices=sorted(self._told) or ["nothing is told"],
                fix=f'names["{name}"] = "127.0.0.1"',
            )
        return found[0]

    def _bad(self, summary: str) -> BadExpectation:
        return self._ledger.error(
            BadExpectation,
            summary,
            choices=['"127.0.0.1"', '"::1"', '["192.0.2.7", "192.0.2.8"]'],
            fix="names[...] takes what a name server answers",
        )

    def _find(self, name: str) -> list[str] | None:
        """Give the addresses of the name itself, or of the first pattern that it fits."""
        if name in self._told:
            return self._told[name]
        fitting = (all_ for each, all_ in self._told.items() if pattern(each).fullmatch(name))
        return next(fitting, None)

    def fails(self, name: str, *, temporarily: bool = False) -> None:
        """Let a lookup fail: there is no such name, or the name server gives no answer for now."""
        self._failing[name.lower()] = socket.EAI_AGAIN if temporarily else socket.EAI_NONAME

    def install(self) -> None:
        """Stand in for the resolver, and before what connects."""
        lookup = socket.getaddrinfo
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

        send = socket.socket.sendto

        def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
            found, wrong = [], None
            for address in self._resolve(host):
                try:
                    found += lookup(address, port, *args, **more)
                except socket.gaierror as error:
                    wrong = error  # as of an address of the other family
            if wrong is not None and not found:
                raise wrong
            return found

        def gethostbyname_ex(name: str) -> tuple[str, list[str], list[str]]:
            return name, [], self._resolve(name) if name not in OWN else ["127.0.0.1"]

        def gethostbyname(name: str) -> str:
            return gethostbyname_ex(name)[2][0]

        def gethostbyaddr(address: str) -> tuple[str, list[str], list[str]]:
            for name, told in self._told.items():
                if address in told:
                    return name, [], [address]
            if (found := _address(address)) is not None and found.is_loopback:
                return "localhost", [], [address]
            raise socket.herror(1, "Unknown host")

        def sendto(one: socket.socket, data: Any, *more: Any) -> int:
            if one.family in (socket.AF_INET, socket.AF_INET6):
                more = (*more[:-1], (self._reachable(more[-1]), *more[-1][1:]))
            return send(one, data, *more)

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
            (socket, "gethostbyaddr", gethostbyaddr),
            (socket.socket, "connect", checked(connect)),
            (socket.socket, "connect_ex", checked(connect_ex)),
            (socket.socket, "sendto", sendto),
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

    def _resolve(self, host: Any) -> list[Any]:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name in OWN or _address(name) is not None:
            return [host]
        name = str(name).rstrip(".").lower()
        self.asked.append(name)
        if name in self._failing:
            number = self._failing[name]
            texts = {
                socket.EAI_AGAIN: "Temporary failure in name resolution",
                socket.EAI_NONAME: "Name or service not known",
            }
            raise socket.gaierror(number, texts[number])
        if (found := self._find(name)) is None:
            raise self._refuse(f"names: {name} was looked up, and the test does not tell it", name)
        return found

    def _reachable(self, address: Any) -> Any:
        host = address[0]
        found = _address(host)
        if found is None:
            return self._resolve(host)[0]
        told = {each for all_ in self._told.values() for each in all_}
        if found.is_loopback or found.is_unspecified or str(host) in told:
            return host
        raise self._refuse(
            f"names: {host} port {address[1]} was called, and no name of the test is there", "HOST"
        )

    def _refuse(self, summary: str, name: str) -> Refused:
        told = [f"{known} -> {', '.join(all_)}" for known, all_ in self._told.items()]
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
