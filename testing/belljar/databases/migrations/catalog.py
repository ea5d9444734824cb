"""`catalog`: everything that a migration can leave in a database, as names with a definition."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, inspect, text

__all__ = ["Catalog", "catalog", "changes"]

# "table orders" -> its definition, which is compared and not shown.
Catalog = dict[str, str]

OURS = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
# What belongs to an extension came with it, and stays with it.
OWN = (
    "NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = {0} AND e.classid = '{1}'::regclass "
    "AND e.deptype = 'e')"
)
NAME = "CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || "
POSTGRES = {
    "schema": f"SELECT n.nspname, '' FROM pg_namespace n WHERE {OURS} AND nspname <> 'public' "
    f"AND {OWN.format('n.oid', 'pg_namespace')}",
    "relation": f"""
        SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view '
                   WHEN 'm' THEN 'view ' WHEN 'f' THEN 'foreign table ' ELSE 'table ' END
               || {NAME} c.relname,
               CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {OURS}
          AND {OWN.format("c.oid", "pg_class")}
          AND NOT EXISTS (SELECT FROM pg_depend s WHERE s.objid = c.oid AND c.relkind = 'S'
                          AND s.deptype IN ('a', 'i') AND s.refobjsubid > 0)
    """,
    "column": f"""
        SELECT {NAME} c.relname || '.' || a.attname,
               concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                   a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND {OURS}
          AND {OWN.format("c.oid", "pg_class")}
    """,
    "index": f"""
        SELECT {NAME} t.relname || '.' || c.relname, pg_get_indexdef(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
        WHERE c.relkind IN ('i', 'I') AND {OURS}
    """,
    "constraint": f"""
        SELECT {NAME} t.relname || '.' || c.conname, pg_get_constraintdef(c.oid)
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.contype <> 'n' AND {OURS}
    """,
    "trigger": f"""
        SELECT {NAME} c.relname || '.' || g.tgname, pg_get_triggerdef(g.oid)
        FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal AND {OURS}
    """,
    "type": f"""
        SELECT {NAME} t.typname, coalesce((SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder)
            FROM pg_enum WHERE enumtypid = t.oid), format_type(t.typbasetype, t.typtypmod))
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND {OURS}
          AND {OWN.format("t.oid", "pg_type")}
    """,
    "function": f"""
        SELECT {NAME} p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
               p.prosrc || coalesce(pg_get_function_result(p.oid), '')
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {OURS} AND {OWN.format("p.oid", "pg_proc")}
          AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.objid = p.oid AND i.deptype = 'i')
    """,
}


def catalog(connection: Connection) -> Catalog:
    """Return what there is, extensions and what belongs to them apart."""
    postgres = connection.dialect.name == "postgresql"
    return dict(_postgres(connection) if postgres else _sqlite(connection))


def changes(before: Catalog, after: Catalog, ignored: str = "alembic_version") -> list[str]:
    """Return one line for each difference; without those of the version table.

    What goes with a table (its columns, indexes, constraints) is told by the table alone.
    """
    found = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        owner = _owner(name)
        if old == new or ignored in (owner, name.partition(" ")[2]):
            continue
        if owner and (f"table {owner}" in before) != (f"table {owner}" in after):
            continue
        if old is None:
            found.append(f"{name} is left")
        elif new is None:
            found.append(f"{name} is gone")
        else:
            found.append(f"{name} is another: {_shown(old)} before, {_shown(new)} now")
    return found


def _owner(name: str) -> str:
    kind, _, rest = name.partition(" ")
    return rest.rpartition(".")[0] if kind in ("column", "constraint", "index", "trigger") else ""


def _shown(definition: str) -> str:
    words = " ".join(definition.split())
    return repr(words if len(words) < 120 else words[:117] + "...")


def _postgres(connection: Connection) -> Iterator[tuple[str, str]]:
    for kind, query in POSTGRES.items():
        for name, definition in connection.execute(text(query.replace(":", "\\:"))):
            yield (name if kind == "relation" else f"{kind} {name}"), definition


def _sqlite(connection: Connection) -> Iterator[tuple[str, str]]:
    listing = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    for kind, name, table, sql in connection.execute(text(listing)).all():
        if name.startswith("sqlite_"):
            continue
        if kind == "table":
            # Its own text changes whenever Alembic rebuilds it; its parts are compared instead.
            yield f"table {name}", ""
            yield from _sqlite_table(connection, name)
        else:
            place = name if kind == "view" else f"{table}.{name}"
            yield f"{kind} {place}", " ".join(sql.replace('"', "").split())


def _sqlite_table(connection: Connection, table: str) -> Iterator[tuple[str, str]]:
    here = inspect(connection)
    for column in here.get_columns(table):
        words = (column["type"], column["nullable"], column["default"])
        yield f"column {table}.{column['name']}", " ".join(map(str, words))
    key = here.get_pk_constraint(table)["constrained_columns"]
    yield f"constraint {table}.primary key", ", ".join(key)
    for unique in here.get_unique_constraints(table):
        yield f"constraint {table}.unique ({', '.join(unique['column_names'])})", ""
    for check in here.get_check_constraints(table):
        yield f"constraint {table}.{check['name'] or check['sqltext']}", check["sqltext"]
    for foreign in here.get_foreign_keys(table):
        columns = ", ".join(foreign["constrained_columns"])
        target = f"{foreign['referred_table']} ({', '.join(foreign['referred_columns'])})"
        options = sorted((foreign.get("options") or {}).items())
        yield f"constraint {table}.foreign key ({columns})", f"{target} {options}"
