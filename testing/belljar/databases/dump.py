r"""`parts`: a plain dump, as pg_dump writes it, cut into SQL and the rows of its COPY blocks.

    for part in parts(file):
        ...  # Statements("CREATE TABLE ...;") or Rows("COPY t (a) FROM stdin;", lines)

For a client that is not psql, which would understand all of it. What only psql understands (lines
that begin with a backslash) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Rows", "Statements", "parts"]

COPY = re.compile(rb"COPY .* FROM stdin;\r?\n\Z")
END = (b"\\.\n", b"\\.\r\n")
# What may hold the end of a statement, or a line that looks like a COPY, without being one.
OPENING = re.compile(rb"--[^\n]*|/\*|\"|(\b[eE])?'|\$([A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$")


@dataclass(frozen=True)
class Statements:
    """SQL, one statement or many, to be sent at once."""

    sql: bytes


@dataclass(frozen=True)
class Rows:
    """A COPY statement and its lines, to be taken before the next part is asked for."""

    sql: bytes
    lines: Iterator[bytes]


def parts(lines: Iterable[bytes]) -> Iterator[Statements | Rows]:
    """Yield the parts in order; `lines` keep their ends."""
    source = iter(lines)
    gathered: list[bytes] = []
    until: re.Pattern[bytes] | None = None  # inside a literal or comment: what ends it
    for line in source:
        if until is None and COPY.match(line):
            if gathered:
                yield Statements(b"".join(gathered))
                gathered = []
            rows = _until_end(source)
            yield Rows(line, rows)
            for _ in rows:  # whoever did not take all of them
                pass
        elif until is not None or not line.startswith(b"\\"):
            gathered.append(line)
            until = _state(line, until)
    if gathered:
        yield Statements(b"".join(gathered))


def _until_end(source: Iterator[bytes]) -> Iterator[bytes]:
    for line in source:
        if line in END:
            return
        yield line


def _state(line: bytes, until: re.Pattern[bytes] | None) -> re.Pattern[bytes] | None:
    """What the line leaves open."""
    place = 0
    while True:
        if until is None:
            opened = OPENING.search(line, place)
            if opened is None:
                return None
            place = opened.end()
            until = _closing(opened)
            if until is None:
                continue
        closed = until.search(line, place)
        if closed is None:
            return until
        place, until = closed.end(), None


def _closing(opened: re.Match[bytes]) -> re.Pattern[bytes] | None:
    mark = opened[0]
    if mark.startswith(b"--"):
        return None
    if mark == b"/*":
        return re.compile(rb"\*/")
    if mark.endswith(b"$"):
        return re.compile(re.escape(mark))
    if opened[1]:  # E'...': a backslash takes the meaning from what follows
        return re.compile(rb"(?<!\\)(?:\\\\)*'")
    # A doubled quote ends it and opens it again, which comes to the same.
    return re.compile(re.escape(mark))
