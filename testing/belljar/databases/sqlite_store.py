"""`SqliteStore`: a database of its own for each test, in a tenth of a millisecond.

    with SqliteStore() as store:
        template = store.template(migrate)           # migrate(url)
        with store.clone(template) as clone:
            engine = sqlite_engine(clone.url)

In memory they belong to this process. Other processes can open those of `SqliteStore(on_disk=True)`.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from belljar.databases.errors import DatabaseError
from belljar.databases.folders import ServerFolder
from belljar.databases.server import quoted
from belljar.databases.sqlite import file_url, memory_url, sqlite_uri
from belljar.databases.store import Clone, Escape, Fill, Template

__all__ = ["SqliteStore"]

# What lies beside a file's database, depending on its journal mode.
COMPANIONS = ("", "-journal", "-wal", "-shm")


class SqliteStore:
    """SQLite databases in memory, for this process alone, or `on_disk` for several.

    On disk they lie in a private folder in `folder` (default: in memory, if there is room).
    """

    kind = "SQLite"

    def __init__(self, *, on_disk: bool = False, folder: Path | None = None) -> None:
        self._on_disk = on_disk
        self._parent = folder
        self._folder: ServerFolder | None = None
        # One connection to each database: it keeps those in memory alive, and sees the others'
        # commits in `data_version`.
        self._anchors: dict[str, sqlite3.Connection] = {}
        self._versions: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<SqliteStore {'on disk' if self._on_disk else 'in memory'}>"

    def start(self) -> Self:
        """Return this store, ready for use."""
        if self._on_disk and self._folder is None:
            self._folder = ServerFolder("sqlite", self._parent)
        return self

    def template(self, fill: Fill, base: Template | None = None) -> Template:
        """Return what `fill(url)` makes of an empty database, or of a copy of `base`."""
        name = self._new("template", base)
        template = Template(self.kind, name, lambda: self._close(name))
        try:
            fill(self._url(name))
            self._refuse_if_busy(name)
            # In a file the journal may still hold what was committed last, and is not copied.
            self._anchor(name).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except BaseException:
            template.close()
            raise
        return template

    def open(self, path: Path) -> Template:
        """Return a template that is a copy of the SQLite file at `path`."""
        if not path.is_file():
            raise DatabaseError(f"there is no SQLite file {path}; build it, or correct the path")

        def copy(url: str) -> None:
            with closing(sqlite3.connect(":memory:")) as source:
                source.deserialize(_without_wal(path.read_bytes()))
                with closing(sqlite3.connect(sqlite_uri(url), uri=True)) as target:
                    try:
                        source.backup(target)
                    except sqlite3.DatabaseError as error:
                        raise DatabaseError(f"{path} is not an SQLite database: {error}") from None

        return self.template(copy)

    def clone(self, template: Template) -> Clone:
        """Return a new copy of the template."""
        name = self._new("test", template)
        return Clone(self.kind, name, self._url(name), template, lambda: self._close(name))

    def reset(self, clone: Clone) -> None:
        """Copy the template over the clone; open connections see it at once."""
        self._refuse_if_busy(clone.name)
        self._anchor(clone.template.name).backup(self._anchor(clone.name))
        self._versions[clone.name] = self._version(clone.name)

    def verify(self, clone: Clone) -> list[Escape]:
        """Return tables and schema objects that differ, and whether a transaction is open."""
        anchor = self._anchor(clone.name)
        if not self._free(clone.name):
            return [Escape("transaction", clone.name, "is still open")]
        if self._version(clone.name) == self._versions[clone.name]:
            return []  # nobody has committed anything
        anchor.execute("ATTACH ? AS template", (sqlite_uri(self._url(clone.template.name)),))
        try:
            return [*_schema_escapes(anchor), *_row_escapes(anchor)]
        finally:
            anchor.execute("DETACH template")

    def stop(self) -> None:
        """Remove every clone and template; may be called again."""
        for name in list(self._anchors):
            self._close(name)
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _url(self, name: str) -> str:
        return file_url(self._path(name)) if self._on_disk else memory_url(name)

    def _path(self, name: str) -> Path:
        if self._folder is None:
            raise DatabaseError("this SqliteStore is not started; use it in a `with`")
        return self._folder.path / f"{name}.sqlite"

    def _new(self, sort: str, source: Template | None) -> str:
        """Make a database, as a copy or empty, and return its name."""
        origin = self._anchor(source.name) if source else None
        name = f"belljar-{sort}-{secrets.token_hex(4)}"
        if self._on_disk and source:
            shutil.copyfile(self._path(source.name), self._path(name))
        uri = sqlite_uri(self._url(name))
        anchor = sqlite3.connect(
            uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False
        )
        if origin and not self._on_disk:
            origin.backup(anchor)
        self._anchors[name] = anchor
        self._versions[name] = self._version(name)
        return name

    def _close(self, name: str) -> None:
        anchor = self._anchors.pop(name, None)
        self._versions.pop(name, None)
        if anchor is not None:
            anchor.close()
            if self._on_disk:
                for companion in COMPANIONS:
                    Path(f"{self._path(name)}{companion}").unlink(missing_ok=True)

    def _anchor(self, name: str) -> sqlite3.Connection:
        anchor = self._anchors.get(name)
        if anchor is None:
            raise DatabaseError(f"{name!r} is no database of {self!r}: it is closed, or another's")
        return anchor

    def _version(self, name: str) -> int:
        return int(self._anchor(name).execute("PRAGMA data_version").fetchone()[0])

    def _free(self, name: str) -> bool:
        anchor = self._anchor(name)
        try:
            anchor.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return False
            raise
        anchor.execute("ROLLBACK")
        return True

    def _refuse_if_busy(self, name: str) -> None:
        # Copying would wait for it without end.
        if not self._free(name):
            raise DatabaseError(
                f"a connection to {name} has an open transaction (or a cursor that was not read "
                "to its end); close it before"
            )


def _without_wal(content: bytes) -> bytes:
    """Return a database file's bytes, marked as one without a write-ahead log: memory has none."""
    return content[:18] + b"\x01\x01" + content[20:] if content[18:20] == b"\x02\x02" else content


def _schema_escapes(anchor: sqlite3.Connection) -> list[Escape]:
    listing = "SELECT type, name, sql FROM {}.sqlite_schema"
    query = f"{listing.format('main')} EXCEPT {listing.format('template')}"
    other = f"{listing.format('template')} EXCEPT {listing.format('main')}"
    here = {(sort, name) for sort, name, _ in anchor.execute(query)}
    there = {(sort, name) for sort, name, _ in anchor.execute(other)}
    return [
        Escape(
            "schema",
            f"{sort} {name}",
            "changed"
            if (sort, name) in here and (sort, name) in there
            else "new"
            if (sort, name) in here
            else "gone",
        )
        for sort, name in sorted(here | there)
    ]


def _row_escapes(anchor: sqlite3.Connection) -> list[Escape]:
    listing = (
        "SELECT name FROM {}.sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    both = f"{listing.format('main')} INTERSECT {listing.format('template')} ORDER BY name"
    found = []
    for (name,) in anchor.execute(both).fetchall():
        here, there = f"main.{quoted(name)}", f"template.{quoted(name)}"
        try:
            more, fewer = _difference(anchor, here, there), _difference(anchor, there, here)
        except sqlite3.OperationalError:
            continue  # other columns by now: told as a change of schema
        if more or fewer:
            found.append(Escape("rows", name, f"{more} new or changed, {fewer} gone or changed"))
    return found


def _difference(anchor: sqlite3.Connection, first: str, second: str) -> int:
    """Return how many rows the first has beyond the second, equal ones counted too."""
    row = anchor.execute(
        f"SELECT (SELECT count(*) FROM (SELECT * FROM {first} EXCEPT SELECT * FROM {second})), "
        f"(SELECT count(*) FROM {first}) - (SELECT count(*) FROM {second})"
    ).fetchone()
    return int(max(row))
