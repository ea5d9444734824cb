"""`SqliteTemplate`: a migrated, seeded file, built once."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from belljar.databases import SqliteTemplate, TemplateNotBuilt, TemplateNotDeclared

SCHEMA = """\
CREATE TABLE lamps (id integer PRIMARY KEY, name text);  -- one; two
CREATE TRIGGER no_more BEFORE DELETE ON lamps BEGIN
  SELECT raise(ABORT, 'lamps; stay');
END;
"""
SEED = "BEGIN;\nINSERT INTO lamps (name) VALUES ('Desk; left');\nCOMMIT;\n"


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    """Give a migration and a seed."""
    (tmp_path / "1.sql").write_text(SCHEMA)
    (tmp_path / "seed.sql").write_text(SEED)
    return tmp_path / "1.sql", tmp_path / "seed.sql"


def build(sources: tuple[Path, Path], folder: Path) -> SqliteTemplate:
    return SqliteTemplate.build(migrations=[sources[0]], seed=[sources[1]], folder=folder)


def test_sql_files_become_a_database_a_dump_and_a_list_of_tables(
    sources: tuple[Path, Path], tmp_path: Path
) -> None:
    template = build(sources, tmp_path / "cache")
    with closing(sqlite3.connect(template.file)) as connection:
        assert connection.execute("SELECT name FROM lamps").fetchall() == [("Desk; left",)]
        with pytest.raises(sqlite3.IntegrityError, match="lamps; stay"):
            connection.execute("DELETE FROM lamps")
    assert "CREATE TABLE lamps" in template.dump.read_text()
    assert json.loads(template.tables.read_text()) == [
        {"schema": "main", "name": "lamps", "rows": 1}
    ]


def test_two_builds_give_the_same_bytes(sources: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = (build(sources, tmp_path / name) for name in ("cache1", "cache2"))
    assert one.file != two.file
    for first, second in ((one.file, two.file), (one.dump, two.dump), (one.tables, two.tables)):
        assert first.read_bytes() == second.read_bytes()
    assert one.key == two.key


def test_the_same_sources_are_built_once(sources: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = (build(sources, tmp_path / "cache") for _ in range(2))
    assert one.file.stat().st_ino == two.file.stat().st_ino


def test_an_alembic_folder_is_brought_to_its_head(tmp_path: Path) -> None:
    folder = tmp_path / "schema"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(
        "from alembic import context\n"
        "context.configure(connection=context.config.attributes['connection'])\n"
        "with context.begin_transaction():\n    context.run_migrations()\n"
    )
    (folder / "versions" / "1.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        "revision, down_revision = '1', None\n"
        "def upgrade(): op.create_table('lamps', sa.Column('id', sa.Integer))\n"
    )
    template = SqliteTemplate.build(migrations=folder, folder=tmp_path / "cache")
    assert "CREATE TABLE lamps" in template.dump.read_text()


def test_a_failing_statement_is_told_with_file_and_line(
    sources: tuple[Path, Path], tmp_path: Path
) -> None:
    sources[1].write_text("\nINSERT INTO lamps (name)\n  VALUES ('Desk');\nDELETE FROM shades;\n")
    with pytest.raises(TemplateNotBuilt) as raised:
        build(sources, tmp_path / "cache")
    assert str(raised.value).endswith(
        f"seed failed: {sources[1]}:4: no such table: shades\n  statement:\n    DELETE FROM shades;"
    )


def test_a_declared_one_is_found_and_a_wrong_kind_named(
    sources: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = build(sources, tmp_path / "cache")
    files = {"file": template.file, "dump": template.dump, "tables": template.tables}
    declared = {
        "default": {what: str(path) for what, path in files.items()} | {"kind": "sqlite"},
        "orders": {"kind": "postgres"},
    }
    (tmp_path / "databases.json").write_text(json.dumps(declared))
    monkeypatch.setenv("BELLJAR_DATABASES", str(tmp_path / "databases.json"))
    assert SqliteTemplate.declared() == template
    with pytest.raises(TemplateNotDeclared) as raised:
        SqliteTemplate.declared("orders")
    assert "'orders' of this test target is postgres, not sqlite" in str(raised.value)
    assert "name a sqlite_template target: database = {" in str(raised.value)
