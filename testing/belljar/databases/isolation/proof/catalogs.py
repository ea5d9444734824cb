"""`Objects`: everything that DDL makes, as PostgreSQL's own catalogs have it.

A clone has the template's catalogs to the byte, oids included. So two databases are compared row by
row, without a word about what a table or an index is; a kind of object that a later PostgreSQL has
is one line here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from belljar.databases.isolation.proof.escapes import Escape
from belljar.databases.isolation.wire import ask

if TYPE_CHECKING:
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["Object", "Objects", "changes", "fingerprint", "fingerprints", "objects", "readable"]

# Catalog: the catalog of what its rows are about, that object's oid and a part's number.
_PARTS = {
    "pg_aggregate": ("pg_proc", "aggfnoid", "0"),
    "pg_attribute": ("pg_class", "attrelid", "attnum"),
    "pg_enum": ("pg_type", "enumtypid", "0"),
    "pg_foreign_table": ("pg_class", "ftrelid", "0"),
    "pg_index": ("pg_class", "indexrelid", "0"),
    "pg_inherits": ("pg_class", "inhrelid", "0"),
    "pg_partitioned_table": ("pg_class", "partrelid", "0"),
    "pg_range": ("pg_type", "rngtypid", "0"),
    "pg_sequence": ("pg_class", "seqrelid", "0"),
    "pg_ts_config_map": ("pg_ts_config", "mapcfg", "0"),
}
_WHOLES = (
    "pg_am", "pg_attrdef", "pg_cast", "pg_class", "pg_collation", "pg_constraint", "pg_conversion",
    "pg_default_acl", "pg_event_trigger", "pg_extension", "pg_foreign_data_wrapper",
    "pg_foreign_server", "pg_language", "pg_namespace", "pg_opclass",
    "pg_operator", "pg_opfamily", "pg_policy", "pg_proc", "pg_publication", "pg_publication_rel",
    "pg_rewrite", "pg_statistic_ext", "pg_transform", "pg_trigger", "pg_ts_config", "pg_ts_dict",
    "pg_ts_parser", "pg_ts_template", "pg_type", "pg_user_mapping",
)  # fmt: skip
# Comments say themselves what they are about.
_CATALOGS = {
    **{name: (name, "oid", "0") for name in _WHOLES},
    **_PARTS,
    "pg_description": ("", "objoid", "objsubid"),
    "pg_largeobject_metadata": ("pg_largeobject", "oid", "0"),
}
# Some of what initdb has made is changed by ordinary DDL: the schema `public`, for one.
# And who makes a large object chooses its oid.
_ALL_OIDS = ("pg_extension", "pg_largeobject_metadata", "pg_namespace")
_FIRST = 16384
# What changes by itself: by VACUUM, ANALYZE and REINDEX, or stays after an object is gone.
_VOLATILE = (
    "relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid",
    "relfilenode", "relhasindex", "relhasrules", "relhastriggers", "relhassubclass", "relnatts",
    "indcheckxmin", "attcacheoff",
)  # fmt: skip
# A part that comes and goes with something else, which is told.
_BELONGS = """
    SELECT classid, objid, refclassid, refobjid FROM pg_depend
    WHERE objid >= 16384 AND refobjid >= 16384 AND deptype IN ('a', 'e', 'i', 'P', 'S')
"""

_TEMPORARY = """
    SELECT 'pg_class'::regclass::oid, oid FROM pg_class WHERE relpersistence = 't'
"""

Key: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class Object:
    """What PostgreSQL calls it, and its rows in the catalogs."""

    name: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Objects:
    """All of one database, which of them belong to which, and those that go with their session."""

    all: dict[Key, Object]
    belongs: dict[tuple[int, int], set[tuple[int, int]]]
    temporary: frozenset[tuple[int, int]] = frozenset()


def readable(connection: AnyConnection) -> tuple[str, ...]:
    """Return the names of the catalogs that this server has and this user may read."""
    names = "{" + ",".join(sorted(_CATALOGS)) + "}"
    query = """
        SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace
        AND relname = ANY ($1::text[]) AND has_table_privilege(oid, 'SELECT') ORDER BY 1
    """
    return tuple(name for (name,) in ask(connection, query, names))


def objects(connection: AnyConnection, catalogs: tuple[str, ...]) -> Objects:
    """Return all that these have now."""
    if not catalogs:
        return Objects({}, {})
    queries = []
    for name in catalogs:
        about, oid, part = _CATALOGS[name]
        about = f"'{about}'::regclass" if about else "classoid"
        row = f"to_jsonb(c) - '{{{','.join(_VOLATILE)}}}'::text[]"
        queries.append(
            f"SELECT {about}::oid, c.{oid}::oid, {part}::int, "
            f"pg_describe_object({about}, c.{oid}, {part}), '{name}', ({row})::text "
            f"FROM {name} c WHERE {_wanted(name, oid)}"
        )
    collected: dict[Key, tuple[str, list[str]]] = {}
    for about, oid, part, described, name, row in ask(connection, " UNION ALL ".join(queries)):
        key = (int(about), int(oid), int(part))
        collected.setdefault(key, (described or f"{name} {oid}", []))[1].append(f"{name} {row}")
    belongs: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for about, oid, owner_about, owner in ask(connection, _BELONGS):
        belongs.setdefault((int(about), int(oid)), set()).add((int(owner_about), int(owner)))
    found = {key: Object(name, tuple(sorted(rows))) for key, (name, rows) in collected.items()}
    temporary = frozenset((int(about), int(oid)) for about, oid in ask(connection, _TEMPORARY))
    return Objects(found, belongs, temporary)


def changes(before: Objects, now: Objects) -> list[Escape]:
    """Return what was created, dropped or changed, without the parts of what is told anyway."""
    found = []
    for word, there, here in (("created", before, now), ("dropped", now, before)):
        new = {key for key in here.all if key not in there.all}
        wholes = {(about, oid) for about, oid, part in new if not part}
        for key in new:
            about, oid, part = key
            if (about, oid) in here.temporary:
                continue
            owners = here.belongs.get((about, oid), set()) - {(about, oid)}
            if owners & wholes or (part and (about, oid) in wholes):
                continue
            changed = here.all[key]
            parts = {row.split(" ", 1)[0] for row in changed.rows}
            whole = parts.intersection((*_WHOLES, "pg_attribute", "pg_largeobject_metadata"))
            detail = word if whole else f"changed ({', '.join(sorted(parts))})"
            found.append(_escape(changed.name, detail))
    for key in before.all.keys() & now.all.keys():
        was, there_now = before.all[key], now.all[key]
        if was.rows != there_now.rows:
            found.append(_escape(was.name, f"changed ({_fields(was.rows, there_now.rows)})"))
    return found


def fingerprints(connection: AnyConnection, catalogs: tuple[str, ...]) -> dict[str, str]:
    """Return for each catalog a value that changes with its rows; the same in two clones."""
    query = " UNION ALL ".join(f"SELECT '{name}', {_sum(name)}" for name in catalogs)
    return {name: value for name, value in ask(connection, query)}


def fingerprint(catalogs: tuple[str, ...]) -> str:
    """Return an expression for all of them together."""
    return f"concat_ws(',', {', '.join(map(_sum, catalogs))})"


def _sum(name: str) -> str:
    oid = _CATALOGS[name][1]
    # A clone has the transaction ids too.
    number = f"hashint8extended(c.{oid}::oid::bigint, c.xmin::text::bigint)::numeric"
    return f"(SELECT coalesce(sum({number}), 0) FROM {name} c WHERE {_wanted(name, oid)})"


def _wanted(name: str, oid: str) -> str:
    if name in _ALL_OIDS:
        return "nspname !~ '^pg_(toast_)?temp_'" if name == "pg_namespace" else "true"
    wanted = f"c.{oid} >= {_FIRST}"
    return f"{wanted} AND attnum > 0 AND NOT attisdropped" if name == "pg_attribute" else wanted


def _escape(name: str, detail: str) -> Escape:
    kind = "large_objects" if name.startswith("large object ") else "ddl"
    return Escape(kind, name, detail)


def _fields(was: tuple[str, ...], now: tuple[str, ...]) -> str:
    """Name the columns that differ; of several rows, the catalogs."""
    old, new = (dict(row.split(" ", 1) for row in rows) for rows in (was, now))
    names: set[str] = set()
    for catalog in old.keys() | new.keys():
        one: dict[str, Any] = json.loads(old.get(catalog, "{}"))
        two: dict[str, Any] = json.loads(new.get(catalog, "{}"))
        names |= {field for field in one.keys() | two.keys() if one.get(field) != two.get(field)}
    return ", ".join(sorted(names)) or "parts of it"
