"""`give_keys`: keys for rows of a scenario that leave them to the database, so that they can be noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from belljar.data.ledger.created import key_of
from belljar.data.ledger.errors import LedgerRefused
from belljar.data.scenarios.asking import ask
from belljar.data.scenarios.wanted import LEFT_OUT, Wanted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["give_keys"]

_DEFAULT = """
SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE d.adrelid = %s::regclass AND a.attname = %s
"""


def give_keys(connection: Connection[Any], groups: Sequence[Sequence[Wanted]]) -> dict[str, bool]:
    """Fill them in as the database would; return of each table whether it gave all of its keys."""
    given = {}
    for group in groups:
        for wanted in group:
            asked = [_fill(connection, wanted, name) for name in key_of(wanted.table)]
            given[wanted.table.name] = any(asked)
    return given


def _fill(connection: Connection[Any], wanted: Wanted, name: str) -> bool:
    """Whether every value of the column is the database's own."""
    rows = [row for row in range(len(wanted.rows)) if wanted.value(row, name) in (LEFT_OUT, None)]
    if not rows:
        return False
    column = wanted.column(name)
    if column.sequence:
        expression = "nextval('" + column.sequence.replace("'", "''") + "')"
    else:
        found = ask(connection, _DEFAULT, [wanted.table.sql, name])
        if not found:
            raise LedgerRefused(
                f"{wanted.table.name}.{name} is filled by the database, nobody knows how",
                place="ledger",
                fix="write the key in the scenario",
            )
        expression = found[0][0].replace("%", "%%")
    query = f"SELECT ({expression})::text FROM generate_series(1, %s)"
    values = wanted.values.setdefault(name, [None] * len(wanted.rows))
    if name not in wanted.columns:
        wanted.columns.append(name)
    for row, (value,) in zip(rows, ask(connection, query, [len(rows)]), strict=True):
        values[row] = value
    return len(rows) == len(wanted.rows)
