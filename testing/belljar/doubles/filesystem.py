"""`FileSystem`: what the fixture `filesystem` gives; files in memory, over pyfakefs.

    filesystem.write("/etc/shop.toml", "currency = 'eur'")
    filesystem.full(after=100)               # no space left
    sqlite3.connect("/var/lib/shop.db")      # also a file of it, for exists, stat, rename and unlink

Programs that are started, and libraries in C that open files themselves, see the machine's files, SQLite excepted.
"""

from __future__ import annotations

import sys
from pathlib import PurePath
from types import ModuleType
from typing import Any

from belljar.doubles.errors import LibraryMissing, NoSuchThing
from belljar.doubles.ledger import Ledger

__all__ = ["FileSystem"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

# What must not see the files in memory: pytest writes its reports, coverage its data.
OURS = ("_pytest", "pytest", "coverage", "belljar.doubles", "belljar.faults", "belljar.runner")
# Programs have the machine's pipes.
PIPES = ("asyncio", "multiprocessing", "selectors", "subprocess")


class FileSystem:
    """The files of a test. `fake` is pyfakefs's own, for all that is not here."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._patcher: Any = None
        self._sqlite: Any = None

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
        if self.fake.exists(str(path)):
            self.fake.remove_object(str(path))
        self.fake.create_file(str(path), contents=data)

    def folder(self, path: str | PurePath) -> None:
        """Make a folder with those above."""
        self.fake.makedirs(str(path), exist_ok=True)

    def read(self, path: str | PurePath) -> bytes:
        """Give a file's bytes."""
        name = str(path)
        if not self.fake.isfile(name):
            raise self._ledger.error(
                NoSuchThing,
                f"filesystem.read({name!r}): there is no such file",
                choices=self.files() or ["no file is there"],
            )
        contents: bytes = self.fake.get_object(name).byte_contents
        return contents

    def files(self, folder: str | PurePath = "/") -> list[str]:
        """Give the paths of all files below a folder, sorted."""
        found, waiting = [], [self.fake.get_object(str(folder))]
        while waiting:
            for entry in waiting.pop().entries.values():
                if hasattr(entry, "entries"):
                    waiting.append(entry)
                else:
                    found.append(str(entry.path))
        return sorted(found)

    def real(self, *paths: str | PurePath) -> None:
        """Let these files and folders of the machine be seen, read-only."""
        for path in paths:
            self.fake.add_real_path(str(path))

    def full(self, *, after: int = 0) -> None:
        """Let so many bytes be written, then no more: `OSError` ENOSPC."""
        used = self.fake.get_disk_usage().used
        self.fake.set_disk_usage(used + after)

    def forbid(self, path: str | PurePath) -> None:
        """Let a file or folder be neither read nor written: `PermissionError`, also for root."""
        from pyfakefs.helpers import set_uid

        set_uid(1000)
        self.fake.chmod(str(path), 0o000, force_unix_mode=True)


def _skipped() -> list[str | ModuleType]:
    return [name for name in sys.modules if name.startswith((*OURS, *PIPES))]
