"""`SqliteFiles`: SQLite in a file system in memory, which pyfakefs cannot do: SQLite opens its files itself, in C.

A database lies in a private folder of the machine; in the file system in memory there is a file that stands for
it: its size, times and bytes are the database's, and what is done with it is done with that. The path follows a rename;
who writes a database's bytes to a path can connect to it. Journals (`-journal`, `-wal`) are not seen.
"""

from __future__ import annotations

import io
import os
import sqlite3
import sqlite3.dbapi2
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import parse_qsl, unquote

from belljar.doubles.errors import Refused
from belljar.doubles.ledger import Ledger

__all__ = ["SqliteFiles"]

# The machine's own, whatever is put in their place later.
_open, _stat = io.open, os.stat
_real_connect: Callable[..., sqlite3.Connection] = sqlite3.connect
ATTACH = 24  # SQLITE_ATTACH; it has no name in sqlite3


class SqliteFiles:
    """The databases of one file system in memory."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._patches = ExitStack()
        self._folder = self._patches.enter_context(
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        )
        self._count = 0
        self._open: list[sqlite3.Connection] = []

    def install(self, fake: Any) -> None:
        """Let `sqlite3.connect` make its files here."""
        self._fake = fake
        self._kind = _kind_of_file()

        def connect(database: Any, *args: Any, **options: Any) -> sqlite3.Connection:
            return self._connect(database, args, options)

        for module in (sqlite3, sqlite3.dbapi2):
            self._patches.callback(setattr, module, "connect", _real_connect)
            setattr(module, "connect", connect)  # noqa: B010  # it is a function to the type checker

    def close(self) -> None:
        """Close what is open, and remove the databases; to be called before the file system in memory is gone."""
        for connection in self._open:
            with suppress(sqlite3.Error):
                connection.close()
        self._fake.pause()
        try:
            self._patches.close()
        finally:
            self._fake.resume()

    def _connect(self, database: Any, args: Any, options: Any) -> sqlite3.Connection:
        name = os.fsdecode(database)
        mode, query = "rwc", ""
        # The eighth argument, if somebody gives it by its position.
        if options.get("uri") or (len(args) > 6 and args[6]):
            name, mode, query = _of_uri(name)
        if name in ("", ":memory:") or "mode=memory" in query:
            return _real_connect(database, *args, **options)
        backing = self._backing(name, mode)
        told = f"file:{backing}?mode={mode}{query}" if mode != "rwc" or query else backing
        if told != backing:
            options = options | {"uri": True}
            args = args[:6]
        connection = _real_connect(told, *args, **options)
        connection.set_authorizer(self._authorize)
        self._open.append(connection)
        return connection

    def _backing(self, name: str, mode: str) -> str:
        path = self._fake.absnormpath(name)
        folder = self._fake.splitpath(path)[0]
        if self._fake.isdir(path) or not self._fake.isdir(folder):
            raise sqlite3.OperationalError("unable to open database file")
        if not self._fake.exists(path):
            if mode != "rwc":
                raise sqlite3.OperationalError("unable to open database file")
            self._fake.create_file(path)
        path = self._fake.resolve_path(path)
        there = self._fake.get_object(path)
        if not isinstance(there, self._kind):
            # From now on its bytes are those of the database.
            self._count += 1
            backing = os.path.join(self._folder, f"{self._count}.db")  # noqa: PTH118  # pathlib's is in memory here
            with _open(backing, "wb") as file:
                file.write(there.byte_contents or b"")
            there.__dict__["backing"] = backing
            there.__dict__.pop("_byte_contents")
            there.__class__ = self._kind
        if not there.has_permission(0o400 if mode == "ro" else 0o600):
            raise sqlite3.OperationalError("unable to open database file")
        found: str = there.backing
        return found

    def _authorize(self, action: int, first: Any, *rest: Any) -> int:
        if action == ATTACH and first not in ("", ":memory:"):
            # Recorded: what SQLite says of it is "not authorized" only.
            self._ledger.complaint(
                Refused,
                f"filesystem: ATTACH {first!r} would open a file of the machine",
                choices=["sqlite3.connect(PATH)", "ATTACH ':memory:'"],
                fix="for ATTACH use pytest's tmp_path, without the fixture filesystem",
            )
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK


def _of_uri(text: str) -> tuple[str, str, str]:
    """Give path, mode and the rest of the query."""
    path, _, query = text.removeprefix("file:").partition("?")
    told = dict(parse_qsl(query))
    mode = told.pop("mode", "rwc")
    if mode == "memory":
        return path, mode, "mode=memory"
    if path.startswith("//"):
        path = "/" + path[2:].partition("/")[2]
    return unquote(path), mode, "".join(f"&{key}={value}" for key, value in told.items())


def _kind_of_file() -> Any:
    from pyfakefs.fake_file import FakeFile

    class SqliteFile(FakeFile):
        """A file in memory whose bytes are a database's."""

        backing: str

        @property
        def _byte_contents(self) -> bytes:
            with _open(self.backing, "rb") as file:
                return file.read()

        @_byte_contents.setter
        def _byte_contents(self, contents: bytes | None) -> None:
            with _open(self.backing, "wb") as file:
                file.write(contents or b"")

        @property
        def stat_result(self) -> Any:  # type: ignore[override]  # who has the file sets what is in it
            result, real = self.__dict__["stat_result"], _stat(self.backing)
            if (real.st_size, real.st_mtime_ns) != self.__dict__.get("seen"):
                self.__dict__["seen"] = (real.st_size, real.st_mtime_ns)
                result.st_size = real.st_size
                result.st_mtime_ns = time.time_ns()  # of the test's clock, if it has one
            return result

    return SqliteFile
