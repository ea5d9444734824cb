"""`declaration`: which database templates the running test target has declared.

The test macros write them down: `BELLJAR_DATABASES` names a JSON file (`NAME.databases.json`) that
says for each name of the `database` attribute what kind it is and which files it has.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from belljar.databases.errors import TemplateNotDeclared

__all__ = ["VARIABLE", "declaration"]

VARIABLE = "BELLJAR_DATABASES"
RULES = {"postgres": "postgres_template", "sqlite": "sqlite_template"}


def declaration(name: str, kind: str) -> dict[str, Path] | None:
    """Return the files of the template declared under that name; None if none is declared at all.

    Raises `TemplateNotDeclared` for an unknown name, or one of another kind.
    """
    place = os.environ.get(VARIABLE)
    if not place:
        return None
    root = _root()
    file = root / place
    try:
        declared = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise TemplateNotDeclared(
            f"{VARIABLE} is {place}, which cannot be read: {error}\n"
            f"  fix: unset {VARIABLE}, or let the test macros set it"
        ) from None
    found = declared.get(name)
    if found is None:
        names = ", ".join(repr(known) for known in sorted(declared)) or "none"
        raise TemplateNotDeclared(
            f"no database {name!r} is declared for this test target (declared: {names})\n"
            f"  fix: in its BUILD file: {_line(name)}"
        )
    if found["kind"] != kind:
        raise TemplateNotDeclared(
            f"the database {name!r} of this test target is {found['kind']}, not {kind}\n"
            f"  fix: in its BUILD file, name a {RULES[kind]} target: {_line(name)}"
        )
    return {key: root / value for key, value in found.items() if key != "kind"}


def _line(name: str) -> str:
    label = '":NAME_OF_TEMPLATE"'
    return f"database = {label}" if name == "default" else f'database = {{"{name}": {label}}}'


def _root() -> Path:
    """Where the paths begin: the test's runfiles of this workspace."""
    runfiles = os.environ.get("TEST_SRCDIR")
    workspace = os.environ.get("TEST_WORKSPACE")
    return Path(runfiles) / workspace if runfiles and workspace else Path.cwd()
