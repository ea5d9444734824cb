"""`Policy`: whether a process may connect to an address. The rules, and nothing of how they are enforced.

What the rules stand on is the `Session`: what one run of pytest has registered, allowed and declared.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from belljar.fence.addresses import Address, parse_address
from belljar.fence.breach import Breach
from belljar.fence.declared import Declared
from belljar.fence.family import Family

if TYPE_CHECKING:
    from belljar.fence.listening import Listening

__all__ = ["Policy", "Session", "Verdict"]

_DNS = 53
# Nobody of the machine's is reached there, and nobody is told: these are asked on the side.
_SILENT = (
    # Name services. A program that finds none asks DNS by itself, and is seen to.
    "/run/nscd/",
    "/var/run/nscd/",
    "/run/systemd/resolve/",
    "/run/systemd/userdb/",
    "/run/avahi-daemon/",
    "/var/lib/sss/pipes/",
    # The system's log.
    "/dev/log",
    "/run/systemd/journal/",
)
# More would only be a loop's.
_MOST_KEPT = 100

_Place = str | tuple[str, int]


class Session:
    """One run of pytest: what it may reach, and what it should not have tried to.

    `root` is the process whose descendants are the test's own, and so are those that have `mark` in their
    environment; `private` says that nobody else is in
    this network, which is a loopback then, and `folders` which folders nobody else has. What
    does not refuse only notes.
    """

    def __init__(
        self,
        *,
        root: int,
        private: bool,
        folders: Sequence[str],
        declared: Declared,
        refuses: bool = True,
        mark: str = "",
    ) -> None:
        self.root = root
        self.mark = mark
        self.began = time.time()
        self.private = private
        self.folders = tuple(folders)
        self.declared = declared
        self.refuses = refuses
        self.services: dict[_Place, tuple[str, str]] = {}
        self.allowed: dict[str, set[str]] = {}
        self._found: list[Breach] = []

    def register(self, address: str, label: str, name: str) -> None:
        """Notes who listens at `address`."""
        self.services[place(parse_address(address))] = (label, name)

    def unregister(self, address: str) -> None:
        """Forgets who listened there."""
        self.services.pop(place(parse_address(address)), None)

    def allow(self, source: str, labels: Collection[str]) -> None:
        """Lets `source` reach the services `labels`, besides those it was let before."""
        self.allowed.setdefault(source, set()).update(labels)

    def note(self, breach: Breach) -> None:
        """Keeps a breach until it is asked for."""
        if len(self._found) < _MOST_KEPT:
            self._found.append(breach)

    def drained(self) -> list[Breach]:
        """Gives the breaches since the last call."""
        found, self._found = self._found, []
        return found


class Verdict(NamedTuple):
    """`code` is 0 to proceed, else the error number to fail with; `lookup`: DNS is asked."""

    code: int = 0
    breach: Breach | None = None
    lookup: bool = False


_PROCEED = Verdict()


class Policy:
    """Judges connections; slow only where an address is not plainly the test's own."""

    def __init__(self, family: Family) -> None:
        self._family = family

    @cached_property
    def _listening(self) -> Listening:
        # Not needed in a private network, which is the usual one.
        from belljar.fence.listening import Listening

        return Listening(self._family)

    def judge(self, address: Address, pid: int, session: Session) -> Verdict:
        """Gives what to do when process (or thread) `pid` connects to `address`."""
        if address.kind == "other" or session.declared.has(address):
            return _PROCEED
        if address.kind == "outside" and not session.private and self._here(address.host):
            address = address._replace(kind="loopback")
        real = real_path(address, pid) if address.kind == "path" else address
        if real is not address and session.declared.has(real):
            return _PROCEED
        service = session.services.get(place(real))
        if service is not None:
            label, name = service
            source = self._family.source(pid)
            if label == source or label in session.allowed.get(source, ()):
                return _PROCEED
            breach = self.breach("service", address, pid, label=label, name=name)
            return Verdict(errno.ECONNREFUSED, breach)
        if real.path:
            return self._unix(real, pid, session)
        if address.port == _DNS and not self._answered(address, pid, session):
            return Verdict(errno.ECONNREFUSED, self.breach("lookup", address, pid), lookup=True)
        if address.kind == "outside":
            if not address.port:
                # Nobody is there: getaddrinfo asks for the way, to put addresses in order.
                return Verdict(errno.ENETUNREACH)
            return Verdict(errno.ENETUNREACH, self.breach("outside", address, pid))
        if session.private or not self._listening.strange(address, pid, session):
            return _PROCEED
        return Verdict(errno.ECONNREFUSED, self.breach("machine", address, pid))

    def _answered(self, address: Address, pid: int, session: Session) -> bool:
        """Whether the test has a DNS server of its own there."""
        return address.kind == "loopback" and self._listening.own(address, pid, session)

    def _here(self, host: str) -> bool:
        from belljar.fence.asking import is_here

        return is_here(host)

    def _unix(self, address: Address, pid: int, session: Session) -> Verdict:
        if address.kind == "abstract":
            # Abstract names are the network namespace's.
            own = session.private
        else:
            if address.path.startswith(_SILENT):
                return Verdict(errno.ECONNREFUSED)
            own = address.path.startswith(session.folders) if session.folders else False
        if own or not self._listening.strange(address, pid, session):
            return _PROCEED
        return Verdict(errno.ECONNREFUSED, self.breach("machine", address, pid))

    def breach(
        self, kind: str, address: Address | None, pid: int, *, label: str = "", name: str = ""
    ) -> Breach:
        """Gives the breach of `kind` by process `pid`, as it is now."""
        return Breach(
            source=self._family.source(pid),
            pid=next(self._family.chain(pid), pid),
            command=self._family.command(pid),
            address=str(address) if address else "",
            label=label,
            name=name,
            kind=kind,
        )


def place(address: Address) -> _Place:
    """Gives what two spellings of one place have in common.

    A service that listens on every address is reached at each of loopback's: the port tells.
    """
    if address.path:
        # Registered by us: as seen from here.
        return os.path.realpath(address.path) if address.kind == "path" else address.path
    return ("", address.port) if address.kind == "loopback" else (address.host, address.port)


def real_path(address: Address, pid: int) -> Address:
    """Gives the socket's path without links, as `pid` sees it."""
    path = address.path
    if not path.startswith("/"):
        try:
            path = f"{os.readlink(f'/proc/{pid}/cwd')}/{path}"  # noqa: PTH115 (text is wanted)
        except OSError:
            return address
    return Address("path", path=os.path.realpath(path))
