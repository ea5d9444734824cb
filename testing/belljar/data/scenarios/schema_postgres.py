"""`postgres_schema`: the tables of a PostgreSQL database, from its catalogs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from belljar.data.scenarios.asking import ask
from belljar.data.scenarios.schema import Check, Column, Reference, Schema, Table, Unique
from belljar.databases.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["postgres_schema"]

_TABLES = r"""
SELECT c.oid::int8, n.nspname::text, c.relname::text, pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""
# Seen by its bare name, or not.
_OTHERS = r"""
SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END::text,
    CASE c.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' ELSE 'a foreign table' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
"""
# BEFORE INSERT FOR EACH ROW (1 + 2 + 4), by tgtype; those of a partition are its table's, too.
_FILLED = """
SELECT DISTINCT t.tgrelid::int8 FROM pg_trigger t
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 7 = 7
AND t.tgrelid = ANY(%s::int8[])
"""
# A domain is what it is made of, but for its own NOT NULL and default.
_COLUMNS = """
SELECT a.attrelid::int8, a.attnum, a.attname::text, format_type(a.atttypid, a.atttypmod),
    NOT (a.attnotnull OR t.typnotnull),
    a.attidentity <> '' OR (d.oid IS NOT NULL AND a.attgenerated = '') OR t.typdefault IS NOT NULL,
    a.attgenerated <> '', b.typname::text, b.typcategory::text,
    ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid IN (b.oid, nullif(b.typelem, 0))
        ORDER BY enumsortorder),
    CASE WHEN a.attidentity <> '' OR d.oid IS NOT NULL
        THEN pg_get_serial_sequence(a.attrelid::regclass::text, a.attname::text) END,
    CASE WHEN t.typtype = 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
        (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname COLLATE "C")
            FROM pg_constraint k WHERE k.contypid = t.oid)) END
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY(%s::int8[])
ORDER BY a.attrelid, a.attnum
"""
_CONSTRAINTS = """
SELECT conname::text, conrelid::int8, contype::text, confrelid::int8, conkey::int4[],
    confkey::int4[], confmatchtype = 'f', CASE WHEN contype = 'c' THEN pg_get_expr(conbin, conrelid) END
FROM pg_constraint
WHERE contype IN ('c', 'f', 'p') AND conrelid = ANY(%s::int8[])
ORDER BY conrelid, conname COLLATE "C"
"""
_INDEXES = """
SELECT c.relname::text, i.indrelid::int8,
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false) FROM generate_series(1, i.indnkeyatts) k),
    pg_get_expr(i.indpred, i.indrelid),
    coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indisunique AND i.indislive AND i.indrelid = ANY(%s::int8[])
ORDER BY i.indrelid, NOT i.indisprimary, c.relname COLLATE "C"
"""
_CLOCKS = frozenset({"date", "time", "timetz", "timestamp", "timestamptz"})
_SPANS = frozenset(
    {f"{one}{kind}range" for one in ("date", "ts", "tstz") for kind in ("", "multi")}
)


def postgres_schema(connection: Connection[Any]) -> Schema:
    """Return it as this connection sees it: a table of its search path goes by its bare name."""
    tables: dict[int, Table] = {}
    aliases: dict[str, str] = {}
    for oid, schema, name, visible in ask(connection, _TABLES):
        full = f"{schema}.{name}"
        shown = name if visible else full
        tables[oid] = Table(shown, f"{quoted(schema)}.{quoted(name)}")
        aliases[full] = shown
    oids = list(tables)
    numbers: dict[tuple[int, int], str] = {}
    for oid, number, column in _columns(connection, oids):
        tables[oid].columns[column.name] = column
        numbers[oid, number] = column.name

    def names(oid: int, keys: list[int] | None) -> tuple[str, ...]:
        return tuple(numbers[oid, key] for key in keys or () if (oid, key) in numbers)

    for row in ask(connection, _CONSTRAINTS, [oids]):
        name, oid, kind, to, keys, to_keys, full, expression = row
        table = tables[oid]
        if kind == "c":
            table.checks.append(Check(name, names(oid, keys), expression))
        elif kind == "p":
            table.key = names(oid, keys)
        elif to in tables:  # one for each partition, too: those say the same
            reference = Reference(name, names(oid, keys), tables[to].name, names(to, to_keys), full)
            table.references.append(reference)
    for name, oid, definitions, predicate, alike in ask(connection, _INDEXES, [oids]):
        table = tables[oid]
        said = " ".join([*definitions, predicate or ""])
        columns = tuple(column for column in table.columns if _mentions(said, column))
        keys = tuple(definitions)
        table.uniques.append(Unique(name, keys, columns, predicate or "", not alike))
    for (oid,) in ask(connection, _FILLED, [oids]):
        tables[oid].filled = True
    others = dict(ask(connection, _OTHERS))
    return Schema({table.name: table for table in tables.values()}, aliases, others)


def _columns(connection: Connection[Any], oids: list[int]) -> list[tuple[int, int, Column]]:
    found = []
    for row in ask(connection, _COLUMNS, [oids]):
        oid, number, name, shown, nullable, default, generated = row[:7]
        base, category, labels, sequence, domain = row[7:]
        kind = "array" if category == "A" else ""
        if base in ("json", "jsonb"):
            kind = "json"
        column = Column(
            name,
            shown,
            nullable=nullable,
            default=default,
            generated=generated,
            kind=kind,
            labels=tuple(labels),
            sequence=sequence or "",
            clock=base.lstrip("_") in _CLOCKS | _SPANS,
            domain=domain or "",
        )
        found.append((oid, number, column))
    return found


def _mentions(text: str, column: str) -> bool:
    """Whether an expression speaks of a column; rather once too often."""
    return re.search(rf"(?<![\w$]){re.escape(column)}(?![\w$])", text) is not None
