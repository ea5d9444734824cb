"""`Family`: who a process is: whose descendant, of which service, started by which command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from belljar.fence.breach import shortened

__all__ = ["Family", "everybody"]

_VARIABLE = b"BELLJAR_SERVICE="
_DEEPEST = 200
# pid, start time, and where its arguments and environment lie, which change with each exec.
_Key = tuple[bytes, ...]


class Family:
    """Looks processes up in /proc; what a process that is gone was, is "" or empty."""

    def __init__(self) -> None:
        self._sources: dict[_Key, str] = {}
        self._labels: dict[_Key, str] = {}

    def source(self, pid: int) -> str:
        """Gives the label of the service that process (or thread) `pid` is of; "" is the test.

        It is the one named by the initial environment of the nearest ancestor that names one:
        a child with a cleaned environment is still its service's.
        """
        stat = _stat(pid)
        if stat is None:
            return ""
        key = _key(stat)
        if key not in self._sources:
            self._sources[key] = next(filter(None, map(self._label, self.chain(pid))), "")
        return self._sources[key]

    def chain(self, pid: int) -> Iterator[int]:
        """Gives the process of `pid`, then its parent, and so on."""
        current = _process_of(pid)
        for _ in range(_DEEPEST):
            if current <= 0:
                return
            yield current
            stat = _stat(current)
            if stat is None:
                return
            current = int(stat[3])

    def command(self, pid: int) -> str:
        """Gives the command line of `pid`, shortened; of the program only its name."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        except OSError:
            return ""
        program, *rest = (word.decode(errors="replace") for word in words)
        return shortened(" ".join((program.rpartition("/")[2], *rest)))

    def descendants(self, root: int) -> list[int]:
        """Gives the processes of the tree under `root`, itself included."""
        children: dict[int, list[int]] = {}
        for pid in everybody():
            if (stat := _stat(pid)) is not None:
                children.setdefault(int(stat[3]), []).append(pid)
        found = [root]
        for pid in found:
            found += children.get(pid, [])
        return found

    def marked(self, root: int, mark: str) -> list[int]:
        """Gives the processes that are the test's by other signs than their parents: its daemons.

        They have `mark` (VARIABLE=VALUE) in the environment that they were started in, or are
        forks of `root` that have executed nothing since.
        """
        ours = _stat(root)
        layout = _key(ours)[2:] if ours else ()
        found = []
        for pid in everybody():
            if (stat := _stat(pid)) is not None:
                # Where they may not be read they are 0, of everybody.
                same = b"0" not in layout and _key(stat)[2:] == layout
                if same or mark.encode() in _environment(pid):
                    found.append(pid)
        return found

    def _label(self, pid: int) -> str:
        stat = _stat(pid)
        if stat is None:
            return ""
        key = _key(stat)
        if key not in self._labels:
            named = [entry for entry in _environment(pid) if entry.startswith(_VARIABLE)]
            self._labels[key] = named[0][len(_VARIABLE) :].decode() if named else ""
        return self._labels[key]


def everybody() -> list[int]:
    """Gives every process that can be seen."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 (no paths)


def _stat(pid: int) -> list[bytes] | None:
    """Gives the fields of /proc/PID/stat, the pid first, without the name that may hold spaces."""
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return None
    try:
        head, _, tail = os.read(descriptor, 2000).rpartition(b")")
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return [head.split(b" ")[0], b"", *tail.split()]


def _key(stat: list[bytes]) -> _Key:
    return (stat[0], stat[21], *stat[47:51])


def _environment(pid: int) -> list[bytes]:
    """Gives what a program was started with; nothing where it may not be read."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _process_of(pid: int) -> int:
    """Gives the process that thread `pid` is of."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(text.partition("\nTgid:")[2].split()[0])
