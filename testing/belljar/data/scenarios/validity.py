"""`invalid`: which texts a PostgreSQL type does not take, in the words of its input function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from belljar.data.scenarios.asking import ask
from belljar.data.scenarios.errors import brief

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Invalid", "invalid"]

# From 16 on a type can be asked without an error.
_ASKED = 160000
_ASK = """
SELECT o - 1, i.message, i.detail, i.hint
FROM unnest(%s::text[]) WITH ORDINALITY AS r (v, o), LATERAL pg_input_error_info(v, %s) AS i
WHERE NOT pg_input_is_valid(v, %s) ORDER BY o
"""


class Invalid(NamedTuple):
    """What PostgreSQL says of one text."""

    text: str
    hint: str = ""


def invalid(
    connection: Connection[Any], type_: str, texts: Sequence[object]
) -> Iterator[tuple[int, Invalid]]:
    """Yield the index of each text that is none of that type, and why."""
    if not texts:
        return
    if connection.info.server_version < _ASKED:
        yield from _tried(connection, type_, texts, 0)
        return
    import psycopg

    try:
        with connection.transaction():
            found = ask(connection, _ASK, [list(texts), type_, type_])
    except psycopg.Error:
        # A type of which this server, or its extension, raises even when it is only asked.
        yield from _tried(connection, type_, texts, 0)
        return
    for at, text, detail, hint in found:
        yield at, Invalid(brief(f"{text}: {detail}" if detail else text), hint or "")


def _tried(
    connection: Connection[Any], type_: str, texts: Sequence[object], first: int
) -> Iterator[tuple[int, Invalid]]:
    """Cast all; halve what fails until it is one."""
    import psycopg

    cast = f"SELECT count(v::{type_}) FROM unnest(%s::text[]) AS r (v)"
    try:
        with connection.transaction():
            ask(connection, cast, [list(texts)])
    except psycopg.Error as error:
        if len(texts) == 1:
            yield first, Invalid(brief(error.diag.message_primary or str(error)))
            return
        half = len(texts) // 2
        yield from _tried(connection, type_, texts[:half], first)
        yield from _tried(connection, type_, texts[half:], first + half)
