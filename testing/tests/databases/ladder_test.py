"""The fixture `database`, as a test suite sees it, on every rung."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

CONFTEST = """
    from pathlib import Path

    import pytest
    from belljar.databases.template import PostgresTemplate

    @pytest.fixture(scope="session")
    def database_template():
        folder = Path({folder!r})
        return PostgresTemplate.build(
            migrations=[folder / "tables.sql"], seed=[folder / "seed.sql"], folder=folder / "built"
        )
"""
TABLES = """
CREATE TABLE product (id serial PRIMARY KEY, name text UNIQUE);
CREATE TABLE line (id serial PRIMARY KEY, product int REFERENCES product);
"""
SEED = "INSERT INTO product (name) VALUES ('lamp');\n"
HEAD = """
    import psycopg
    import pytest
    from sqlalchemy import text
    from sqlalchemy.orm import Session

    def names(database):
        with database.engine.connect() as connection:
            return list(connection.scalars(text("SELECT name FROM product ORDER BY id")))

    def add(database, name):
        with database.engine.begin() as connection:
            return connection.scalar(
                text("INSERT INTO product (name) VALUES (:name) RETURNING id"), {"name": name}
            )
"""


@pytest.fixture(name="sources", scope="module")
def _sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder with the sources of a template, which is built there once."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "tables.sql").write_text(TABLES, encoding="utf-8")
    (folder / "seed.sql").write_text(SEED, encoding="utf-8")
    return folder


@pytest.fixture(name="run")
def _run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, sources: Path) -> Run:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "CI"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\n")
    pytester.makeconftest(CONFTEST.format(folder=str(sources)))

    def run(code: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(HEAD + code)
        plugins = ("belljar.databases.plugin", "belljar.databases.isolation.plugin")
        chosen = [word for plugin in plugins for word in ("-p", plugin)]
        return pytester.runpytest_subprocess(
            *chosen, "-p", "no:cacheprovider", "-rA", *options, timeout=100
        )

    return run


@pytest.mark.parametrize("rung", ["rollback", "schema", "template", "server", "auto"])
def test_each_test_begins_with_the_template_and_sees_its_own_commits(run: Run, rung: str) -> None:
    """Ids too are the same, whatever ran before."""
    code = """
    def check(database):
        assert names(database) == ["lamp"]
        assert add(database, "chair") == 2
        assert names(database) == ["lamp", "chair"]
        with Session(database.engine) as session:
            session.execute(text("INSERT INTO line (product) VALUES (2)"))
            session.commit()
            session.execute(text("DELETE FROM line"))
            session.rollback()
            assert session.scalar(text("SELECT count(*) FROM line")) == 1

    def test_one(database):
        check(database)

    def test_two(database):
        check(database)

    def test_rung(database):
        assert database.rung == "RUNG" and database.why == ""
    """.replace("RUNG", "rollback" if rung == "auto" else rung)
    run(code, f"--isolation={rung}").assert_outcomes(passed=3)


@pytest.mark.parametrize("rung", ["schema", "template", "server"])
def test_other_connections_see_what_is_committed(run: Run, rung: str) -> None:
    code = """
    def test_url(database):
        add(database, "chair")
        with psycopg.connect(database.url) as other:
            assert other.execute("SELECT count(*) FROM product").fetchone() == (2,)
            with database.connect() as second:
                second.execute("INSERT INTO product (name) VALUES ('desk')")
                assert other.execute("SELECT count(*) FROM product").fetchone() == (2,)
    """
    run(code, f"--isolation={rung}").assert_outcomes(passed=1)


def test_on_rollback_the_url_is_refused_with_the_way_out(run: Run) -> None:
    result = run(
        """
    def test_url(database):
        database.url
    """,
        "--isolation=rollback",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the rung rollback a database has no URL*", "*template*"])


CLIMBS = """
    def test_url(database):
        add(database, "chair")
        with psycopg.connect(database.url) as other:
            assert other.execute("SELECT count(*) FROM product").fetchone() == (2,)
        assert database.rung == "template" and "URL" in database.why

    def test_two_transactions(database):
        with database.connect() as first, database.connect() as second:
            first.execute("INSERT INTO product (name) VALUES ('a')")
            second.execute("INSERT INTO product (name) VALUES ('b')")
            assert first.execute("SELECT count(*) FROM product").fetchone() == (2,)
        assert "several transactions" in database.why

    def test_schema(database):
        with database.engine.begin() as connection:
            connection.execute(text("CREATE TABLE extra (i int)"))
        assert "CREATE" in database.why

    def test_again(database):
        add(database, "chair")
        with database.engine.connect() as first:
            first.execute(text("INSERT INTO product (name) VALUES ('desk')"))
            assert names(database) == ["lamp", "chair"]
            first.commit()
        assert names(database) == ["lamp", "chair", "desk"]
        assert database.rung == "template" and "several transactions" in database.why

    def test_nothing_was_left(database):
        assert names(database) == ["lamp"] and database.rung == "rollback"
        with database.engine.connect() as connection:
            assert connection.scalar(text("SELECT to_regclass('extra')")) is None
"""


def test_auto_climbs_when_it_must_and_says_why(run: Run) -> None:
    """Also where the first try can't be saved: that one does not count, and its report is not shown."""
    result = run(CLIMBS)
    result.assert_outcomes(passed=5)
    assert "Climb" not in result.stdout.str()


def test_a_climb_is_in_the_results(run: Run, pytester: pytest.Pytester) -> None:
    run(CLIMBS, "--junitxml=out.xml").assert_outcomes(passed=5)
    xml = (pytester.path / "out.xml").read_text(encoding="utf-8")
    assert xml.count("<testcase") == 5
    assert 'value="template (because it changes the schema (CREATE))"' in xml
    assert 'value="rollback"' in xml


def test_a_service_s_own_threads_climb(run: Run) -> None:
    code = """
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    def test_threads(database):
        together = Barrier(2, timeout=20)

        def work(name):
            with database.engine.begin() as connection:
                connection.execute(text(f"INSERT INTO product (name) VALUES ('{name}')"))
                together.wait()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, "ab"))
        assert sorted(names(database)) == ["a", "b", "lamp"]
        assert database.rung == "template"
    """
    run(code).assert_outcomes(passed=1)


@pytest.mark.parametrize("rung", ["rollback", "template", "auto"])
def test_async_sessions_are_isolated_as_well(run: Run, rung: str) -> None:
    code = """
    import asyncio
    from sqlalchemy.ext.asyncio import AsyncSession

    async def work(database):
        async with AsyncSession(database.async_engine) as session:
            await session.execute(text("INSERT INTO product (name) VALUES ('chair')"))
            await session.commit()
            await session.execute(text("DELETE FROM product"))
            await session.rollback()
        async with await database.aconnect() as connection:
            cursor = await connection.execute("SELECT name FROM product ORDER BY id")
            return [row[0] for row in await cursor.fetchall()]

    @pytest.mark.parametrize("time", [1, 2])
    def test_async(database, time):
        assert asyncio.run(work(database)) == ["lamp", "chair"]
        assert names(database) == ["lamp", "chair"]
    """
    run(code, f"--isolation={rung}").assert_outcomes(passed=2)


@pytest.mark.parametrize("rung", ["rollback", "template", "auto"])
def test_every_example_of_hypothesis_begins_afresh(run: Run, rung: str) -> None:
    code = """
    from hypothesis import given, settings, strategies as st

    @settings(max_examples=12, deadline=None, database=None)
    @given(st.integers(0, 5))
    def test_examples(database, number):
        assert names(database) == ["lamp"]
        assert add(database, f"chair {number}") == 2
    """
    run(code, f"--isolation={rung}", "-p", "_hypothesis_pytestplugin").assert_outcomes(passed=1)


def test_a_failing_example_is_found_and_shrunk(run: Run) -> None:
    code = """
    from hypothesis import given, settings, strategies as st

    @settings(deadline=None, database=None)
    @given(st.integers(0, 1000))
    def test_examples(database, number):
        add(database, f"chair {number}")
        assert number < 17
    """
    result = run(code, "-p", "_hypothesis_pytestplugin")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*number=17*"])


@pytest.mark.parametrize("rung", ["rollback", "template", "server", "auto"])
def test_snapshots_nest_and_come_back(run: Run, rung: str) -> None:
    code = """
    def test_snapshots(database):
        database.snapshot("start")
        assert add(database, "chair") == 2
        database.snapshot("chair")
        assert add(database, "desk") == 3
        database.restore("chair")
        assert names(database) == ["lamp", "chair"]
        assert add(database, "sofa") == 3
        for _ in range(2):
            database.restore("start")
            assert names(database) == ["lamp"]
            assert add(database, "bed") == 2
        with pytest.raises(Exception, match="no snapshot 'chair'; there are: 'start'"):
            database.restore("chair")
        with pytest.raises(Exception, match="already"):
            database.snapshot("start")
    """
    run(code, f"--isolation={rung}").assert_outcomes(passed=1)


def test_a_climb_after_a_snapshot_runs_the_test_again(run: Run) -> None:
    """The savepoint could not come along."""
    code = """
    def test_snapshot(database):
        database.snapshot("start")
        add(database, "chair")
        with psycopg.connect(database.url) as other:
            assert other.execute("SELECT count(*) FROM product").fetchone() == (2,)
        database.restore("start")
        assert names(database) == ["lamp"]
    """
    run(code).assert_outcomes(passed=1)


def test_a_database_can_be_exported_and_imported(run: Run) -> None:
    code = """
    import pathlib

    def test_out(database, tmp_path):
        add(database, "chair")
        database.export(pathlib.Path("chairs.sql"))

    def test_in(database):
        assert names(database) == ["lamp"]
        database.import_(pathlib.Path("chairs.sql"))
        assert names(database) == ["lamp", "chair"]

    def test_nothing_is_left(database):
        assert names(database) == ["lamp"]
    """
    run(code).assert_outcomes(passed=3)


def test_what_escapes_fails_the_test_and_nobody_else(run: Run) -> None:
    """The working database is made anew for the next one."""
    code = """
    @pytest.mark.database(isolation="rollback")
    def test_escapes(database):
        with database.connect() as connection:
            connection.execute("INSERT INTO product (name) VALUES ('secret')")
            connection.execute("COMMIT")

    def test_next(database):
        assert names(database) == ["lamp"]
    """
    result = run(code)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*product*1 row*"])
    assert "secret" not in result.stdout.str().split("short test summary")[0].split("left this")[1]


def test_the_proof_can_be_left_out(run: Run) -> None:
    code = """
    @pytest.mark.database(isolation="rollback", proof=False)
    def test_escapes(database):
        with database.connect() as connection:
            connection.execute("INSERT INTO product (name) VALUES ('secret')")
            connection.execute("COMMIT")
    """
    run(code).assert_outcomes(passed=1)


def test_ids_begin_anew_even_after_a_test_forgot_every_prepared_statement(run: Run) -> None:
    """Ours are among them; sequences are set back with them."""
    code = """
    @pytest.mark.parametrize("number", range(3))
    @pytest.mark.parametrize("proof", [
        pytest.param(proof, marks=pytest.mark.database(isolation="rollback", proof=proof))
        for proof in (True, False)
    ])
    def test_forgets(database, number, proof):
        with database.connect() as connection:
            connection.execute("DEALLOCATE ALL")
        assert add(database, "chair") == 2
    """
    run(code).assert_outcomes(passed=6)


def test_on_schema_what_is_left_elsewhere_fails_the_test(run: Run) -> None:
    code = """
    @pytest.mark.database(isolation="schema")
    def test_escapes(database):
        with database.engine.begin() as connection:
            connection.execute(text("CREATE TABLE public.left_over (i int)"))

    @pytest.mark.database(isolation="schema")
    def test_next(database):
        with database.engine.connect() as connection:
            assert connection.scalar(text("SELECT to_regclass('public.left_over')")) is None
        assert names(database) == ["lamp"]
    """
    result = run(code)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*left_over*"])


def test_a_leaked_connection_is_told_with_the_place_that_opened_it(run: Run) -> None:
    code = """
    kept = []

    def open_one(database):
        kept.append(database.connect())
        kept[-1].execute("SELECT 1")

    @pytest.mark.parametrize("rung", [
        pytest.param(rung, marks=pytest.mark.database(isolation=rung))
        for rung in ("rollback", "template")
    ])
    def test_leak(database, rung):
        open_one(database)
    """
    result = run(code)
    result.assert_outcomes(passed=2, warnings=2)
    result.stdout.fnmatch_lines(["*LeakedConnection*", "*in open_one"])


def test_a_failed_test_s_database_is_kept(run: Run, pytester: pytest.Pytester) -> None:
    code = """
    def test_fails(database):
        add(database, "chair")
        assert not names(database)
    """
    result = run(code, "--keep-database")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*//testing:psql*"])


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ('isolation="templat"', "*is no rung; choose one of auto, rollback, schema, template*"),
        ('proof={"rowz"}', "*rowz*there are:*rows*"),
        ("proof=5", "*proof=5: write True, False, or a set of the checks*"),
        ("isolated=True", "*no 'isolated'; it has isolation, name, proof*"),
    ],
)
def test_a_wrong_marker_is_told_without_a_trace(run: Run, mark: str, words: str) -> None:
    result = run(f"""
    @pytest.mark.database({mark})
    def test_it(database):
        pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([words])
    assert "Traceback" not in result.stdout.str()


def test_a_server_that_is_killed_fails_one_test_and_the_next_has_a_new_one(run: Run) -> None:
    code = """
    import os, signal

    def test_killed(database):
        os.kill(database.server.pid, signal.SIGKILL)
        names(database)

    def test_next(database):
        assert names(database) == ["lamp"]
    """
    result = run(code)
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1 and outcomes["passed"] == 1
    result.stdout.fnmatch_lines(["*PostgreSQL server died*"])


def test_eight_workers_share_one_server_without_contamination(run: Run) -> None:
    code = """
    @pytest.mark.parametrize("rung", [
        pytest.param(rung, marks=pytest.mark.database(isolation=rung))
        for rung in ("rollback", "schema", "template", "auto")
    ])
    @pytest.mark.parametrize("number", range(10))
    def test_alone(database, number, rung):
        assert names(database) == ["lamp"]
        assert add(database, "chair") == 2
        with open("servers", "a") as file:
            file.write(f"{database.server.pid}\\n")

    def test_last(database):
        assert len(set(open("servers"))) == 1
    """
    result = run(code, "-p", "xdist", "-n", "4", "--dist=loadfile", "-q")
    result.assert_outcomes(passed=41)
