"""Under plain pytest a test's databases are made from what the fixture `database_template` gives."""

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

    def built(folder, name):
        file = folder / f"{name}.sql"
        file.write_text(f"CREATE TABLE {name} (id int)")
        return PostgresTemplate.build(migrations=[file], folder=folder / "built")

    @pytest.fixture(scope="session")
    def database_template(tmp_path_factory):
        folder = tmp_path_factory.mktemp("templates")
        return GIVEN
"""


@pytest.fixture(name="run")
def _run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "CI"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\n")

    def run(given: str, code: str) -> pytest.RunResult:
        pytester.makeconftest(CONFTEST.replace("GIVEN", given))
        pytester.makepyfile("import pytest\nfrom sqlalchemy import inspect\n" + code)
        plugins = ("belljar.databases.plugin", "belljar.databases.isolation.plugin")
        chosen = [word for plugin in plugins for word in ("-p", plugin)]
        return pytester.runpytest_subprocess(*chosen, "-p", "no:cacheprovider", timeout=100)

    return run


def test_a_dict_gives_each_database_its_own_template(run: Run) -> None:
    result = run(
        '{name: built(folder, name) for name in ("orders", "catalog")} | {"blank": None}',
        """
@pytest.mark.database(name="catalog")
def test_one(database):
    assert inspect(database.engine).get_table_names() == ["catalog"]

def test_all(databases):
    for name in ("orders", "catalog"):
        assert inspect(databases[name].engine).get_table_names() == [name]
    assert inspect(databases["blank"].engine).get_table_names() == []
""",
    )
    result.assert_outcomes(passed=2)


def test_a_name_that_the_dict_lacks_is_told_with_those_that_it_has(run: Run) -> None:
    result = run('{"orders": built(folder, "orders")}', "def test_a(database): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*no database 'default' is in what the fixture database_template gives (there: 'orders')"]
    )
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize("given", ['"migrations"', "folder", '{"default": 3}'])
def test_what_is_no_template_is_told(run: Run, given: str) -> None:
    result = run(given, "def test_a(database): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*the fixture database_template gives * for the database 'default', and no template",
            "*fix: let it give PostgresTemplate.build(...), a dict of names *",
        ]
    )
