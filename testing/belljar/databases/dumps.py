"""`dumped_version`: which PostgreSQL a dump comes from, read from its first bytes."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["dumped_version", "is_dump"]

HEAD = 4096
MAGIC = b"PGDMP"
# pg_dump since 15 names the compression in a byte where a number was before.
NAMES_COMPRESSION = (1, 15)
TIME_FIELDS = 7


def dumped_version(path: Path) -> int | None:
    """Return the major version of the server that was dumped; None if the file does not say."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    try:
        said = _in_archive(head) if head.startswith(MAGIC) else head
    except IndexError:
        return None
    found = re.search(rb"Dumped from database version (\d+)", said)
    return int(found[1]) if found else None


def is_dump(path: Path) -> bool:
    """Whether a file with that suffix has what the suffix says, and is not empty, say."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return head.startswith(MAGIC) if path.suffix == ".dump" else bool(head.strip())


def _in_archive(head: bytes) -> bytes:
    """What a custom-format dump's header says, in the words of a plain one."""
    place = len(MAGIC)
    version = (head[place], head[place + 1])
    size = head[place + 3]  # of an integer, beside its sign
    place += 6

    def number() -> int:
        nonlocal place
        value = int.from_bytes(head[place + 1 : place + 1 + size], "little")
        sign = -1 if head[place] else 1
        place += 1 + size
        return sign * value

    def text() -> bytes:
        nonlocal place
        length = max(number(), 0)
        place += length
        return head[place - length : place]

    if version >= NAMES_COMPRESSION:
        place += 1
    else:
        number()
    for _ in range(TIME_FIELDS):
        number()
    text()  # the database's name
    return b"Dumped from database version " + text()
