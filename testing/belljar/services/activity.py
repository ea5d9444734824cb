"""`activity_of`: what a process that is not ready does instead: where it listens, and whether it works.

Only Linux tells; elsewhere there is nothing to say.
"""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from belljar.services.proc import read, stat_of, under

__all__ = ["activity_of"]

STATES = {
    "D": "waiting for a device",
    "R": "working",
    "S": "waiting",
    "T": "held by a signal",
    "t": "held by a debugger",
}
# Of proc_pid_stat(5), from the third on.
STATE, USER_TICKS, SYSTEM_TICKS = 0, 11, 12
# Local address and inode of a socket that listens (state 0A), in /proc/PID/net/tcp.
LISTENS = re.compile(r"^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ 0A (?:\S+ +){5}(\d+)", re.MULTILINE)
# The same of a Unix socket: its flag says that it accepts.
ACCEPTS = re.compile(r"^\S+ \S+ \S+ 0001\S+ \S+ \S+ +(\d+) (\S.*)$", re.MULTILINE)


def activity_of(pid: int) -> str:
    """Return it in a phrase for a message; "" where the process is gone or nothing is told."""
    stat = stat_of(pid)
    if not stat or stat[STATE] not in STATES:
        return ""
    seconds = (int(stat[USER_TICKS]) + int(stat[SYSTEM_TICKS])) / os.sysconf("SC_CLK_TCK")
    inside = read(pid, "wchan").decode(errors="replace")
    where = f" in {inside}" if inside not in ("", "0") else ""
    listening = ", ".join(sorted(_addresses(pid)))
    return (
        f"it listens {f'at {listening}' if listening else 'nowhere'}, and is {STATES[stat[STATE]]}"
        f"{where} after {seconds:.2f} s of processor time"
    )


def _addresses(pid: int) -> set[str]:
    """Return where it listens, or one of those that it has started."""
    held = set(_sockets({pid} | under([pid])))
    found = set()
    for table, width in (("tcp", 1), ("tcp6", 4)):
        for host, port, inode in LISTENS.findall(read(pid, f"net/{table}").decode()):
            if inode in held:
                found.add(f"{_host(host, width)}:{int(port, 16)}")
    for inode, path in ACCEPTS.findall(read(pid, "net/unix").decode(errors="replace")):
        if inode in held:
            found.add(path)
    return found


def _host(text: str, width: int) -> str:
    packed = struct.pack(f"={width}I", *struct.unpack(f">{width}I", bytes.fromhex(text)))
    if width == 1:
        return socket.inet_ntop(socket.AF_INET, packed)
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]"


def _sockets(pids: Collection[int]) -> Iterator[str]:
    for pid in pids:
        with suppress(OSError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    target = str(descriptor.readlink())
                    if target.startswith("socket:["):
                        yield target[len("socket:[") : -1]
