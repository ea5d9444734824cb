"""Scenarios in tests: `data.load`, the marker, where they are found, on every rung."""

from __future__ import annotations

import textwrap

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from pathlib import Path
from belljar.databases import PostgresTemplate

@pytest.fixture(scope="session")
def database_template():
    return PostgresTemplate.build(migrations=[Path(__file__).parent / "schema.sql"])
"""
SCHEMA = "CREATE TABLE lamps (id serial PRIMARY KEY, name text NOT NULL);"
NAMES = """
def names(database):
    with database.connect() as connection:
        return [row[0] for row in connection.execute("SELECT name FROM lamps ORDER BY id")]
"""


@pytest.fixture
def team(pytester: pytest.Pytester) -> pytest.Pytester:
    """Give a team's folder, with a schema and the fixtures."""
    pytester.makeini("[pytest]\n")
    pytester.makeconftest(CONFTEST)
    pytester.path.joinpath("schema.sql").write_text(SCHEMA)
    pytester.mkdir("scenarios").joinpath("small.json").write_text('{"lamps": [{"name": "Desk"}]}')
    return pytester


@pytest.mark.parametrize("rung", ["rollback", "schema", "template", "server"])
def test_a_scenario_is_there_for_its_test_alone(team: pytest.Pytester, rung: str) -> None:
    team.makepyfile(
        f"""
        import pytest
        pytestmark = pytest.mark.database(isolation={rung!r})
        {NAMES.replace(chr(10), chr(10) + " " * 8)}
        def test_loaded(data, database):
            assert data.load("small").total == 1
            assert names(database) == ["Desk"]

        @pytest.mark.data("small")
        def test_marked(database):
            assert names(database) == ["Desk"]

        def test_alone(database):
            assert names(database) == []
        """
    )
    team.runpytest_subprocess("-p", "belljar.plugin").assert_outcomes(passed=3)


def test_the_nearest_folder_wins_and_the_ini_file_before_it(team: pytest.Pytester) -> None:
    deep = team.mkpydir("deep")
    deep.joinpath("scenarios").mkdir()
    deep.joinpath("scenarios", "small.json").write_text('{"lamps": [{"name": "Deep"}]}')
    deep.joinpath("deep_test.py").write_text(
        NAMES + "def test_it(data, database):\n    data.load('small')\n    print(names(database))\n"
    )
    shown = team.runpytest_subprocess("-p", "belljar.plugin", "-s", "deep/deep_test.py")
    shown.stdout.fnmatch_lines(["*['Deep']*"])
    team.makeini("[pytest]\nbelljar_scenarios = scenarios\n")
    shown = team.runpytest_subprocess("-p", "belljar.plugin", "-s", "deep/deep_test.py")
    shown.stdout.fnmatch_lines(["*['Desk']*"])


def test_a_mistake_fails_the_test_without_a_traceback(team: pytest.Pytester) -> None:
    team.makepyfile(
        """
        import pytest
        @pytest.mark.data("smal")
        def test_it(database): ...
        @pytest.mark.data(name="small")
        def test_odd(database): ...
        """
    )
    shown = team.runpytest_subprocess("-p", "belljar.plugin")
    shown.assert_outcomes(errors=2)
    shown.stdout.fnmatch_lines(
        ["*there is no scenario 'smal'", "*did you mean 'small'*", "*has no names of scenarios"]
    )
    shown.stdout.no_fnmatch_line("*Traceback*")


def test_a_marker_that_a_team_has_already_stays_its_own(team: pytest.Pytester) -> None:
    team.makeini("[pytest]\nmarkers = data: where it comes from\n")
    team.makepyfile("import pytest\n@pytest.mark.data(7)\ndef test_it(): ...")
    team.runpytest_subprocess("-p", "belljar.plugin").assert_outcomes(passed=1)


def test_bulk_and_ledger_are_at_hand(team: pytest.Pytester) -> None:
    """The ledger of a test is cleaned up at its end."""
    team.makepyfile(
        """
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
        from belljar.data.ledger.allowing import place_of
        class Base(DeclarativeBase): ...
        class Lamp(Base):
            __tablename__ = "lamps"
            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str]

        def test_bulk(data, database):
            assert data.bulk({Lamp: 100}).total == 100

        url = ""
        def test_ledger(data, postgres, tmp_path):
            global url
            import psycopg
            url = postgres.create_database()
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE TABLE lamps (id serial PRIMARY KEY, name text)")
            ledger = data.ledger(url, file=tmp_path / "x.ledger", allow=[place_of(url)])
            ledger.load("small")
            ledger.create(Lamp)
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT count(*) FROM lamps").fetchone() == (2,)

        def test_it_is_clean(postgres):
            import psycopg
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT count(*) FROM lamps").fetchone() == (0,)
        """
    )
    shown = team.runpytest_subprocess("-p", "belljar.plugin", "-p", "no:randomly")
    shown.assert_outcomes(passed=3)


def test_a_ledger_of_a_test_finds_the_scenarios_beside_it(team: pytest.Pytester) -> None:
    deep = team.mkpydir("deep")
    deep.joinpath("scenarios").mkdir()
    deep.joinpath("scenarios", "late.json").write_text('{"lamps": [{"name": "Night"}]}')
    deep.joinpath("deep_test.py").write_text(
        textwrap.dedent(
            """
            from belljar.data.ledger.allowing import place_of

            def test_ledger(data, postgres, tmp_path):
                import psycopg
                url = postgres.create_database()
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("CREATE TABLE lamps (id serial PRIMARY KEY, name text)")
                ledger = data.ledger(url, file=tmp_path / "x.ledger", allow=[place_of(url)])
                assert ledger.load("late").total == 1
                assert ledger.load("small").total == 1
            """
        )
    )
    team.runpytest_subprocess("-p", "belljar.plugin", "deep").assert_outcomes(passed=1)


@pytest.mark.parametrize("said", ["", "3", 'scenario="small"'])
def test_a_marker_without_names_is_told(team: pytest.Pytester, said: str) -> None:
    team.makepyfile(
        f"""
        import pytest

        @pytest.mark.data({said})
        def test_marked(database): ...
        """
    )
    shown = team.runpytest_subprocess("-p", "belljar.plugin")
    shown.assert_outcomes(errors=1)
    shown.stdout.fnmatch_lines(["*has no names of scenarios*", "*fix: @pytest.mark.data(*small*"])
