"""`PostgresTemplate`: declared by a test target or built from sources, and servers that start from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from belljar.databases import (
    BadCluster,
    PostgresServer,
    PostgresTemplate,
    ServerNotStarted,
    TemplateNotBuilt,
    TemplateNotDeclared,
)
from belljar.databases.archive import Stamp, pack
from belljar.databases.make_cluster import make_cluster
from belljar.databases.template import TEMPLATE_DATABASE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no templates there")

SCHEMA = "CREATE TABLE lamps (id serial PRIMARY KEY, name text);\n"
SEED = "INSERT INTO lamps (name) VALUES ('Desk'), ('Floor');\n"
COUNT = "SELECT count(*) FROM lamps"
ASK = """
import sys
from pathlib import Path
from belljar.databases import PostgresTemplate
built = PostgresTemplate.build(migrations=[Path(sys.argv[1])], folder=Path(sys.argv[2]))
print(built.archive, built.archive.stat().st_ino, built.key)
"""

Build = Callable[..., PostgresTemplate]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a prepared cluster, which only a Bazel target has beside it."""
    archive = tmp_path_factory.mktemp("cluster") / "cluster.tar"
    make_cluster(archive)
    return archive


@pytest.fixture
def build(tmp_path: Path, cluster: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Build a template with a cache of this test's own."""
    monkeypatch.setenv("BELLJAR_POSTGRES_CLUSTER", str(cluster))
    (tmp_path / "1.sql").write_text(SCHEMA)
    (tmp_path / "seed.sql").write_text(SEED)

    def make(**changes: object) -> PostgresTemplate:
        arguments: dict[str, object] = {
            "migrations": [tmp_path / "1.sql"],
            "seed": [tmp_path / "seed.sql"],
            "folder": tmp_path / "cache",
        }
        return PostgresTemplate.build(**(arguments | changes))  # type: ignore[arg-type]  # any of them

    return make


@pytest.fixture(scope="module")
def template(cluster: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresTemplate]:
    """Give a template that nobody changes."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "1.sql").write_text(SCHEMA + SEED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BELLJAR_POSTGRES_CLUSTER", str(cluster))
        yield PostgresTemplate.build(
            migrations=[folder / "1.sql"], settings={"work_mem": "7MB"}, folder=folder / "cache"
        )


@pytest.fixture
def declare(
    tmp_path: Path, template: PostgresTemplate, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Do what the test macros do for `database = {NAME: ...}`."""

    def write(name: str) -> None:
        files = {"archive": template.archive, "dump": template.dump, "tables": template.tables}
        entry = {what: os.path.relpath(file, tmp_path) for what, file in files.items()}
        declared = {name: entry | {"kind": "postgres"}}
        (tmp_path / "x_test.databases.json").write_text(json.dumps(declared))
        monkeypatch.setenv("BELLJAR_DATABASES", "x_test.databases.json")
        monkeypatch.setenv("TEST_SRCDIR", str(tmp_path.parent))
        monkeypatch.setenv("TEST_WORKSPACE", tmp_path.name)

    return write


def test_a_server_starts_from_it_and_copies_it(
    template: PostgresTemplate, ask: Callable[[str, str], object]
) -> None:
    with PostgresServer(template=template) as server:
        one = server.create_database(template=TEMPLATE_DATABASE)
        two = server.create_database(template=TEMPLATE_DATABASE)
        assert ask(one, "DELETE FROM lamps; SELECT count(*) FROM lamps") == 0
        assert ask(two, COUNT) == 2
        assert ask(two, "INSERT INTO lamps (name) VALUES ('x') RETURNING id") == 3


def test_its_settings_hold_where_it_is_used(
    template: PostgresTemplate, ask: Callable[[str, str], object]
) -> None:
    with PostgresServer(template=template) as server:
        assert ask(server.url, "SHOW work_mem") == "7MB"
        assert ask(server.url, "SHOW synchronous_commit") == "off"
        assert ask(server.url, "SHOW max_parallel_workers") == "8"


def test_one_of_another_postgresql_is_refused(template: PostgresTemplate, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    pack(tmp_path / "data", Stamp(9, "", "vax"), tmp_path / "t.tar")
    with pytest.raises(BadCluster, match="PostgreSQL 9 made it") as raised:
        PostgresServer(template=replace(template, archive=tmp_path / "t.tar")).start()
    assert "fix: build it with the PostgreSQL that runs the tests" in str(raised.value)


def test_a_durable_server_says_that_it_starts_from_nothing(template: PostgresTemplate) -> None:
    with pytest.raises(ServerNotStarted, match="load the template's dump into it"):
        PostgresServer(template=template, durable=True)


def test_a_declared_template_is_found_by_its_name(
    declare: Callable[[str], None], template: PostgresTemplate
) -> None:
    assert PostgresTemplate.declared() is None
    declare("billing")
    found = PostgresTemplate.declared("billing")
    assert found
    assert found.key == template.key
    assert found.archive.samefile(template.archive)


def test_an_undeclared_name_is_told_with_those_that_are_and_the_line_to_add(
    declare: Callable[[str], None],
) -> None:
    declare("billing")
    with pytest.raises(TemplateNotDeclared) as raised:
        PostgresTemplate.declared("orders")
    assert str(raised.value) == (
        "no database 'orders' is declared for this test target (declared: 'billing')\n"
        '  fix: in its BUILD file: database = {"orders": ":NAME_OF_TEMPLATE"}'
    )
    with pytest.raises(TemplateNotDeclared, match='database = ":NAME_OF_TEMPLATE"'):
        PostgresTemplate.declared()


def test_the_same_sources_are_built_once(build: Build) -> None:
    one, two = build(), build()
    assert one == two
    assert one.archive.stat().st_ino == two.archive.stat().st_ino
    assert one.key
    assert json.loads(one.tables.read_text()) == [{"schema": "public", "name": "lamps", "rows": 2}]


def test_many_processes_build_it_once(build: Build, tmp_path: Path) -> None:
    """Each gets the file that the first one made."""
    environment = dict(os.environ) | {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    command = [sys.executable, "-c", ASK, str(tmp_path / "1.sql"), str(tmp_path / "cache")]
    runs = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    answers = {run.communicate()[0] for run in runs}
    assert len(answers) == 1
    assert answers.pop().strip()
    assert len([path for path in (tmp_path / "cache").iterdir() if path.is_dir()]) == 1


@pytest.mark.parametrize("changed", ["1.sql", "seed.sql"])
def test_a_changed_source_is_built_again(build: Build, tmp_path: Path, changed: str) -> None:
    before = build()
    with (tmp_path / changed).open("a") as file:
        file.write("INSERT INTO lamps (name) VALUES ('Ceiling');\n")
    after = build()
    assert after.archive != before.archive
    assert after.key != before.key
    assert before.archive.exists()


def test_a_change_in_what_a_migration_imports_is_built_again(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = tmp_path / "lamp_shop.py"
    application.write_text("TABLE = 'lamps'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "schema"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(
        "from alembic import context\n"
        "context.configure(connection=context.config.attributes['connection'])\n"
        "with context.begin_transaction():\n    context.run_migrations()\n"
    )
    (folder / "versions" / "1.py").write_text(
        "from alembic import op\nfrom lamp_shop import TABLE\n"
        "revision, down_revision = '1', None\n"
        "def upgrade(): op.execute(f'CREATE TABLE {TABLE} ()')\n"
    )
    first = build(migrations=folder, seed=())
    assert build(migrations=folder, seed=()) == first
    application.write_text("TABLE = 'shades'\n")
    second = build(migrations=folder, seed=())
    assert "shades" in second.tables.read_text()
    application.write_text("TABLE = 'lamps'\n")
    assert build(migrations=folder, seed=()) == first


def test_a_failing_build_says_why_and_leaves_nothing(build: Build, tmp_path: Path) -> None:
    (tmp_path / "seed.sql").write_text("INSERT INTO shades VALUES (1);\n")
    for _ in range(2):
        with pytest.raises(TemplateNotBuilt, match=r'seed.sql:1: relation "shades" does not'):
            build()
    assert [path for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], "migrations: there are none; name at least one"),
        (Path("nowhere"), "migrations: there is no nowhere"),
        (Path(__file__).parent, "is none of these:\n  - an Alembic folder, which has an env.py"),
    ],
)
def test_what_can_not_be_migrations_is_told_with_what_can(
    build: Build, given: Path | list[Path], expected: str
) -> None:
    with pytest.raises(TemplateNotBuilt) as raised:
        build(migrations=given)
    assert expected in str(raised.value)
