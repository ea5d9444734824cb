"""`GraphSqlite`: a SQLite file of a graph, put back between tests while services have it open."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from belljar.databases.errors import DatabaseError
from belljar.databases.sqlite import file_url
from belljar.services.databases_postgres import Outcome
from belljar.services.guarding import GuardedFolder

if TYPE_CHECKING:
    from belljar.databases.sqlite_template import SqliteTemplate

__all__ = ["GraphSqlite"]

PATIENCE = 2.0
_COMPANIONS = ("-journal", "-wal", "-shm")


class GraphSqlite:
    """A copy of the template's file, in a private folder that goes when the test is killed, too."""

    def __init__(self, title: str, name: str, template: SqliteTemplate) -> None:
        self.title = title
        self._template = template.file
        self._folder = GuardedFolder()
        self._seen = 0
        self.path: Path = self._folder.path / f"{name}.sqlite"
        try:
            shutil.copyfile(self._template, self.path)
            self.path.chmod(0o600)
            self._open()
        except BaseException as error:
            self._folder.remove()
            if isinstance(error, OSError):
                raise DatabaseError(f"{title}: {error}") from None
            raise

    @property
    def url(self) -> str:
        """Its URL, as SQLAlchemy takes it."""
        return file_url(self.path)

    def reset(self) -> Outcome:
        """Copy the template over it; open connections see that at once."""
        if self._version() == self._seen:
            return Outcome()  # nobody has committed anything
        try:
            self._copy_back()
        except sqlite3.OperationalError as error:
            return Outcome([self._replaced(error)], cut=True)
        self._seen = self._version()
        return Outcome()

    def close(self) -> None:
        """Remove it."""
        self._anchor.close()
        self._folder.remove()

    def _open(self) -> None:
        # Sees others' commits in `data_version`.
        self._anchor = sqlite3.connect(
            self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        self._seen = self._version()

    def _version(self) -> int:
        return int(self._anchor.execute("PRAGMA data_version").fetchone()[0])

    def _copy_back(self) -> None:
        self._anchor.execute("BEGIN EXCLUSIVE")  # waits for others, and says when in vain
        self._anchor.execute("ROLLBACK")
        until = time.monotonic() + PATIENCE

        def give_up(_status: int, _remaining: int, _total: int) -> None:
            # Without it `backup` would wait for whoever comes in between, without end.
            if time.monotonic() > until:
                raise sqlite3.OperationalError("database is locked")

        with closing(sqlite3.connect(self._template.as_uri() + "?immutable=1", uri=True)) as source:
            source.backup(self._anchor, progress=give_up, sleep=0.01)

    def _replaced(self, error: sqlite3.Error) -> str:
        """Put another file in its place; who has the old one open writes into nothing."""
        self._anchor.close()
        fresh = self.path.with_suffix(".fresh")
        shutil.copyfile(self._template, fresh)
        fresh.chmod(0o600)
        for companion in _COMPANIONS:
            Path(f"{self.path}{companion}").unlink(missing_ok=True)
        fresh.replace(self.path)
        holders = ", ".join(_holders(self._folder.path, self.path.name)) or "another process"
        self._open()
        return (
            f"{self.title}: when the test was over, a transaction was still open in {holders} "
            f"({error}), so the file was replaced by a new one\n"
            "  fix: end each transaction, and read each cursor to its end, when its work is done"
        )


def _holders(folder: Path, name: str) -> list[str]:
    """Return the processes that have the replaced file open, where the system tells."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            opened = [os.fspath(descriptor.readlink()) for descriptor in (process / "fd").iterdir()]
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has gone meanwhile, or is not ours
        ours = process.name == str(os.getpid())
        if not ours and any(path.startswith(os.fspath(folder / name)) for path in opened):
            words = b" ".join(command[:3]).decode(errors="replace").strip()
            found.append(f"{words} (pid {process.name})")
    return found
