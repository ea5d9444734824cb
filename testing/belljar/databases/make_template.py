"""A program that makes a template: `make_template RECIPE.json NAME.tar NAME.sql NAME.tables.json`.

A build action runs it (`postgres_template` in bazel/defs.bzl), and so does `PostgresTemplate.build`.
It boots a server from the prepared cluster, makes the database, its extensions, migrations and
seed, and packs what the stopped server leaves; two runs give the same bytes.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from pathlib import Path

if __name__ == "__main__" and Path(sys.path[0]) == Path(__file__).parent:
    # The files beside this one have names that theirs may have too (settings.py, server.py).
    del sys.path[0]

from belljar.databases.errors import DatabaseError
from belljar.databases.recipe import OUTPUTS, Recipe
from belljar.processes import ProcessError

__all__ = ["IMPORTS", "main"]

# A file that the names of imported files are written to, for who builds again when they change.
IMPORTS = "BELLJAR_TEMPLATE_IMPORTS"
# For migrations that iterate over sets, ask for the time, or would leave files in the source tree.
STEADY = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "TZ": "UTC"}


def main(arguments: list[str]) -> int:
    """Return the exit code."""
    if len(arguments) != 4:
        say("needs a recipe and the three files to write")
        return 2
    if sys.platform != "win32" and any(os.environ.get(key) != STEADY[key] for key in STEADY):
        # Hash seeds are read when Python starts.
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], dict(os.environ) | STEADY)
    recipe = Recipe.read(Path(arguments[0]))
    outputs = dict(zip(OUTPUTS[recipe.kind], map(Path, arguments[1:]), strict=True))
    try:
        if recipe.kind == "postgres":
            from belljar.databases.making_postgres import make_postgres_template

            notes = make_postgres_template(recipe, **outputs)
        else:
            from belljar.databases.making_sqlite import make_sqlite_template

            notes = make_sqlite_template(recipe, **outputs)
    except (DatabaseError, ProcessError, OSError) as error:
        say(f"no template was made: {error}")
        return 1
    for note in notes:
        say(note)
    if IMPORTS in os.environ:
        Path(os.environ[IMPORTS]).write_text(json.dumps(imported()))
    return 0


def imported() -> list[str]:
    """Return the Python files that are neither Python's, nor of an installed package, nor ours."""
    others = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
    others.append(str(Path(__file__).parents[1]))
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return sorted(
        file
        for file in files
        if file and file.endswith(".py") and not any(Path(file).is_relative_to(o) for o in others)
    )


def say(text: str) -> None:
    """Tell the user."""
    print(f"make_template: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
