"""PostgreSQL's protocol, version 3: messages out of a stream, and those that a fault needs."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

__all__ = [
    "CANCEL_REQUEST",
    "ENCRYPTION_REQUESTS",
    "NotPostgres",
    "Part",
    "Parts",
    "error_fields",
    "error_response",
    "failing_statement",
    "is_commit",
    "message",
    "texts",
]

CANCEL_REQUEST = 80877102
ENCRYPTION_REQUESTS = (80877103, 80877104)  # SSLRequest, GSSENCRequest

# The server's limit for a message.
_MAX = 1 << 30
_COMMENTS = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)+", re.DOTALL)
_COMMIT = re.compile(r"(?:^|;)\s*(?:commit|end)\b", re.IGNORECASE)


class NotPostgres(Exception):
    """The stream is not of this protocol: encrypted, or joined in the middle of a message."""


class Part(NamedTuple):
    """A message, or a part of a large one; `kind` is its letter."""

    kind: bytes
    data: bytes
    first: bool
    last: bool


class Parts:
    """Cuts a stream into messages.

    Those whose kind is in `whole` come in one; of the others, which may be of any size, parts are
    given as they come.
    """

    def __init__(self, kinds: bytes, whole: bytes) -> None:
        self._kinds = kinds
        self._whole = whole
        self._buffer = b""
        self._kind = b""
        self._left = 0  # bytes to come of a message that is given in parts

    def feed(self, data: bytes) -> Iterator[Part]:
        """Yield what is complete; raises `NotPostgres`, and `rest` is what was not yielded."""
        data = self._buffer + data if self._buffer else data
        self._buffer = b""
        at, size = 0, len(data)
        while at < size:
            if self._left:
                part = data[at : at + self._left]
                self._left -= len(part)
                at += len(part)
                yield Part(self._kind, part, False, not self._left)
                continue
            if size - at < 5:
                break
            kind = data[at : at + 1]
            (length,) = struct.unpack_from(">I", data, at + 1)
            if kind not in self._kinds or not 4 <= length < _MAX:
                self._buffer = data[at:]
                raise NotPostgres
            end = at + 1 + length
            if end <= size:
                yield Part(kind, data[at:end], True, True)
                at = end
                continue
            if kind in self._whole:
                break
            self._kind, self._left = kind, end - size
            yield Part(kind, data[at:], True, False)
            return
        self._buffer = data[at:]

    @property
    def rest(self) -> bytes:
        """What came and is no whole message yet."""
        return self._buffer


def message(kind: bytes, body: bytes) -> bytes:
    """Return one message."""
    return kind + struct.pack(">I", len(body) + 4) + body


def texts(data: bytes, count: int) -> list[str]:
    """Return the first zero-terminated texts of a message's body."""
    parts = data[5:].split(b"\0", count)[:count]
    return [part.decode("utf-8", "replace") for part in parts]


def error_response(severity: str, sqlstate: str, text: str) -> bytes:
    """Return an ErrorResponse."""
    fields = (("S", severity), ("V", severity), ("C", sqlstate), ("M", text), ("R", "belljar"))
    body = b"".join(f"{letter}{value}".encode() + b"\0" for letter, value in fields)
    return message(b"E", body + b"\0")


def error_fields(data: bytes) -> dict[str, str]:
    """Return the fields of an ErrorResponse, by letter."""
    return {
        field[:1].decode("latin-1"): field[1:].decode("utf-8", "replace")
        for field in data[5:].split(b"\0")
        if field
    }


def is_commit(statement: str) -> bool:
    """Whether a statement, or one of several in a text, commits."""
    return bool(_COMMIT.search(_COMMENTS.sub(" ", statement)))


def failing_statement(sqlstate: str, text: str) -> str:
    """Return a statement that fails like this, so that the server knows of the failure as well."""
    quoted = text.replace("\\", "/").replace("'", "''").replace("$", "")
    return (
        f"DO $belljar$BEGIN RAISE EXCEPTION USING ERRCODE = '{sqlstate}', "
        f"MESSAGE = '{quoted}'; END$belljar$"
    )
