"""`FileSystem`: what the fixture `filesystem` gives; files in memory, over pyfakefs.

    filesystem.write("/etc/shop.toml", "currency = 'eur'")
    filesystem.full(after=100)               # no space left
    sqlite3.connect("/var/lib/shop.db")      # also a file of it, for exists, stat, rename and unlink

Programs that are started, and libraries in C that open files themselves, see the machine's files, SQLite excepted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePath
from types import ModuleType
from typing import Any

from belljar.doubles.errors import BadExpectation, LibraryMissing, NoSuchThing
from belljar.doubles.ledger import Ledger
from belljar.doubles.spoken import Spoken

__all__ = ["FileSystem"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

# The machine's own, while its files are out of sight.
_exists, _isdir = os.path.exists, os.path.isdir  # pathlib's look at the files in memory
# What must not see the files in memory: pytest writes its reports, coverage its data.
OURS = ("_pytest", "pytest", "coverage", "belljar.doubles", "belljar.faults", "belljar.runner")
# A time zone is no file of the test's.
ZONES = ("zoneinfo", "zoneinfo._common", "zoneinfo._tzpath", "zoneinfo._zoneinfo")
# Programs have the machine's pipes.
PIPES = ("asyncio", "multiprocessing", "selectors", "subprocess")


class FileSystem(Spoken):
    """The files of a test. `fake` is pyfakefs's own, for all that is not here."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._patcher: Any = None
        self._sqlite: Any = None
        # What is seen of the machine, and is no file of the test's.
        self._lent: set[str] = set()

    def install(self) -> None:
        """Put the files in memory in the place of the machine's."""
        try:
            from pyfakefs.fake_filesystem_unittest import Patcher
        except ImportError:
            raise self._ledger.error(
                LibraryMissing, "pyfakefs is not installed", fix="add pyfakefs to the test's deps"
            ) from None
        from belljar.doubles.sqlite_files import SqliteFiles

        self._sqlite = SqliteFiles(self._ledger)
        self._patcher = Patcher(additional_skip_names=_skipped())
        self._patcher.setUp()
        try:
            self._sqlite.install(self.fake)
            for path in _certificates():
                self.see(path, writable=False)
                self._lent.add(path)
        except BaseException:
            self._patcher.tearDown()
            raise

    def close(self) -> None:
        """Give the machine's files back."""
        from pyfakefs.helpers import reset_ids

        self._sqlite.close()
        self._patcher.tearDown()
        reset_ids()

    @property
    def fake(self) -> Any:
        """Pyfakefs's `FakeFilesystem`."""
        return self._patcher.fs

    def write(self, path: str | PurePath, content: str | bytes = "") -> None:
        """Make a file with its folders; one that is there is replaced."""
        data = content.encode() if isinstance(content, str) else content
        if not isinstance(data, bytes):
            raise self._bad(f"write({str(path)!r}, {content!r})", "that is neither text nor bytes")
        if self.fake.isdir(str(path)):
            raise self._bad(f"write({str(path)!r})", "there is a folder")
        if self.fake.exists(str(path)):
            self.fake.remove_object(str(path))
        self._lent.discard(str(path))
        self.fake.create_file(str(path), contents=data)

    def folder(self, path: str | PurePath) -> None:
        """Make a folder with those above."""
        if self.fake.isfile(str(path)):
            raise self._bad(f"folder({str(path)!r})", "there is a file")
        self.fake.makedirs(str(path), exist_ok=True)

    def read(self, path: str | PurePath) -> bytes:
        """Give a file's bytes."""
        name = str(path)
        if not self.fake.isfile(name):
            raise self._ledger.error(
                NoSuchThing,
                f"filesystem.read({name!r}): there is no such file",
                choices=self.files() or ["no file is there"],
                fix=f"filesystem.write({name!r}, ...) before",
            )
        contents: bytes = self.fake.get_object(name).byte_contents
        return contents

    def files(self, folder: str | PurePath = "/") -> list[str]:
        """Give the paths of all files below a folder, sorted; certificates of the machine are seen, and left out."""
        if not self.fake.isdir(str(folder)):
            raise self._missing(f"files({str(folder)!r})", "folder")
        found, waiting = [], [self.fake.get_object(str(folder))]
        while waiting:
            for entry in waiting.pop().entries.values():
                if hasattr(entry, "entries"):
                    waiting.append(entry)
                else:
                    found.append(str(entry.path))
        return sorted(path for path in found if path not in self._lent)

    def real(self, *paths: str | PurePath) -> None:
        """Let these files and folders of the machine be seen, read-only."""
        for path in map(str, paths):
            if not _exists(path):
                raise self._missing(f"real({path!r})", "file or folder on the machine")
            self.see(path, writable=False)

    def see(self, path: str, *, writable: bool) -> None:
        """Let a file or folder of the machine be seen; what is written stays in memory."""
        add = self.fake.add_real_directory if _isdir(path) else self.fake.add_real_file
        if self.fake.exists(path):
            self.fake.remove_object(path)
        add(path, read_only=not writable)

    def full(self, *, after: int = 0) -> None:
        """Let so many bytes be written, then no more: `OSError` ENOSPC."""
        if isinstance(after, bool) or not isinstance(after, int) or after < 0:
            raise self._bad(f"full(after={after!r})", "that is no number of bytes")
        used = self.fake.get_disk_usage().used
        self.fake.set_disk_usage(used + after)

    def forbid(self, path: str | PurePath) -> None:
        """Let a file or folder be neither read nor written: `PermissionError`, also for root."""
        from pyfakefs.helpers import set_uid

        if not self.fake.exists(str(path)):
            raise self._missing(f"forbid({str(path)!r})", "file or folder")
        set_uid(1000)
        self.fake.chmod(str(path), 0o000, force_unix_mode=True)

    def _bad(self, what: str, why: str) -> BadExpectation:
        return self._ledger.error(
            BadExpectation,
            f"filesystem.{what}: {why}",
            choices=['write("/etc/a.toml", "text")', 'folder("/var/lib/a")', "full(after=100)"],
            fix="give it a path that is free, text or bytes, a number of 0 or more",
        )

    def _missing(self, what: str, kind: str) -> NoSuchThing:
        return self._ledger.error(
            NoSuchThing,
            f"filesystem.{what}: there is no such {kind}",
            choices=self.files()[:20] or ["no file is there"],
            fix="filesystem.write(PATH) or filesystem.folder(PATH) before",
        )


def _certificates() -> list[str]:
    """Give the files that HTTP clients look for before they connect, also to the fixture `http`."""
    named = [
        os.environ.get(name, "")
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    ]
    if (certifi := sys.modules.get("certifi")) is not None or find_spec("certifi"):
        named.append((certifi or import_module("certifi")).where())
    return [path for path in named if path and _exists(path) and not _isdir(path)]


def _skipped() -> list[str | ModuleType]:
    return [*ZONES, *(name for name in sys.modules if name.startswith((*OURS, *PIPES)))]
