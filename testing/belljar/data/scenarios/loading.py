"""`load` and `check`: a scenario into a database, all of it or nothing."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from belljar.data.scenarios.checking import Judge, examine
from belljar.data.scenarios.errors import BadScenario, Mistake, shortened
from belljar.data.scenarios.finding import Scenarios
from belljar.data.scenarios.ground import Ground
from belljar.data.scenarios.loaded import Loaded
from belljar.data.scenarios.reading import files_of, read_sheets
from belljar.data.scenarios.targets import opened
from belljar.data.scenarios.wanted import Wanted

if TYPE_CHECKING:
    from belljar.data.draw import Draw

__all__ = ["Scenario", "check", "examined", "files_for", "load", "put"]

Scenario = str | Path | Sequence[Path]


def load(
    scenario: Scenario,
    into: object,
    *,
    draw: Draw | None = None,
    scenarios: Scenarios | None = None,
) -> Loaded:
    """Return how many rows of each table were loaded, in one transaction.

    `scenario` is a name in `scenarios` (default: the folder `scenarios`), a path, or a list of files.
    `into` is a URL, a test's database, or a connection, session or engine; the transaction that is
    open on one stays its owner's. `draw` is what a scenario in code draws from; it is seeded by the
    scenario's name without. Raises `BadScenario` with every mistake, before anything is written.
    """
    name, files = files_for(scenario, scenarios)
    with opened(into) as driver:
        return Loaded(put(name, examined(name, files, draw, driver), driver))


def put(name: str, groups: Sequence[Sequence[Wanted]], driver: Any) -> dict[str, int]:
    """Return the rows of each table, after loading them in the transaction that is open."""
    if isinstance(driver, sqlite3.Connection):
        from belljar.data.scenarios.load_sqlite import load_sqlite

        with _told(name, groups):
            return load_sqlite(driver, groups, name)
    from belljar.data.scenarios.load_postgres import load_postgres

    with _told(name, groups):
        return load_postgres(driver, groups)


def check(
    scenario: Scenario,
    into: object,
    *,
    draw: Draw | None = None,
    scenarios: Scenarios | None = None,
) -> Loaded:
    """Return how many rows of each table `load` would load; writes nothing. Raises `BadScenario`."""
    name, files = files_for(scenario, scenarios)
    with opened(into) as driver:
        groups = examined(name, files, draw, driver)
    return Loaded({wanted.table.name: len(wanted.rows) for group in groups for wanted in group})


def files_for(scenario: Scenario, scenarios: Scenarios | None) -> tuple[str, list[Path]]:
    """Return what a scenario is called in messages, and its files. Raises `BadScenario`."""
    if isinstance(scenario, (str, Path)):
        path = (scenarios or Scenarios()).find(scenario)
        name, files = str(path), files_of(path)
    elif isinstance(scenario, Sequence) and all(isinstance(one, Path) for one in scenario):
        files = [Path(one) for one in scenario]
        folders = {file.parent for file in files}
        together = len(files) > 1 and len(folders) == 1
        name = str(folders.pop()) if together else ", ".join(map(str, files)) or "[]"
    else:
        name = shortened(scenario)
        text = f"a scenario is a name, a path or a list of paths, and no {type(scenario).__name__}"
        known = ", ".join((scenarios or Scenarios()).names())
        raise BadScenario(name, [Mistake(name, text, f"one of: {known or 'a path'}")])
    if not files:
        fix = "write TABLE.csv or TABLE.json into it"
        raise BadScenario(name, [Mistake(name, "there is no file in it", fix)])
    return name, files


def examined(
    name: str, files: Sequence[Path], draw: Draw | None, driver: Any
) -> list[list[Wanted]]:
    """Return the rows of a scenario in the order of loading. Raises `BadScenario`."""
    with _told(name, []):
        sheets, mistakes = read_sheets(files, Ground(driver), draw)
        # What is missing in a broken file is not missed by the others.
        groups, found = examine(sheets, _judge(driver), rows=not mistakes)
    if mistakes or found:
        raise BadScenario(name, [*mistakes, *found])
    return groups


@contextmanager
def _told(name: str, groups: Sequence[Sequence[Wanted]]) -> Iterator[None]:
    """Tell what the database says inside as a mistake, at its row where it is about one."""
    try:
        yield
    except sqlite3.Error as error:
        fix = "load again when the other connection is done" if "locked" in str(error) else ""
        raise BadScenario(name, [Mistake("the database", str(error), fix)]) from None
    except Exception as error:
        if "psycopg" not in sys.modules:
            raise
        import psycopg

        if not isinstance(error, psycopg.Error):
            raise
        from belljar.data.scenarios.load_postgres import refusal

        raise BadScenario(name, [refusal(error, groups)]) from None


def _judge(driver: Any) -> Judge:
    if isinstance(driver, sqlite3.Connection):
        from belljar.data.scenarios.judge_sqlite import SqliteJudge

        return SqliteJudge(driver)
    from belljar.data.scenarios.judge_postgres import PostgresJudge

    return PostgresJudge(driver)
