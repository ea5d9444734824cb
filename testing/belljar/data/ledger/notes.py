"""`Note` and `NoteFile`: what was created, written down and synced before it is committed.

A file has a JSON value a line; it is only ever added to. A line that a kill has cut in half was never
followed by a commit.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from belljar.data.ledger.errors import LedgerUnreadable

__all__ = ["Note", "NoteFile"]

_VERSION = 1
_ANOTHER = "name a file that this user may write: file="


@dataclass(frozen=True)
class Note:
    """Rows of one table, by their keys as texts; or ranges (first, last) of a key that is a number.

    `xmins` says which transaction wrote each row (one for all of them, if it is one), `prints` has a
    short hash of each other column. `ours` are keys that the database gave: nobody else has them.
    """

    table: str
    key: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()
    step: int = 1
    xmins: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    prints: tuple[tuple[str, ...], ...] = ()
    ours: bool = False

    @property
    def count(self) -> int:
        """How many rows it is about."""
        if self.rows:
            return len(self.rows)
        return sum((last - first) // self.step + 1 for first, last in self.ranges)

    def keys(self, size: int) -> Iterator[tuple[list[tuple[str, ...]], int]]:
        """Yield its keys in parts of at most that size, each with the number of its first row."""
        for first in range(0, len(self.rows), size):
            yield list(self.rows[first : first + size]), first
        for low, high in self.ranges:
            for begin in range(low, high + 1, size * self.step):
                end = min(begin + (size - 1) * self.step, high)
                yield [(str(number),) for number in range(begin, end + 1, self.step)], 0

    @classmethod
    def read(cls, value: dict[str, Any]) -> Note:
        """Return what JSON has of it."""

        def frozen(part: Any) -> Any:
            return tuple(map(frozen, part)) if isinstance(part, list) else part

        return cls(**{name: frozen(part) for name, part in value.items()})


class NoteFile:
    """One ledger's file, held by the one process that writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and not path.is_file():
            raise LedgerUnreadable(f"{path} is no file", fix=_ANOTHER)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise self._unwritable(error) from None
        self.held = _lock(self._fd)

    def begin(self, place: str, token: str) -> None:
        """Write what it is about, once."""
        if not self.read_place():
            self._add({"ledger": _VERSION, "place": place, "token": token})

    def add(self, notes: Sequence[Note]) -> None:
        """Write notes; they are on the disk when this returns."""
        if notes:
            self._add(*({"note": asdict(note)} for note in notes))

    def replace(self, notes: Sequence[Note]) -> None:
        """Say that only these are left of all notes so far."""
        self._add({"left": [asdict(note) for note in notes]})

    def read_place(self) -> str:
        """Return the database that it is about; empty for a new file."""
        for number, value in self._values():
            if value.get("ledger") != _VERSION or "place" not in value:
                raise self._unreadable(number)
            return str(value["place"])
        return ""

    def notes(self) -> list[Note]:
        """Return what is noted, oldest first."""
        found: list[Note] = []
        for number, value in self._values():
            try:
                if "note" in value:
                    found.append(Note.read(value["note"]))
                elif "left" in value:
                    found = [Note.read(note) for note in value["left"]]
            except (TypeError, AttributeError):
                raise self._unreadable(number) from None
        return found

    def close(self, *, remove: bool = False) -> None:
        """Let go of it."""
        if self._fd >= 0:
            if remove and sys.platform != "win32":
                self.path.unlink(missing_ok=True)  # while nobody else can hold it
            os.close(self._fd)
            self._fd = -1
            if remove:
                self.path.unlink(missing_ok=True)

    def _values(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
            try:
                value = json.loads(line)
            except ValueError:
                if line.startswith(b"{"):
                    continue  # cut in half
                value = None
            if not isinstance(value, dict) and line:
                raise self._unreadable(number)
            if value:
                yield number, value

    def _unreadable(self, number: int) -> LedgerUnreadable:
        return LedgerUnreadable(
            f"{self.path}:{number} is nothing that a ledger of this version has written",
            fix="look into it; delete it if its rows don't matter",
        )

    def _unwritable(self, error: OSError) -> LedgerUnreadable:
        said = (error.strerror or str(error)).lower()
        return LedgerUnreadable(f"{self.path} can't be written: {said}", fix=_ANOTHER)

    def _add(self, *values: dict[str, Any]) -> None:
        lines = "".join(json.dumps(value, separators=(",", ":")) + "\n" for value in values)
        try:
            end = os.lseek(self._fd, 0, os.SEEK_END)
            if end and not self.path.read_bytes().endswith(b"\n"):
                lines = "\n" + lines  # behind what a kill has cut
            data = lines.encode()
            while data:
                data = data[os.write(self._fd, data) :]
            os.fsync(self._fd)
        except OSError as error:
            raise self._unwritable(error) from None


def _lock(fd: int) -> bool:
    """Take the lock without waiting; it ends with this process, whatever ends that."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(fd, 0x7FFF0000, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
