"""`make_postgres_template`: the three files of a template, from its recipe."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from belljar.databases.archive import pack
from belljar.databases.building import BuildServer
from belljar.databases.errors import TemplateNotBuilt
from belljar.databases.migrating import run_steps
from belljar.databases.migrating_sql import run_sql_file
from belljar.databases.normalising import normalise
from belljar.databases.prepared import stamp_of
from belljar.databases.recipe import Recipe
from belljar.databases.reproducible import UnknownLayout
from belljar.databases.server import quoted
from belljar.databases.template import TEMPLATE_DATABASE

__all__ = ["make_postgres_template"]

# pg_dump puts a random word before and after its text, for psql alone.
RESTRICT = re.compile(r"^\\(un)?restrict .*\n", re.MULTILINE)
# A partition's rows are its parent's too.
COUNT = r"""
SELECT format('SELECT %L, %L, count(*) FROM %s', n.nspname, c.relname, c.oid::regclass)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C" \gexec
"""
# ANALYZE looks at 300 rows for each unit of the target, chosen at random if there are more; so it
# looks at all of them, as long as the largest target allows. Some more, as rows are an estimate.
ANALYZE = """
WITH RECURSIVE tree (root, oid) AS (
    SELECT oid, oid FROM pg_class WHERE relkind IN ('r', 'm', 'p') AND relpersistence <> 't'
    UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
), sizes (root, rows) AS (
    SELECT root, sum(greatest(reltuples, 0)) FROM tree JOIN pg_class USING (oid) GROUP BY root
)
SELECT 'SET default_statistics_target = '
    || least(10000, greatest(100, ceil(rows * 1.1 / 300))), format('ANALYZE %s', root::regclass)
FROM sizes ORDER BY root \\gexec
"""
MOST_ROWS = 300 * 10_000 / 1.1
# Indexes of methods that throw dice while rows are put in, unless they are built by sorting (GiST,
# when each of its types says how, in its support function 11).
DICE = """
SELECT c.oid::regclass, a.amname, a.amname = 'gist' AND NOT EXISTS (
    SELECT FROM unnest(x.indclass[0:x.indnkeyatts - 1]) AS used(id)
    JOIN pg_opclass o ON o.oid = used.id
    WHERE NOT EXISTS (
        SELECT FROM pg_amproc p WHERE p.amprocfamily = o.opcfamily AND p.amprocnum = 11
        AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype))
FROM pg_class c JOIN pg_am a ON a.oid = c.relam JOIN pg_index x ON x.indexrelid = c.oid
JOIN pg_class t ON t.oid = x.indrelid
WHERE c.relkind = 'i' AND a.amname IN ('gist', 'spgist', 'hnsw', 'ivfflat') AND t.reltuples > 0
ORDER BY 1
"""


def make_postgres_template(recipe: Recipe, archive: Path, dump: Path, tables: Path) -> list[str]:
    """Write them; return what the user should know. Raises `DatabaseError`."""
    notes = []
    begun = datetime.now(UTC)
    with BuildServer(recipe.settings) as server:
        server.query(f"CREATE DATABASE {quoted(TEMPLATE_DATABASE)}", database="postgres")
        _create_extensions(server, recipe.extensions)
        run_steps(recipe, server.target, partial(run_sql_file, server))
        counted = [(schema, name, int(rows)) for schema, name, rows in server.query(COUNT)]
        notes += _tidy(server)
        notes += [
            f"{schema}.{name} has so many rows ({rows}) that its statistics are those of a sample, "
            "and the bytes differ from build to build"
            for schema, name, rows in counted
            if rows > MOST_ROWS
        ]
        text = RESTRICT.sub("", _dumped(server))
        data = server.stopped()
        try:
            normalise(server.launcher, server.binaries, data)
        except UnknownLayout as unknown:
            notes.append(f"the bytes differ from build to build: {unknown}")
        dump.write_text(text)
        described = [
            json.dumps({"schema": schema, "name": name, "rows": rows})
            for schema, name, rows in counted
        ]
        tables.write_text("[" + ",".join(f"\n  {table}" for table in described) + "\n]\n")
        key = hashlib.sha256(text.encode()).hexdigest()[:32]
        pack(data, replace(stamp_of(server.binaries), key=key), archive)
    return notes + _times(text, begun)


def _create_extensions(server: BuildServer, wanted: tuple[str, ...]) -> None:
    if not wanted:
        return
    known = [row[0] for row in server.query("SELECT name FROM pg_available_extensions ORDER BY 1")]
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            raise TemplateNotBuilt(
                f'extensions: this PostgreSQL has no "{name}"{hint}\n'
                f"  there are: {', '.join(known)}"
            )
        server.query(f"CREATE EXTENSION IF NOT EXISTS {quoted(name)} CASCADE")


def _tidy(server: BuildServer) -> list[str]:
    """Leave nothing for the tests to clean up, and nothing to chance; a note where that fails."""
    notes = []
    server.query("VACUUM (FREEZE, PARALLEL 0)")
    for index, method, sortable in server.query(DICE):
        if sortable == "t":
            server.query(f"REINDEX INDEX {index}")
        else:
            notes.append(
                f"the index {index} ({method}) is built with random choices, so the bytes differ "
                "from build to build"
            )
    server.query(ANALYZE)
    server.query("VACUUM (FREEZE, PARALLEL 0)")
    return notes


def _dumped(server: BuildServer) -> str:
    # Not its owner and rights: those roles are not on the server that it is loaded into.
    return server.run("pg_dump", "--no-owner", "--no-privileges", TEMPLATE_DATABASE)


def _times(text: str, begun: datetime) -> list[str]:
    """A note if a row has the time of this build."""
    ended = datetime.now(UTC)
    table = ""
    for line in text.splitlines():
        if line.startswith("COPY "):
            table = line.split()[1]
        for found in re.finditer(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line):
            moment = datetime.fromisoformat(found[0]).replace(tzinfo=UTC)
            if begun.replace(microsecond=0) <= moment <= ended:
                return [
                    f"a row of {table} has the time of this build ({found[0]}), so the bytes "
                    "differ from build to build; give it a fixed time in place of now()"
                ]
    return []
