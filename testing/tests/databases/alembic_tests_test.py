"""`alembic_tests` passes sound migrations, and names every defect that is planted in them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import belljar.databases.migrations.tests  # noqa: F401 (once, not in each run of the tests below)
from belljar.databases import PostgresServer
from belljar.databases.migrations.history import BadMigrations, History

pytest_plugins = ["pytester"]

BOTH = pytest.mark.parametrize("on", ["postgres", "sqlite"])
# One revision: its number, what comes before it, and the code of both directions.
Revision = tuple[str, object, str, str]
Suite = Callable[..., pytest.RunResult]

CONNECTION_ENV = """
from alembic import context
connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
"""
URL_ENV = """
from alembic import context
from sqlalchemy import engine_from_config, pool
section = context.config.get_section(context.config.config_ini_section, {})
engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
"""
VARIABLE_ENV = URL_ENV.replace(
    "section = context",
    "import os\nsection = {'sqlalchemy.url': os.environ['SHOP_URL']} or context",
)
REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = {revision!r}, {parent!r}, None, None

def upgrade():
{up}

def downgrade():
{down}
"""
ORDERS_UP = """
op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("note", sa.String(20), nullable=False),
    sa.CheckConstraint("length(note) > 0", name="ck_note"))
"""
ORDERS: Revision = ("1", None, ORDERS_UP, 'op.drop_table("orders")')
LINES_UP = """
op.create_table("lines", sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.Integer, sa.ForeignKey("orders.id", name="fk"), nullable=False))
"""
LINES: Revision = ("2", "1", LINES_UP, 'op.drop_table("lines")')
STATUS: Revision = (
    "3",
    "2",
    """
with op.batch_alter_table("orders") as batch:
    batch.add_column(sa.Column("status", sa.String(9), server_default="new", nullable=False))
    batch.create_index("ix_status", ["status"])
""",
    """
with op.batch_alter_table("orders") as batch:
    batch.drop_index("ix_status")
    batch.drop_column("status")
""",
)
SOUND = (ORDERS, LINES, STATUS)
MODELS = """
Table("orders", metadata, Column("id", Integer, primary_key=True),
    Column("note", String(20), nullable=False),
    Column("status", String(9), server_default="new", nullable=False),
    CheckConstraint("length(note) > 0", name="ck_note"), Index("ix_status", "status"))
Table("lines", metadata, Column("id", Integer, primary_key=True),
    Column("order_id", Integer, ForeignKey("orders.id", name="fk"), nullable=False))
"""
TESTS = """
from pathlib import Path
from sqlalchemy import *
from belljar.databases.migrations import alembic_tests
metadata = MetaData()
{models}
TestMigrations = alembic_tests(
    script_location=Path(__file__).parent / "alembic", metadata=metadata, {options}
)
"""


def write_history(folder: Path, revisions: tuple[Revision, ...], env: str = CONNECTION_ENV) -> None:
    """Make the Alembic folder that `alembic init` and `alembic revision` would have made."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    (folder / "env.py").write_text(env)
    for revision, parent, up, down in revisions:
        body = {"up": textwrap.indent(up, "    "), "down": textwrap.indent(down, "    ")}
        text = REVISION.format(revision=revision, parent=parent, **body)
        (versions / f"{revision}_step.py").write_text(text)


@pytest.fixture
def suite(
    pytester: pytest.Pytester, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Suite:
    """Run the tests of a history, on the module's server or on SQLite, and give the result."""
    monkeypatch.setenv("BELLJAR_POSTGRES_URL", server.url)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\n")

    def run(
        *revisions: Revision,
        models: str = MODELS,
        env: str = CONNECTION_ENV,
        arguments: tuple[str, ...] = (),
        **options: object,
    ) -> pytest.RunResult:
        write_history(pytester.path / "alembic", revisions, env)
        given = ", ".join(f"{name}={value!r}" for name, value in options.items())
        pytester.makepyfile(TESTS.replace("{models}", models).replace("{options}", given))
        plugins = ["-p", "belljar.databases.plugin", "-p", "no:cacheprovider"]
        return pytester.runpytest_inprocess(*plugins, "-rsfE", *arguments)

    return run


def failures(result: pytest.RunResult) -> list[str]:
    """Return the names of the tests that failed."""
    lines = [line for line in result.outlines if line.startswith(("FAILED ", "ERROR "))]
    return sorted(line.split("::")[-1].partition(" - ")[0] for line in lines)


@BOTH
@pytest.mark.parametrize("env", [CONNECTION_ENV, URL_ENV, VARIABLE_ENV])
def test_sound_migrations_pass(suite: Suite, on: str, env: str) -> None:
    """Whichever way env.py finds the database."""
    result = suite(*SOUND, on=on, env=env, url_variables=["SHOP_URL"])
    result.assert_outcomes(passed=12)


def test_each_revision_has_a_test_of_its_own(suite: Suite) -> None:
    result = suite(*SOUND, arguments=("--collect-only", "-q"))
    names = [line.split("::")[-1] for line in result.outlines if "::" in line]
    each = [f"{name}[{n}]" for name in ("test_upgrade", "test_downgrade") for n in "123"]
    assert names == [
        "test_there_is_one_head",
        *each,
        "test_models_equal_the_migrated_database",
        *(f"test_data_survives[{n}]" for n in "123"),
        "test_downgrade_to_base_leaves_nothing",
    ]


def test_workers_share_them_out(suite: Suite) -> None:
    result = suite(*SOUND, on="sqlite", arguments=("-p", "xdist", "-n", "2"))
    result.assert_outcomes(passed=12)


def test_two_heads_are_named_with_the_command_that_joins_them(suite: Suite) -> None:
    other = ("3b", "2", "pass", "pass")
    result = suite(*SOUND, other, on="sqlite")
    assert failures(result) == ["test_there_is_one_head"]
    result.stdout.fnmatch_lines(
        [
            "the migrations have 2 heads:",
            "  3  alembic/versions/3_step.py",
            "  3b  alembic/versions/3b_step.py",
            '  fix: alembic merge -m "merge" 3 3b',
        ]
    )


def test_branches_that_were_merged_are_walked_one_step_at_a_time(suite: Suite) -> None:
    branch = ("3b", "2", 'op.create_table("b", sa.Column("x", sa.Integer))', 'op.drop_table("b")')
    merge = ("4", ("3", "3b"), "pass", "pass")
    models = MODELS + 'Table("b", metadata, Column("x", Integer))'
    suite(*SOUND, branch, merge, models=models).assert_outcomes(passed=18)


@BOTH
def test_an_upgrade_that_fails_is_told_with_its_line(suite: Suite, on: str) -> None:
    """And what comes after it is skipped: one defect, told by one test without rows."""
    broken = ("2", "1", 'op.execute("DROP TABLE nowhere")', "pass")
    result = suite(ORDERS, broken, STATUS, on=on, arguments=("-k", "not survives"))
    assert failures(result) == ["test_upgrade[2]"]
    result.stdout.fnmatch_lines(
        [
            'upgrade of 2 fails at alembic/versions/2_step.py:7: op.execute("DROP TABLE nowhere")',
            "  *: *nowhere*",
            "  statement: DROP TABLE nowhere",
            "SKIPPED * not reached: upgrade of 2 fails at*",
        ],
        consecutive=False,
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@BOTH
def test_a_downgrade_that_fails_is_told_with_its_line(suite: Suite, on: str) -> None:
    broken = (*LINES[:3], 'op.drop_table("line")')
    result = suite(ORDERS, broken, STATUS, on=on, arguments=("-k", "not survives"))
    assert failures(result) == ["test_downgrade[2]"]
    result.stdout.fnmatch_lines(
        ['downgrade of 2 fails at alembic/versions/2_step.py:*: op.drop_table("line")']
    )


@BOTH
def test_a_downgrade_that_leaves_something_is_told(suite: Suite, on: str) -> None:
    forgetful = (*STATUS[:3], 'op.drop_index("ix_status", "orders")')
    result = suite(ORDERS, LINES, forgetful, on=on, arguments=("-k", "not survives"))
    assert failures(result) == ["test_downgrade[3]"]
    result.stdout.fnmatch_lines(
        [
            "the downgrade of 3 runs, but does not bring the schema back:",
            "  column orders.status is left",
        ]
    )


def test_a_downgrade_that_makes_another_schema_is_told(suite: Suite) -> None:
    up = 'op.alter_column("orders", "note", type_=sa.String(40), nullable=True)'
    down = 'op.alter_column("orders", "note", type_=sa.String(30), nullable=True)'
    result = suite(ORDERS, ("2", "1", up, down), arguments=("-k", "test_downgrade"))
    assert failures(result) == ["test_downgrade[2]"]
    result.stdout.fnmatch_lines(
        [
            "  column orders.note is another: 'character varying(20) t' before, "
            "'character varying(30) f' now"
        ]
    )


def test_a_team_may_have_downgrades_that_only_run(suite: Suite) -> None:
    wider = ("4", "3", 'op.alter_column("orders", "note", type_=sa.String(40))', "pass")
    models = MODELS.replace("String(20)", "String(40)")
    result = suite(*SOUND, wider, models=models, exact_downgrades=False)
    result.assert_outcomes(passed=15)


def test_a_downgrade_that_says_there_is_none_is_skipped(suite: Suite) -> None:
    final = (*LINES[:3], 'raise NotImplementedError("lines are for ever")')
    result = suite(ORDERS, final, STATUS)
    result.assert_outcomes(passed=10, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "SKIPPED * 2 is irreversible, says its downgrade: *",
            "SKIPPED * 2 is irreversible: base can't be reached",
        ]
    )


def test_a_listed_irreversible_revision_is_not_taken_back(suite: Suite) -> None:
    destructive = (*LINES[:3], 'raise AssertionError("it ran")')
    result = suite(ORDERS, destructive, STATUS, irreversible={"2"})
    result.assert_outcomes(passed=10, skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED * 2 is listed as irreversible"])


@pytest.mark.parametrize("option", ["irreversible", "rows", "may_lose"])
def test_a_revision_that_does_not_exist_is_told_with_those_that_do(
    suite: Suite, option: str
) -> None:
    result = suite(*SOUND, **{option: {"9": ()}})
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["alembic_tests: '9' is no revision of *alembic; those are: 1, 2, 3"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_folder_without_migrations_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadMigrations, match=r"there is no env\.py in it"):
        History(tmp_path)


def test_a_history_with_a_gap_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "alembic"
    write_history(folder, (ORDERS, STATUS))
    with pytest.raises(BadMigrations, match="Revision 2 referenced from 2 -> 3"):
        History(folder)


DIFFERENT_MODELS = """
Table("orders", metadata, Column("id", Integer, primary_key=True),
    Column("note", String(30), nullable=True), Column("paid", Boolean),
    Column("status", String(9), server_default="open", nullable=False),
    CheckConstraint("length(note) > 1", name="ck_long"), Index("ix_note", "note"))
Table("people", metadata, Column("id", Integer, primary_key=True))
"""


def test_models_that_differ_are_told_in_readable_lines(suite: Suite) -> None:
    result = suite(*SOUND, models=DIFFERENT_MODELS)
    assert failures(result) == ["test_models_equal_the_migrated_database"]
    start = result.outlines.index("the models and the migrations disagree:")
    end = next(n for n, line in enumerate(result.outlines) if n > start and line[:2] != "  ")
    assert sorted(line.strip() for line in result.outlines[start + 1 : end]) == [
        "table lines is in the migrations and not in the models",
        "table orders: check constraint ck_long is in the models and not in the migrations",
        "table orders: check constraint ck_note is in the migrations and not in the models",
        "table orders: column note: nullable is true in the models and false in the migrations",
        "table orders: column note: type is VARCHAR(30) in the models and VARCHAR(20) in the "
        "migrations",
        "table orders: column paid is in the models and not in the migrations",
        "table orders: column status: server default is open in the models and "
        "'new'::character varying in the migrations",
        "table orders: index ix_note on (note) is in the models and not in the migrations",
        "table orders: index ix_status on (status) is in the migrations and not in the models",
        "table people is in the models and not in the migrations",
    ]


def test_the_options_of_env_are_respected(suite: Suite) -> None:
    """A table that env.py leaves to somebody else is no difference."""
    env = CONNECTION_ENV.replace(
        "context.configure(",
        "context.configure(include_name=lambda name, kind, parents: name != 'lines', ",
    )
    models = MODELS.partition('Table("lines"')[0]
    suite(*SOUND, models=models, env=env).assert_outcomes(passed=12)


@BOTH
def test_an_upgrade_that_only_works_on_empty_tables_is_told(suite: Suite, on: str) -> None:
    up = """
with op.batch_alter_table("orders") as batch:
    batch.add_column(sa.Column("x", sa.Integer, nullable=False))
"""
    down = 'with op.batch_alter_table("orders") as batch: batch.drop_column("x")'
    models = MODELS.replace(
        '"orders", metadata,', '"orders", metadata, Column("x", Integer, nullable=False),'
    )
    result = suite(*SOUND, ("4", "3", up, down), models=models, on=on)
    assert failures(result) == ["test_data_survives[4]"]
    result.stdout.fnmatch_lines(["upgrade of 4 fails at alembic/versions/4_step.py:*"])


@BOTH
def test_rows_that_an_upgrade_deletes_are_counted(suite: Suite, on: str) -> None:
    cleanup = (
        "4",
        "3",
        'op.execute("DELETE FROM lines WHERE id IN (SELECT max(id) FROM lines)")',
        "pass",
    )
    result = suite(*SOUND, cleanup, on=on)
    assert failures(result) == ["test_data_survives[4]"]
    result.stdout.fnmatch_lines(
        [
            "data does not survive 4; after the upgrade:",
            "  table lines: 1 of 3 rows are lost",
            '  if that is meant: may_lose={"4": *',
        ]
    )


@BOTH
def test_rows_that_a_downgrade_deletes_are_counted(suite: Suite, on: str) -> None:
    cleanup = ("4", "3", "pass", 'op.execute("DELETE FROM lines")')
    result = suite(*SOUND, cleanup, on=on)
    assert failures(result) == ["test_data_survives[4]"]
    result.stdout.fnmatch_lines(
        [
            "data does not survive 4; after upgrade and downgrade:",
            "  table lines: 3 of 3 rows are lost",
        ]
    )


def test_values_that_a_downgrade_does_not_bring_back_are_counted(suite: Suite) -> None:
    up = """op.execute("UPDATE orders SET note = 'x'")"""
    result = suite(*SOUND, ("4", "3", up, "pass"))
    assert failures(result) == ["test_data_survives[4]"]
    result.stdout.fnmatch_lines(["  table orders: column note has other values in * rows"])


def test_a_table_that_is_dropped_with_its_rows_is_told(suite: Suite) -> None:
    drop = ("4", "3", 'op.drop_table("lines")', LINES_UP)
    models = MODELS.partition('Table("lines"')[0]
    result = suite(*SOUND, drop, models=models)
    assert failures(result) == ["test_data_survives[4]"]
    result.stdout.fnmatch_lines(["  table lines is gone, with its 3 rows"])


def test_a_table_that_is_renamed_has_lost_nothing(suite: Suite) -> None:
    up, down = 'op.rename_table("lines", "items")', 'op.rename_table("items", "lines")'
    models = MODELS.replace('"lines"', '"items"')
    suite(
        *SOUND, ("4", "3", up, down), models=models, arguments=("-k", "survives")
    ).assert_outcomes(passed=4, deselected=11)


@pytest.mark.parametrize("lost", ["lines", "orders.note"])
def test_what_is_meant_to_be_lost_may_be(suite: Suite, lost: str) -> None:
    """That, and nothing else."""
    up = """
op.execute("UPDATE orders SET note = 'x'")
op.execute("DELETE FROM lines")
"""
    result = suite(*SOUND, ("4", "3", up, "pass"), may_lose={"4": [lost, "lines"]})
    assert failures(result) == ([] if lost == "orders.note" else ["test_data_survives[4]"])


def test_references_that_sqlite_loses_are_told(suite: Suite) -> None:
    """It does not check them while a migration rebuilds tables."""
    up = 'op.execute("UPDATE lines SET order_id = 999999")'
    result = suite(*SOUND, ("4", "3", up, "pass"), on="sqlite")
    assert failures(result) == ["test_data_survives[4]"]
    result.stdout.fnmatch_lines(["  table lines: 3 rows refer to rows of orders that are gone"])


LEFTOVERS = """
op.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")
op.execute("CREATE SEQUENCE numbers")
op.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
op.execute("CREATE SCHEMA attic")
op.execute("CREATE EXTENSION hstore")
"""


def test_what_is_left_at_base_is_named(suite: Suite) -> None:
    """Extensions may stay, with their functions and types."""
    result = suite(*SOUND, ("4", "3", LEFTOVERS, "pass"), arguments=("-k", "leaves_nothing"))
    assert failures(result) == ["test_downgrade_to_base_leaves_nothing"]
    result.stdout.fnmatch_lines(
        [
            "a downgrade to base does not leave the database as it was at first:",
            "  function one() is left",
            "  schema attic is left",
            "  sequence numbers is left",
            "  type mood is left",
            "=*",
        ],
        consecutive=True,
    )


DEMANDING_UP = """
op.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")
op.execute("CREATE DOMAIN code AS text CHECK (VALUE IN ('x1', 'x2'))")
op.execute('''CREATE TABLE tenants (id uuid PRIMARY KEY, name varchar(3) UNIQUE NOT NULL)''')
op.execute('''CREATE TABLE things (
    tenant uuid NOT NULL REFERENCES tenants, number smallint NOT NULL, PRIMARY KEY (tenant, number),
    serial bigserial, always int GENERATED ALWAYS AS IDENTITY,
    doubled int GENERATED ALWAYS AS (number * 2) STORED,
    parent_tenant uuid, parent_number smallint,
    FOREIGN KEY (parent_tenant, parent_number) REFERENCES things,
    mood mood NOT NULL, code code NOT NULL, stars int NOT NULL CHECK (stars BETWEEN 1 AND 5),
    currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    state text NOT NULL CHECK (state IN ('open', 'closed')), closed_at timestamptz,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    starts date NOT NULL, ends date NOT NULL, CHECK (ends > starts),
    price numeric(5, 2) NOT NULL CHECK (price > 100 AND price < 200),
    email text NOT NULL CHECK (email LIKE '%@%'), tags text[] NOT NULL, extra jsonb NOT NULL,
    address inet NOT NULL, during tstzrange NOT NULL, raw bytea NOT NULL, span interval NOT NULL,
    at time NOT NULL, ratio double precision NOT NULL, EXCLUDE USING gist (during WITH &&))''')
op.execute('''CREATE TABLE events (day date NOT NULL, n int) PARTITION BY RANGE (day)''')
op.execute('''CREATE TABLE events_all PARTITION OF events DEFAULT''')
op.execute("CREATE SCHEMA attic")
op.execute("CREATE TABLE attic.boxes (id int PRIMARY KEY, event int)")
"""
DEMANDING_DOWN = "".join(
    f'op.execute("DROP {thing}")\n'
    for thing in (
        "SCHEMA attic CASCADE", "TABLE events", "TABLE things", "TABLE tenants", "DOMAIN code",
        "TYPE mood",
    )
)  # fmt: skip


def test_rows_satisfy_a_demanding_schema(suite: Suite) -> None:
    """Every table gets rows: the revision after it, which deletes them, is told for each."""
    tables = ("things", "tenants", "events", "attic.boxes")
    wipe = "".join(f'op.execute("DELETE FROM {table}")\n' for table in tables)
    demanding = ("1", None, DEMANDING_UP, DEMANDING_DOWN)
    result = suite(
        demanding, ("2", "1", wipe, "pass"), arguments=("-k", "survives or upgrade or down")
    )
    assert failures(result) == ["test_data_survives[2]"]
    result.stdout.fnmatch_lines(
        [
            "data does not survive 2; after the upgrade:",
            "  table attic.boxes: 3 of 3 rows are lost",
            "  table events: 3 of 3 rows are lost",
            "  table tenants: 3 of 3 rows are lost",
            "  table things: 3 of 3 rows are lost",
        ],
        consecutive=True,
    )


RIDDLE_UP = """
op.execute("CREATE TABLE riddles (id int PRIMARY KEY, answer text NOT NULL "
           "CHECK (md5(answer) = 'a1d0c6e83f027327d8461063f4ac58a6'))")
"""
RIDDLE: Revision = ("1", None, RIDDLE_UP, 'op.drop_table("riddles")')
WIPE: Revision = ("2", "1", 'op.execute("DELETE FROM riddles")', "pass")


def test_a_table_for_which_no_row_can_be_made_is_told_with_the_ways_out(suite: Suite) -> None:
    result = suite(RIDDLE, WIPE, ("3", "2", "pass", "pass"), arguments=("-k", "survives"))
    assert failures(result) == ["test_data_survives[2]"]
    result.assert_outcomes(passed=1, failed=1, skipped=1, deselected=9)
    result.stdout.fnmatch_lines(
        [
            "no row can be made for table riddles at revision 1: * violates check constraint *",
            '  fix: give one, rows={"1": ["INSERT INTO riddles ..."]}, or say that it stays empty, '
            'empty_tables={"riddles"}',
        ]
    )


def test_rows_of_ones_own_are_carried_along(suite: Suite) -> None:
    rows = {"1": ["INSERT INTO riddles VALUES (1, '42')"]}
    result = suite(RIDDLE, WIPE, rows=rows, arguments=("-k", "survives"))
    assert failures(result) == ["test_data_survives[2]"]
    result.stdout.fnmatch_lines(["  table riddles: 1 of 1 rows are lost"])


def test_a_table_may_stay_empty(suite: Suite) -> None:
    result = suite(RIDDLE, WIPE, empty_tables={"riddles"}, arguments=("-k", "survives"))
    result.assert_outcomes(passed=2, deselected=7)
