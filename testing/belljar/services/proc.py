"""What processes are, have started and use, as the kernel tells it on Linux; elsewhere nothing is told."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

__all__ = [
    "command_of",
    "environment_of",
    "has_ended",
    "keeper_of",
    "left_memory",
    "read",
    "shared_memory",
    "stat_of",
    "under",
]

_PROC = Path("/proc")
_MEMORY = "/dev/shm/"
_SYSTEM_V = Path("/proc/sysvipc/shm")
_KEEPER = b"_keeper.py"


def keeper_of(pid: int) -> int | None:
    """Return the process that ends all that `pid` has started, if it has one."""
    parent = _parents().get(pid)
    if parent is None or _KEEPER not in read(parent, "cmdline"):
        return None
    return parent


def under(ancestors: Collection[int]) -> set[int]:
    """Return the living processes that those have started, and those that these have."""
    parents = _parents()
    found: set[int] = set()
    new = set(ancestors)
    while new:
        new = {pid for pid, parent in parents.items() if parent in new} - found
        found |= new
    return {pid for pid in found if not has_ended(pid)}


def has_ended(pid: int) -> bool:
    """Return whether a process is gone, or only waits to be asked how it ended."""
    state = stat_of(pid)
    return not state or state[0] in "ZX"


def command_of(pid: int) -> str:
    """Return what a process was started as."""
    words = read(pid, "cmdline").rstrip(b"\0").split(b"\0")
    return b" ".join(words).decode(errors="replace") or "(gone)"


def environment_of(pid: int) -> dict[str, str]:
    """Return the environment that a process was started with."""
    text = read(pid, "environ").decode(errors="replace")
    return dict(pair.split("=", 1) for pair in text.split("\0") if "=" in pair)


def shared_memory(pids: Collection[int]) -> set[str]:
    """Return the shared memory that those use or have made: it may outlive them."""
    segments = {name for name, creator in _segments().items() if creator in pids}
    return _mapped(pids) | segments


def left_memory(memory: Collection[str]) -> set[str]:
    """Return what of it is still there, and used by nobody."""
    used = _mapped(_pids())
    segments = _segments()
    return {
        name for name in memory if (name in segments or Path(name).exists()) and name not in used
    }


def _mapped(pids: Iterable[int]) -> set[str]:
    found = set()
    for pid in pids:
        maps = read(pid, "maps").decode(errors="replace")
        found |= set(re.findall(rf"{_MEMORY}.*$", maps, re.MULTILINE))
    return {name for name in found if not name.endswith(" (deleted)")}


def _segments() -> dict[str, int]:
    """Return System V's, each with the process that has made it."""
    try:
        lines = _SYSTEM_V.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    header, *rows = [line.split() for line in lines] or [[]]
    if "cpid" not in header:
        return {}
    creator, number = header.index("cpid"), header.index("shmid")
    return {f"segment {row[number]} of `ipcs -m`": int(row[creator]) for row in rows}


def _parents() -> dict[int, int]:
    """Return the parent of each process."""
    return {pid: int(stat[1]) for pid in _pids() if (stat := stat_of(pid))}


def _pids() -> Iterator[int]:
    if _PROC.is_dir():
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def stat_of(pid: int) -> list[str]:
    """Return the state, the parent and what follows; nothing for a process that is gone."""
    return read(pid, "stat").rpartition(b")")[2].decode().split()


def read(pid: int, name: str) -> bytes:
    """Return the file `name` of a process; nothing for one that is gone."""
    try:
        return Path(os.fspath(_PROC), str(pid), name).read_bytes()
    except OSError:
        return b""
