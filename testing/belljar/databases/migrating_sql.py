r"""`run_sql_file`: a SQL file on PostgreSQL, run by psql: COPY data, `\i` and all.

Each statement is a transaction of its own, unless the file says BEGIN.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from belljar.databases.building import BuildServer
from belljar.databases.errors import TemplateNotBuilt

__all__ = ["explain", "run_sql_file"]

OPTIONS = ("-Xqb", "-v", "ON_ERROR_STOP=1", "-o", os.devnull)
# psql:FILE:LINE: ERROR:  MESSAGE, where the line is the one that the statement ends on.
ERROR = re.compile(r"^psql:(?P<file>.*?):(?P<line>\d+): (?:ERROR|FATAL|PANIC): +(?P<message>.*)$")
STATEMENT = re.compile(r"^psql:.*?:\d+: STATEMENT: +(?P<first>.*)$")
# Where in the statement: "LINE 2: select x" and a line with a caret below it.
PLACE = re.compile(r"^LINE (?P<number>\d+): ")
MOST_LINES = 12
WIDEST = 200


def run_sql_file(server: BuildServer, file: Path) -> None:
    """Run it; raises `TemplateNotBuilt` with the line, the statement and PostgreSQL's words."""
    try:
        server.run("psql", *OPTIONS, "-f", str(file))
    except TemplateNotBuilt as error:
        raise TemplateNotBuilt(explain(str(error), file)) from None


def explain(said: str, file: Path) -> str:
    """Return what psql said of a failure, with the line of the file where it is."""
    lines = said.splitlines()
    start = next((number for number, line in enumerate(lines) if ERROR.match(line)), None)
    if start is None:
        return f"{file}: {said}"
    found = ERROR.match(lines[start])
    assert found
    details: list[str] = []
    statement: list[str] = []
    into = details
    inside = 1
    for line in lines[start + 1 :]:
        begun = STATEMENT.match(line)
        if begun:
            into = statement
            line = begun["first"]
        elif place := PLACE.match(line):
            inside = int(place["number"])
        into.append(line)
    shown = statement[:MOST_LINES] + ["..."] * (len(statement) > MOST_LINES)
    number = int(found["line"]) - max(len(statement) - 1, 0) + inside - 1
    parts = [f"{found['file']}:{number}: {found['message']}"]
    parts += [f"  {line}" for line in details if line.strip()]
    if shown:
        parts += ["  statement:", *(f"    {line[:WIDEST]}" for line in shown)]
    return "\n".join(parts)
