"""A schema of a test's own has what the template's extensions give."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

CONFTEST = """
    import pytest
    from belljar.databases.template import PostgresTemplate

    @pytest.fixture(scope="session")
    def database_template(tmp_path_factory):
        folder = tmp_path_factory.mktemp("templates")
        file = folder / "tables.sql"
        file.write_text(TABLES)
        return PostgresTemplate.build(migrations=[file], folder=folder / "built")
"""
TABLES = """
CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist;
CREATE TABLE customer (email citext PRIMARY KEY, name text);
CREATE INDEX ON customer USING gin (name gin_trgm_ops);
CREATE TABLE booking (room int, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&));
"""
TESTS = """
import psycopg, pytest
from sqlalchemy import text

@pytest.mark.parametrize("n", range(4))
def test_extensions(database, n):
    with database.connect() as connection:
        run = connection.execute
        assert run("SELECT count(*) FROM customer").fetchone() == (0,)
        run("INSERT INTO customer VALUES ('Ada@Example.com', 'Ada Lovelace')")
        assert run("SELECT name FROM customer WHERE email = 'ada@example.COM'").fetchone()
        assert run("SELECT name FROM customer WHERE name % 'Ada Lovelase'").fetchone()
        assert run("SELECT 'A'::citext = 'a'").fetchone() == (True,)
        run("INSERT INTO booking VALUES (1, '[2025-01-01, 2025-01-03)')")
        connection.commit()
        with pytest.raises(psycopg.errors.ExclusionViolation):
            run("INSERT INTO booking VALUES (1, '[2025-01-02, 2025-01-04)')")
"""


@pytest.fixture(name="run")
def _run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "CI"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\n")

    def run(tables: str, code: str) -> pytest.RunResult:
        pytester.makeconftest(CONFTEST.replace("TABLES", repr(tables)))
        pytester.makepyfile(code)
        plugins = ("belljar.databases.plugin", "belljar.databases.isolation.plugin")
        chosen = [word for plugin in plugins for word in ("-p", plugin)]
        return pytester.runpytest_subprocess(
            *chosen, "--isolation=schema", "-p", "no:cacheprovider", timeout=100
        )

    return run


def test_types_indexes_and_operators_of_extensions_are_there_in_every_schema(run: Run) -> None:
    run(TABLES, TESTS).assert_outcomes(passed=4)


def test_an_extension_that_cannot_be_moved_is_told_with_the_fix(run: Run) -> None:
    # Of those that PostgreSQL comes with all can be moved, but for one that is in two schemas.
    tables = (
        "CREATE EXTENSION citext; CREATE SCHEMA other; "
        "ALTER FUNCTION citext_eq(citext, citext) SET SCHEMA other"
    )
    result = run(tables, "def test_a(database): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*the rung schema can't be had with the extension citext, which stays in *",
            '*fix: isolation="template", or in the migration: CREATE SCHEMA extensions; CREATE *',
        ]
    )
