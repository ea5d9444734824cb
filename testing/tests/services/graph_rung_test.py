"""The fixture `database` in a test with services: it is the services' own database."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

# A graph of one service, which is a connection.
CONFTEST = """
    from pathlib import Path

    import psycopg
    import pytest
    from belljar.databases.template import PostgresTemplate
    from belljar.services.databases import GraphDatabases

    @pytest.fixture(scope="session")
    def template():
        folder = Path({folder!r})
        return PostgresTemplate.build(migrations=[folder / "tables.sql"], folder=folder / "built")

    @pytest.fixture(scope="session")
    def {template_fixture}(template):
        return template

    @pytest.fixture(scope="session")
    def graph(pytestconfig, template):
        databases = GraphDatabases(pytestconfig, {{"shop_db": template}})
        with psycopg.connect(databases.url("shop_db"), autocommit=True) as service:
            databases.service = service
            yield databases
        databases.close()

    @pytest.fixture
    def services(graph):
        yield graph
        graph.complaints = graph.reset()
"""
TABLES = "CREATE TABLE product (id serial PRIMARY KEY, name text);\n"
HEAD = """
    import psycopg
    import pytest

    def names(database):
        with database.connect() as connection:
            found = connection.execute("SELECT name FROM product ORDER BY id").fetchall()
        return [name for (name,) in found]

    def add(services, name):
        services.service.execute("INSERT INTO product (name) VALUES (%s)", (name,))
"""


@pytest.fixture(name="sources", scope="module")
def _sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    (folder / "tables.sql").write_text(TABLES, encoding="utf-8")
    return folder


@pytest.fixture(name="run")
def _run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, sources: Path) -> Run:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in list(os.environ):
        if name.startswith(("BELLJAR_", "TEST_UNDECLARED", "PYTEST_XDIST", "PYTEST_ADDOPTS")):
            monkeypatch.delenv(name)
    monkeypatch.delenv("CI", raising=False)
    pytester.makeini("[pytest]\n")

    def run(
        code: str, *options: str, template_fixture: str = "database_template"
    ) -> pytest.RunResult:
        conftest = CONFTEST.format(folder=str(sources), template_fixture=template_fixture)
        pytester.makeconftest(conftest)
        pytester.makepyfile(HEAD + code)
        plugins = ("belljar.databases.plugin", "belljar.databases.isolation.plugin")
        chosen = [word for plugin in plugins for word in ("-p", plugin)]
        return pytester.runpytest_subprocess(
            *chosen, "-p", "no:cacheprovider", "-rA", *options, timeout=100
        )

    return run


def test_a_test_sees_what_services_commit_and_they_what_it_commits(run: Run) -> None:
    result = run(
        """
    def test_seen(database, services):
        assert database.rung == "services"
        add(services, "lamp")
        assert names(database) == ["lamp"]
        with database.connect() as connection:
            connection.execute("INSERT INTO product (name) VALUES ('desk')")
        query = "SELECT count(*) FROM product"
        assert services.service.execute(query).fetchone() == (2,)
        with psycopg.connect(database.url) as connection:
            assert connection.execute(query).fetchone() == (2,)

    def test_the_next_one_finds_nothing_of_it(services, database):
        assert services.complaints == []
        assert names(database) == []
    """
    )
    result.assert_outcomes(passed=2)


def test_an_engine_sees_it_too(run: Run) -> None:
    result = run(
        """
    def test_engine(services, database):
        from sqlalchemy import text

        add(services, "lamp")
        with database.engine.begin() as connection:
            assert connection.scalar(text("SELECT name FROM product")) == "lamp"
    """
    )
    result.assert_outcomes(passed=1)


def test_it_is_found_by_its_name_without_a_template_of_the_test(run: Run) -> None:
    result = run(
        """
    def test_by_name(services, databases):
        add(services, "lamp")
        assert names(databases["shop_db"]) == ["lamp"]

    def test_the_only_one(services, database):
        add(services, "lamp")
        assert names(database) == ["lamp"]
    """,
        template_fixture="unused",
    )
    result.assert_outcomes(passed=2)


def test_a_test_without_services_has_a_database_of_its_own(run: Run) -> None:
    result = run(
        """
    def test_with(services, database):
        add(services, "lamp")

    def test_without(graph, database):
        add(graph, "lamp")
        assert database.rung == "rollback"
        assert names(database) == []
    """
    )
    result.assert_outcomes(passed=2)


def test_a_marker_that_names_a_rung_is_obeyed(run: Run) -> None:
    result = run(
        """
    @pytest.mark.database(isolation="template")
    def test_apart(services, database):
        add(services, "lamp")
        assert database.rung == "template"
        assert names(database) == []
    """
    )
    result.assert_outcomes(passed=1)


def test_the_report_says_services(run: Run, pytester: pytest.Pytester) -> None:
    run(
        """
    def test_it(services, database):
        assert names(database) == []
    """,
        "--junitxml=report.xml",
    )
    report = (pytester.path / "report.xml").read_text(encoding="utf-8")
    assert '<property name="belljar.database" value="services"' in report


def test_a_snapshot_comes_back_while_services_are_connected(run: Run) -> None:
    result = run(
        """
    def test_snapshots(services, database):
        add(services, "lamp")
        database.snapshot("lamp")
        add(services, "desk")
        services.service.execute("UPDATE product SET name = 'LAMP' WHERE id = 1")
        for _ in range(2):
            database.restore("lamp")
            assert names(database) == ["lamp"]
            add(services, "sofa")
        assert services.service.execute("SELECT max(id) FROM product").fetchone() == (2,)

    def test_the_next_one_finds_nothing_of_it(services, database):
        assert names(database) == []
        database.snapshot("lamp")
        add(services, "lamp")
        database.restore("lamp")
        assert names(database) == []
    """
    )
    result.assert_outcomes(passed=2)


def test_a_snapshot_is_refused_after_ddl(run: Run) -> None:
    result = run(
        """
    from belljar.databases.isolation import IsolationTooWeak

    def test_refused(services, database):
        database.snapshot("before")
        services.service.execute("CREATE TABLE extra (x int)")
        with pytest.raises(IsolationTooWeak, match="table extra: created"):
            database.restore("before")
        with pytest.raises(IsolationTooWeak, match='isolation="template"'):
            database.snapshot("after")

    def test_and_made_anew_at_its_end(services, database):
        assert "made anew" in services.complaints[0]
        with database.connect() as connection:
            query = "SELECT to_regclass('extra')::text"
            assert connection.execute(query).fetchone() == (None,)
    """
    )
    result.assert_outcomes(passed=2)


def test_a_connection_that_is_left_open_is_told_and_closed(run: Run) -> None:
    result = run(
        """
    def test_leak(services, database):
        global kept
        kept = database.connect()
        kept.execute("INSERT INTO product (name) VALUES ('lamp')")

    def test_next(services, database):
        assert services.complaints == []
        assert names(database) == []
    """
    )
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*LeakedConnection: a connection was left open*"])


def test_a_failed_tests_database_is_kept(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(tmp_path / "outputs"))
    result = run(
        """
    def test_fails(services, database):
        add(services, "lamp")
        assert not names(database)
    """
    )
    result.assert_outcomes(failed=1)
    assert [path.suffix for path in (tmp_path / "outputs" / "databases").iterdir()] == [".dump"]
