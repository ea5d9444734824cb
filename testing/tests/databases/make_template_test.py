"""The program that makes a PostgreSQL template: what goes in, what comes out, what fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from belljar.databases.archive import unpack
from belljar.databases.make_cluster import make_cluster
from belljar.databases.recipe import Recipe
from belljar.databases.template_cache import PROGRAM

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no templates there")

SCHEMA = "CREATE TABLE lamps (id serial PRIMARY KEY, name text NOT NULL);\n"
# A log of another length each time, more rows than ANALYZE would look at, and indexes that choose at
# random where a row goes.
RANDOM = """
CREATE TABLE scratch (a text);
INSERT INTO scratch SELECT repeat('x', (random() * 500)::int) FROM generate_series(1, 1000);
DROP TABLE scratch;
CREATE TABLE big (id int PRIMARY KEY, b text);
INSERT INTO big SELECT i, md5(i::text) FROM generate_series(1, 40000) i;
DELETE FROM big WHERE id % 10 = 3;
CREATE TABLE stays (room int, during tstzrange,
  EXCLUDE USING gist (room WITH =, during WITH &&));
INSERT INTO stays SELECT i % 7, tstzrange(to_timestamp(i * 60), to_timestamp(i * 60 + 60))
  FROM generate_series(1, 5000) i;
CREATE TABLE spots (place point);
CREATE INDEX ON spots USING gist (place);
INSERT INTO spots SELECT point(i % 37, i % 53) FROM generate_series(1, 20000) i;
"""
ENV_WITH_CONNECTION = """
from alembic import context
context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
"""
ENV_WITH_URL = """
from alembic import context
from sqlalchemy import engine_from_config, pool
section = context.config.get_section(context.config.config_ini_section, {})
engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op
revision, down_revision = {revision!r}, {down!r}
def upgrade():
    {body}
"""


@dataclass
class Made:
    """What one run of the program gave."""

    code: int
    said: str
    archive: Path
    dump: Path
    tables: Path

    def rows(self) -> dict[str, int]:
        """Rows by table."""
        return {table["name"]: table["rows"] for table in json.loads(self.tables.read_text())}

    def contents(self) -> list[bytes]:
        """Every byte."""
        return [path.read_bytes() for path in (self.archive, self.dump, self.tables)]


Make = Callable[[Recipe], Made]
Write = Callable[[Mapping[str, str]], list[Path]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into the current folder; give their paths as a user would type them."""
    monkeypatch.chdir(tmp_path)

    def files(contents: Mapping[str, str]) -> list[Path]:
        for name, text in contents.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)
            if text.startswith("#!"):
                Path(name).chmod(0o755)
        return [Path(name) for name in contents]

    return files


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a prepared cluster, which only a Bazel target has beside it."""
    archive = tmp_path_factory.mktemp("cluster") / "cluster.tar"
    make_cluster(archive)
    return archive


@pytest.fixture
def make(tmp_path: Path, cluster: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Run the program on a recipe."""
    monkeypatch.setenv("PYTHONPATH", ":".join(path for path in sys.path if path))
    monkeypatch.setenv("BELLJAR_POSTGRES_CLUSTER", str(cluster))
    runs = 0

    def run(recipe: Recipe) -> Made:
        nonlocal runs
        runs += 1
        place = tmp_path / f"made{runs}"
        place.mkdir()
        recipe.write(place / "recipe.json")
        outputs = [place / name for name in ("t.tar", "t.sql", "t.tables.json")]
        files = map(str, (place / "recipe.json", *outputs))
        command = [sys.executable, "-c", PROGRAM, *files]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return Made(done.returncode, done.stdout, *outputs)

    return run


def alembic(write: Write, env: str, *bodies: str) -> Path:
    """Write an Alembic folder whose revisions have these bodies."""
    files = {"schema/env.py": env, "schema/script.py.mako": ""}
    for number, body in enumerate(bodies, 1):
        down = f"{number - 1:04}" if number > 1 else None
        text = REVISION.format(revision=f"{number:04}", down=down, body=body)
        files[f"schema/versions/{number:04}_step.py"] = text
    write(files)
    return Path("schema")


def test_sql_files_run_in_order_then_the_seed_and_tables_are_counted(
    make: Make, write: Write
) -> None:
    files = write(
        {
            "1.sql": SCHEMA,
            "2.sql": "CREATE TABLE shades (id int);\nALTER TABLE lamps ADD price int;\n",
            "seed.sql": "COPY lamps (name) FROM stdin;\nDesk\nFloor\n\\.\n",
        }
    )
    made = make(Recipe.of("postgres", files[:2], files[2:]))
    assert (made.code, made.said) == (0, "")
    assert made.rows() == {"lamps": 2, "shades": 0}
    assert "restrict" not in made.dump.read_text()


def test_two_builds_give_the_same_bytes(make: Make, write: Write) -> None:
    """Also where sampling, dice and a log of another length would come in."""
    recipe = Recipe.of("postgres", write({"1.sql": RANDOM}), extensions=["btree_gist"])
    one, two = make(recipe), make(recipe)
    assert (one.code, one.said) == (0, "")
    assert one.contents() == two.contents()


@pytest.mark.parametrize("env", [ENV_WITH_CONNECTION, ENV_WITH_URL])
def test_an_alembic_folder_is_brought_to_its_head(make: Make, write: Write, env: str) -> None:
    """Whether env.py takes the connection that it is given or makes an engine."""
    folder = alembic(
        write,
        env,
        "op.execute('CREATE TABLE lamps (id int)')",
        "op.execute('INSERT INTO lamps VALUES (1), (2)')",
    )
    made = make(Recipe.of("postgres", folder))
    assert made.code == 0, made.said
    assert made.rows() == {"alembic_version": 1, "lamps": 2}


def test_a_program_finds_the_database_in_its_environment(make: Make, write: Write) -> None:
    first, second = write(
        {
            "migrate": f"#!{sys.executable}\nimport os, psycopg\n"
            "with psycopg.connect(os.environ['DATABASE_URL']) as c:\n"
            "    c.execute('CREATE TABLE lamps (id int)')\n",
            "seed": f"#!{sys.executable}\nimport psycopg\n"
            "with psycopg.connect('') as c:\n"  # PGHOST, PGDATABASE and PGUSER
            "    c.execute('INSERT INTO lamps VALUES (1)')\n",
        }
    )
    made = make(Recipe.of("postgres", first, second))
    assert made.code == 0, made.said
    assert made.rows() == {"lamps": 1}


def test_a_failing_sql_file_is_told_with_line_statement_and_hint(make: Make, write: Write) -> None:
    text = SCHEMA + "\nINSERT INTO\n  lamps (nam)\n  VALUES ('Desk');\n"
    made = make(Recipe.of("postgres", write({"sql/1.sql": text})))
    assert made.code == 1
    assert made.said == (
        "make_template: no template was made: migrations failed: "
        'sql/1.sql:4: column "nam" of relation "lamps" does not exist\n'
        "  LINE 2:   lamps (nam)\n"
        "                   ^\n"
        "  statement:\n"
        "    INSERT INTO\n"
        "      lamps (nam)\n"
        "      VALUES ('Desk');\n"
    )
    assert not made.archive.exists()


def test_a_failing_seed_is_told_with_postgresqls_detail(make: Make, write: Write) -> None:
    seed = "INSERT INTO lamps VALUES (1, 'Desk');\nINSERT INTO lamps VALUES (1, 'Floor');\n"
    files = write({"1.sql": SCHEMA, "seed.sql": seed})
    made = make(Recipe.of("postgres", files[:1], files[1:]))
    assert made.code == 1
    assert "seed failed: seed.sql:2: duplicate key value violates unique" in made.said
    assert "  DETAIL:  Key (id)=(1) already exists.\n" in made.said
    assert "    INSERT INTO lamps VALUES (1, 'Floor');" in made.said


def test_a_failing_revision_is_told_with_its_file_and_the_statement(
    make: Make, write: Write
) -> None:
    folder = alembic(
        write,
        ENV_WITH_CONNECTION,
        "op.execute('CREATE TABLE lamps (id int)')",
        "op.execute('ALTER TABLE lmps ADD price int')",
    )
    made = make(Recipe.of("postgres", folder))
    assert made.code == 1
    assert made.said == (
        "make_template: no template was made: migrations failed: "
        'schema/versions/0002_step.py:5: relation "lmps" does not exist\n'
        "  statement:\n"
        "    ALTER TABLE lmps ADD price int\n"
    )


def test_a_bug_in_a_migration_has_a_trace_of_their_lines_alone(make: Make, write: Write) -> None:
    made = make(Recipe.of("postgres", alembic(write, ENV_WITH_CONNECTION, "1 / 0")))
    assert made.code == 1
    assert "schema/versions/0001_step.py:5: ZeroDivisionError" in made.said
    assert "1 / 0" in made.said
    assert "site-packages" not in made.said
    assert "belljar/databases" not in made.said


def test_two_revisions_with_one_parent_are_both_run(make: Make, write: Write) -> None:
    folder = alembic(write, ENV_WITH_CONNECTION, "op.execute('CREATE TABLE lamps (id int)')")
    branch = REVISION.format(revision="b", down="0001", body="op.execute('CREATE TABLE b ()')")
    other = REVISION.format(revision="c", down="0001", body="op.execute('CREATE TABLE c ()')")
    write({"schema/versions/b.py": branch, "schema/versions/c.py": other})
    made = make(Recipe.of("postgres", folder))
    assert made.code == 0, made.said
    assert set(made.rows()) == {"alembic_version", "b", "c", "lamps"}


def test_a_failing_program_is_told_with_what_it_said(make: Make, write: Write) -> None:
    (program,) = write({"migrate": "#!/bin/sh\necho no luck today >&2; exit 3\n"})
    made = make(Recipe.of("postgres", program))
    assert made.code == 1
    assert made.said.endswith("migrate: exit code 3; it said:\n  | no luck today\n"), made.said


def test_a_missing_extension_lists_those_that_exist(make: Make, write: Write) -> None:
    recipe = Recipe.of("postgres", write({"1.sql": SCHEMA}), extensions=["pg_trgrm"])
    made = make(recipe)
    assert made.code == 1
    assert 'extensions: this PostgreSQL has no "pg_trgrm"; did you mean "pg_trgm"?' in made.said
    assert "there are: " in made.said
    assert "btree_gist" in made.said


def test_a_wrong_setting_is_told_in_postgresqls_words(make: Make, write: Write) -> None:
    recipe = Recipe.of("postgres", write({"1.sql": SCHEMA}), settings={"max_conections": "5"})
    made = make(recipe)
    assert made.code == 1
    assert "does not start with settings = {max_conections = '5'}" in made.said
    assert 'unrecognized configuration parameter "max_conections"' in made.said


def test_rows_with_the_time_of_the_build_are_pointed_out(make: Make, write: Write) -> None:
    text = "CREATE TABLE events (at timestamptz);\nINSERT INTO events VALUES (now());\n"
    made = make(Recipe.of("postgres", write({"1.sql": text})))
    assert made.code == 0
    assert "a row of public.events has the time of this build" in made.said


def test_nothing_of_the_machine_is_in_the_directory(
    make: Make, write: Write, tmp_path: Path
) -> None:
    recipe = Recipe.of("postgres", write({"1.sql": SCHEMA}), settings={"work_mem": "7MB"})
    made = make(recipe)
    assert made.code == 0, made.said
    data = tmp_path / "data"
    unpack(made.archive, data)
    assert "Belljar's settings" not in (data / "postgresql.conf").read_text()
    assert "work_mem = '7MB'" in (data / "postgresql.auto.conf").read_text()
    for name in ("postmaster.opts", "postmaster.pid", "pg_stat/pgstat.stat"):
        assert not (data / name).exists()
