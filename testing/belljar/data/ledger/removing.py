"""`remove`: what a ledger has noted, taken out of the database again; nothing else.

Rows go in the reverse order of their references, all in one transaction. A row is left, and reported, when
it is not certain that it is ours, or when a row that is not ours refers to it: whatever the
constraint would do (cascade, set NULL), it would do to others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from belljar.data.ledger.created import columns_of, keys_as, looked_up
from belljar.data.ledger.notes import Note
from belljar.data.scenarios.asking import ask
from belljar.data.scenarios.ordering import in_order
from belljar.data.scenarios.schema import Reference, Schema, Table
from belljar.data.scenarios.schema_postgres import postgres_schema
from belljar.data.scenarios.wanted import Wanted
from belljar.databases.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Removal", "remove"]

_PART = 20_000
_SHOWN = 5
Key = tuple[str, ...]


@dataclass
class Removal:
    """What was removed, was gone already, and was left with the reason; by table."""

    removed: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    left: list[tuple[Note, str]] = field(default_factory=list)

    def lines(self, *, dry: bool = False) -> list[str]:
        """Return the report, a line for each table and each reason."""
        verb = "would remove" if dry else "removed"
        lines = [f"{verb} {count} of {table}" for table, count in self.removed.items() if count]
        lines += [f"{count} of {table} were gone already" for table, count in self.gone.items()]
        for note, why in self.left:
            keys = ", ".join(f"({', '.join(key)})" for key in note.rows[:_SHOWN])
            more = f" and {note.count - _SHOWN} more" if note.count > _SHOWN else ""
            lines.append(f"left {note.table} ({', '.join(note.key)}): {keys}{more}: {why}")
        return lines or ["nothing to remove"]


@dataclass
class _Part:
    """Rows of one table that may go, and the note that each is from."""

    table: Table
    key: Key
    rows: dict[Key, tuple[Note, int]]


def remove(connection: Connection[Any], notes: Sequence[Note]) -> Removal:
    """Remove the rows in the transaction that is open; return what was done."""
    schema = postgres_schema(connection)
    done = Removal()
    by_table: dict[str, list[Note]] = {}
    for note in notes:
        if note.table in schema.tables:
            by_table.setdefault(note.table, []).append(note)
        else:
            done.gone[note.table] = done.gone.get(note.table, 0) + note.count
    groups = in_order({name: Wanted(schema.tables[name]) for name in by_table})
    for group in reversed(groups):
        names = [wanted.table.name for wanted in group]
        whole = len(names) > 1 or any(r.to in names for w in group for r in w.table.references)
        if whole:
            parts = [_all(schema.tables[name], by_table[name]) for name in names]
            _try(connection, schema, parts, done)
            continue
        for part in _parts(schema.tables[names[0]], by_table[names[0]]):
            _try(connection, schema, [part], done)
    return done


def _try(
    connection: Connection[Any], schema: Schema, parts: Sequence[_Part], done: Removal
) -> None:
    """Remove the rows; where this user may not, all of them stay."""
    import psycopg

    whole = [replace(part, rows=dict(part.rows)) for part in parts]
    trial = Removal()
    try:
        with connection.transaction():
            _remove(connection, schema, parts, trial)
    except psycopg.Error as error:
        if connection.closed:
            raise
        why = error.diag.message_primary or str(error)
        trial = Removal()
        for part in whole:
            for key in list(part.rows):
                _leave(part, key, why, trial)
    for counted, more in ((done.removed, trial.removed), (done.gone, trial.gone)):
        for name, count in more.items():
            counted[name] = counted.get(name, 0) + count
    done.left += trial.left


def _parts(table: Table, notes: Iterable[Note]) -> Iterable[_Part]:
    for note in notes:
        for keys, first in note.keys(_PART):
            rows = {key: (note, first + number) for number, key in enumerate(keys)}
            yield _Part(table, note.key, rows)


def _all(table: Table, notes: Sequence[Note]) -> _Part:
    rows = {key: row for part in _parts(table, notes) for key, row in part.rows.items()}
    return _Part(table, notes[0].key, rows)


def _remove(
    connection: Connection[Any], schema: Schema, parts: Sequence[_Part], done: Removal
) -> None:
    for part in parts:
        _claim(connection, part, done)
    moved = True
    while moved:  # a row that stays keeps those that it refers to
        moved = False
        for part in parts:
            for reference, child in _referring(schema, part.table):
                fellow = next((one for one in parts if one.table is child), None)
                for key in _hung(connection, part, reference, child, fellow):
                    why = f"rows of {child.name} that are not ours refer to it ({reference.name})"
                    _leave(part, key, why, done)
                    moved = True
    statements, parameters = [], []
    for part in parts:
        if part.rows:
            joined = keys_as(part.table, part.key, "u").replace(" ON ", " WHERE ", 1)
            statements.append(f"DELETE FROM {part.table.sql} t USING {joined}")
            parameters += columns_of(list(part.rows))
    if statements:
        named = ", ".join(f"d{at} AS ({text} RETURNING 1)" for at, text in enumerate(statements))
        counts = ", ".join(f"(SELECT count(*) FROM d{at})" for at in range(len(statements)))
        [found] = ask(connection, f"WITH {named} SELECT {counts}", parameters)
        for part, count in zip([part for part in parts if part.rows], found, strict=True):
            name = part.table.name
            done.removed[name] = done.removed.get(name, 0) + count


def _claim(connection: Connection[Any], part: _Part, done: Removal) -> None:
    """Lock the rows that are there, and leave those that may be another's."""
    keys = list(part.rows)
    found = {}
    for number, xmin, hashes in looked_up(connection, part.table, part.key, keys, lock=True):
        found[keys[number]] = (xmin, [h or "" for h in hashes])
    for key in keys:
        if key not in found:
            done.gone[part.table.name] = done.gone.get(part.table.name, 0) + 1
            del part.rows[key]
            continue
        why = _doubt(part, key, *found[key])
        if why:
            _leave(part, key, why, done)


def _doubt(part: _Part, key: Key, xmin: str, hashes: Sequence[str]) -> str:
    """Why a row may be another's; empty if it is ours."""
    note, number = part.rows[key]
    if xmin == (note.xmins[number] if len(note.xmins) > 1 else note.xmins[0]):
        return ""
    if not note.ours:
        return "it was written again since, under a key that others may have given, too"
    others = [name for name in part.table.columns if name not in part.key]
    now = dict(zip(others, hashes, strict=True))
    if not note.prints:
        return "it was written again since"
    then = dict(zip(note.columns, note.prints[number], strict=True))
    same = sum(now.get(name) == value for name, value in then.items())
    if same * 2 < len(then):
        return "it was written again since, and hardly anything is as it was"
    return ""


def _leave(part: _Part, key: Key, why: str, done: Removal) -> None:
    note, number = part.rows.pop(key)
    one = len(note.xmins) == 1
    alone = replace(
        note,
        rows=(key,),
        ranges=(),
        xmins=note.xmins if one else (note.xmins[number],),
        prints=(note.prints[number],) if note.prints else (),
    )
    for at, (known, reason) in enumerate(done.left):
        if reason == why and _kind(known) == _kind(alone):
            xmins = known.xmins if len(known.xmins) > 1 else known.xmins * len(known.rows)
            merged = replace(
                known,
                rows=known.rows + alone.rows,
                xmins=xmins + alone.xmins,
                prints=known.prints + alone.prints,
            )
            done.left[at] = (merged, why)
            return
    done.left.append((alone, why))


def _kind(note: Note) -> tuple[object, ...]:
    """What notes have in common that can be one."""
    return note.table, note.key, note.ours, note.columns, bool(note.prints)


def _referring(schema: Schema, table: Table) -> list[tuple[Reference, Table]]:
    return [
        (reference, child)
        for child in schema.tables.values()
        for reference in child.references
        if reference.to == table.name
    ]


def _hung(
    connection: Connection[Any],
    part: _Part,
    reference: Reference,
    child: Table,
    fellow: _Part | None,
) -> list[Key]:
    """The keys of rows that a row refers to which stays."""
    if not part.rows:
        return []
    keys = list(part.rows)
    match = " AND ".join(
        f"c.{quoted(here)} = t.{quoted(there)}"
        for here, there in zip(reference.columns, reference.to_columns, strict=True)
    )
    parameters = columns_of(keys)
    ours = ""
    if fellow is not None and fellow.rows:
        joined = keys_as(child, fellow.key, "f", "c").replace(" ON ", " WHERE ", 1)
        ours = f" AND NOT EXISTS (SELECT FROM {joined})"
        parameters += columns_of(list(fellow.rows))
    query = (
        f"SELECT u.o - 1 FROM {part.table.sql} t JOIN {keys_as(part.table, part.key, 'u')} "
        f"WHERE EXISTS (SELECT FROM {child.sql} c WHERE {match}{ours})"
    )
    return [keys[number] for (number,) in ask(connection, query, parameters)]
