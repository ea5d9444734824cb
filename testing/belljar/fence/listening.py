"""`Listening`: whether somebody listens at an address of this machine, and whether it is the test."""

from __future__ import annotations

import ipaddress
import os
import re
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from belljar.fence.addresses import Address
from belljar.fence.asking import sockets_at
from belljar.fence.family import Family, everybody

if TYPE_CHECKING:
    from belljar.fence.policy import Session

__all__ = ["Listening"]


class Listening:
    """Answers by what the kernel knows of sockets, and /proc/PID/fd of the test's processes."""

    def __init__(self, family: Family) -> None:
        self._family = family
        # Sockets known to be the test's: their numbers are not given twice.
        self._own: set[tuple[int, str]] = set()

    def strange(self, address: Address, pid: int, session: Session) -> bool:
        """Whether a process listens at `address` that is not the test's; `pid` is who asks.

        The test's are the tree under the session's root, and those with its mark. Where nobody
        listens, nobody can be reached: not strange.
        """
        return self._who(address, pid, session) == "strange"

    def own(self, address: Address, pid: int, session: Session) -> bool:
        """Whether a process of the test's listens at `address`."""
        return self._who(address, pid, session) == "own"

    def _who(self, address: Address, pid: int, session: Session) -> str:
        sockets = _sockets(address, pid)
        if address.kind == "path" and not sockets:
            # Bound in a network namespace that is not this one: still somebody.
            return "strange" if _is_socket(address.path) else "nobody"
        if not sockets:
            return "nobody"
        root = session.root
        if any((root, inode) in self._own for inode in sockets):
            return "own"
        mine = self._mine(sockets, session)
        if not mine and self._young(address, sockets, session):
            mine = sockets
        self._own.update((root, inode) for inode in mine)
        return "own" if mine else "strange"

    def _mine(self, sockets: set[str], session: Session) -> set[str]:
        """Gives those of `sockets` that a process of the test's holds."""
        mine = _held(self._family.descendants(session.root)) & sockets
        if session.mark and not mine:
            mine = _held(self._family.marked(session.root, session.mark)) & sockets
        return mine

    def _young(self, address: Address, sockets: set[str], session: Session) -> bool:
        """Whether `address` is a path that was bound during the run, by somebody who hides.

        Agents that keep secrets (gpg-agent, ssh-agent) let nobody see what they hold.
        """
        if address.kind != "path" or sockets & _held(everybody()):
            return False
        try:
            bound = Path(address.path).stat()
        except OSError:
            return False
        return bound.st_uid == os.geteuid() and bound.st_mtime >= session.began


def _held(processes: Iterable[int]) -> set[str]:
    """Gives the sockets that some processes hold."""
    found = set()
    for process in processes:
        folder = f"/proc/{process}/fd"
        with suppress(OSError):
            for name in os.listdir(folder):  # noqa: PTH208 (its names are numbers, not paths)
                with suppress(OSError):
                    target = os.readlink(f"{folder}/{name}")  # noqa: PTH115 (no path either)
                    if target.startswith("socket:["):
                        found.add(target[8:-1])
    return found


def _sockets(address: Address, pid: int) -> set[str]:
    """Gives the inodes of the sockets that a connection to `address` may reach."""
    if address.path:
        return _unix_sockets(address, pid)
    with suppress(OSError):
        if os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net"):  # noqa: PTH115
            return sockets_at(address.host, address.port)
    return _sockets_by_table(address, pid)


def _sockets_by_table(address: Address, pid: int) -> set[str]:
    """Gives them where the kernel can't be asked, or not about that network."""
    wanted = _spellings(address.host)
    # State 0A listens (TCP), 07 has no peer (UDP).
    line = re.compile(rf"^ *\d+: ([0-9A-F]+):{address.port:04X} [0-9A-F]+:0000 (?:0A|07) .*$", re.M)
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        with suppress(OSError):
            text = Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii")
            found |= {match[0].split()[9] for match in line.finditer(text) if match[1] in wanted}
    return found


def _spellings(host: str) -> set[str]:
    """Gives the local addresses, as the kernel's tables write them, at which `host` is answered."""
    ip = ipaddress.ip_address(host)
    wildcard = "0" * 32
    if isinstance(ip, ipaddress.IPv6Address):
        return {wildcard, _hex(ip.packed)}
    packed = (ipaddress.IPv4Address("127.0.0.1") if ip.is_unspecified else ip).packed
    return {wildcard, "0" * 8, _hex(packed), _hex(bytes(10) + b"\xff\xff" + packed)}


def _hex(packed: bytes) -> str:
    words = struct.unpack(f"<{len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words)


def _unix_sockets(address: Address, pid: int) -> set[str]:
    real = address.path if address.kind == "abstract" else os.path.realpath(address.path)
    found = set()
    with suppress(OSError):
        text = Path(f"/proc/{pid}/net/unix").read_text(encoding="utf-8", errors="surrogateescape")
        for line in text.splitlines()[1:]:
            fields = line.split(maxsplit=7)
            if len(fields) < 8:
                continue
            path = fields[7]
            # Bound under another spelling: the last part is the same.
            same = path == real or (
                address.kind == "path"
                and path.rpartition("/")[2] == real.rpartition("/")[2]
                and (not path.startswith("/") or os.path.realpath(path) == real)
            )
            # A connection accepted there has the path, too, but is in state 03.
            if same and fields[5] != "03":
                found.add(fields[6])
    return found


def _is_socket(path: str) -> bool:
    try:
        return Path(path).is_socket()
    except OSError:
        return False
