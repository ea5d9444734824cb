"""`make_sqlite_template`: the three files of a SQLite template, from its recipe."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from belljar.databases.errors import TemplateNotBuilt
from belljar.databases.migrating import run_steps
from belljar.databases.recipe import Recipe
from belljar.databases.target import Target

__all__ = ["make_sqlite_template"]

TABLES = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)


def make_sqlite_template(recipe: Recipe, file: Path, dump: Path, tables: Path) -> list[str]:
    """Write them; return what the user should know. Raises `TemplateNotBuilt`."""
    with tempfile.TemporaryDirectory(prefix="belljar-") as folder:
        place = Path(folder) / "database.sqlite3"
        run_steps(recipe, Target(f"sqlite:///{place}", {}), partial(_run_sql_file, place))
        with closing(sqlite3.connect(place, isolation_level=None)) as connection:
            file.unlink(missing_ok=True)
            # A copy without what was deleted, and so without a trace of the order it was done in.
            connection.execute("VACUUM INTO ?", [str(file)])
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        dump.write_text("".join(f"{line}\n" for line in connection.iterdump()))
        names = sorted(str(name) for (name,) in connection.execute(TABLES))
        rows = [
            json.dumps({"schema": "main", "name": name, "rows": _count(connection, name)})
            for name in names
        ]
    tables.write_text("[" + ",".join(f"\n  {row}" for row in rows) + "\n]\n")
    return []


def _count(connection: sqlite3.Connection, table: str) -> int:
    name = table.replace('"', '""')
    (count,) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()
    return int(count)


def _run_sql_file(place: Path, file: Path) -> None:
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        for line, statement in _statements(file.read_text()):
            try:
                connection.execute(statement)
            except sqlite3.Error as error:
                lines = "".join(f"\n    {part}" for part in statement.splitlines()[:12])
                raise TemplateNotBuilt(f"{file}:{line}: {error}\n  statement:{lines}") from None
        if connection.in_transaction:
            raise TemplateNotBuilt(f"{file}: it ends in a transaction; add COMMIT")


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with the line that it begins on."""
    begun, statement = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        for part in _parts(line):
            if not statement.strip():
                statement, begun = "", number
            statement += part
            if sqlite3.complete_statement(statement):
                yield begun, statement.strip()
                statement = ""
    if statement.strip():
        yield begun, statement.strip()


def _parts(line: str) -> Iterator[str]:
    """The line, cut behind each semicolon: a statement may end there."""
    *ended, last = line.split(";")
    yield from (f"{part};" for part in ended)
    yield last
