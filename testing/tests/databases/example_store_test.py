"""A fourth store, in one file: named counters in `dbm` files, as `docs/stores.md` explains it."""

from __future__ import annotations

import dbm.dumb
import shutil
import threading
from pathlib import Path
from typing import Any

from belljar.databases import Clone, DatabaseError, Escape, Store, Template
from belljar.databases.store import Fill
from belljar.databases.store_contract import StoreContract


class DbmStore:
    """Databases of the standard library's `dbm.dumb`: three files each, in a folder of ours."""

    kind = "dbm"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "dbm"
        self._number = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Make the folder; a server would be started here."""
        self._folder.mkdir(exist_ok=True)

    def template(self, fill: Fill, base: Template | None = None) -> Template:
        """Let `fill` write to a new database, which nobody writes to afterwards."""
        name = self._new(base)
        template = Template(self.kind, name, lambda: self._remove(name))
        try:
            fill(self._url(name))
        except BaseException:
            template.close()
            raise
        return template

    def clone(self, template: Template) -> Clone:
        """Copy the template's files."""
        name = self._new(template)
        return Clone(self.kind, name, self._url(name), template, lambda: self._remove(name))

    def reset(self, clone: Clone) -> None:
        """Copy them again, under the same name."""
        self._remove(clone.name)
        self._copy(clone.template.name, clone.name)

    def verify(self, clone: Clone) -> list[Escape]:
        """Compare all keys and values, and name the keys that differ."""
        before, after = self._content(clone.template.name), self._content(clone.name)
        return [
            Escape("key", key.decode(), "gone" if key not in after else "new or changed")
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]

    def stop(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _url(self, name: str) -> str:
        return str(self._folder / name)

    def _new(self, source: Template | None) -> str:
        with self._lock:
            self._number += 1
            name = f"db{self._number}"
        if source is None:
            dbm.dumb.open(self._url(name), "n").close()
        else:
            self._copy(source.name, name)
        return name

    def _copy(self, source: str, target: str) -> None:
        files = sorted(self._folder.glob(f"{source}.*"))
        if not files:
            raise DatabaseError(f"{source} is closed; keep the template open while tests need it")
        for file in files:
            shutil.copyfile(file, self._folder / f"{target}{file.suffix}")

    def _remove(self, name: str) -> None:
        for file in self._folder.glob(f"{name}.*"):
            file.unlink()

    def _content(self, name: str) -> dict[bytes, bytes]:
        database: Any
        with dbm.dumb.open(self._url(name), "r") as database:
            return {key: database[key] for key in database.keys()}  # noqa: SIM118 (it has no iterator)


class TestDbm(StoreContract):
    escaped = ("key apples: new or changed", "key pears: gone", "key plums: new or changed")

    def make(self, folder: Path) -> Store:
        return DbmStore(folder)

    def fill(self, url: str) -> None:
        with self.open(url) as database:
            database.update({"apples": "3", "pears": "0", "cherries": "9"})

    def change(self, url: str) -> None:
        with self.open(url) as database:
            database["apples"] = str(int(database["apples"]) + 1)
            database["plums"] = "1"
            database.pop("pears", None)

    def state(self, url: str) -> object:
        with self.open(url) as database:
            return {key: database[key] for key in database.keys()}  # noqa: SIM118 (see above)

    def open(self, url: str) -> Any:
        return dbm.dumb.open(url, "w")
