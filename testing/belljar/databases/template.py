"""`PostgresTemplate`: a migrated, seeded database that was built once and is copied by every test.

    with PostgresServer(template=PostgresTemplate.declared()) as server:
        url = server.create_database(template=TEMPLATE_DATABASE)

Under Bazel a `postgres_template` target builds it and `database = ":orders_db"` on a test declares
it. Under plain pytest, `PostgresTemplate.build` builds it when its sources have changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from belljar.databases.archive import read_stamp
from belljar.databases.declarations import declaration

__all__ = ["TEMPLATE_DATABASE", "PostgresTemplate"]

# What the database is called inside a template's data directory.
TEMPLATE_DATABASE = "belljar_template"


@dataclass(frozen=True)
class PostgresTemplate:
    """Three files: a data directory (`NAME.tar`), a plain dump, and the tables with their rows.

    `key` is a hex digest of the content, the same wherever the same content was built.
    """

    archive: Path
    dump: Path
    tables: Path
    key: str

    @classmethod
    def of(cls, archive: Path, dump: Path, tables: Path) -> PostgresTemplate:
        """Return the template that consists of these files. Raises `BadCluster`."""
        return cls(archive, dump, tables, read_stamp(archive).key)

    @classmethod
    def declared(cls, name: str = "default") -> PostgresTemplate | None:
        """Return what the test target's `database` attribute declares; None if it has none.

        Raises `TemplateNotDeclared` when it declares others, but not this one.
        """
        files = declaration(name, "postgres")
        return cls.of(**files) if files else None

    @classmethod
    def build(
        cls,
        *,
        migrations: Path | str | Sequence[Path | str],
        seed: Path | str | Sequence[Path | str] = (),
        extensions: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> PostgresTemplate:
        """Return the template of these sources, built if no earlier run has built it.

        `migrations` is an Alembic folder (with `env.py`), SQL files in order, or a program; `seed`
        SQL files, a program or a scenario (its folder, its CSV and JSON files, or one .py file). What
        is built stays in `folder` (default: the user's cache). Many processes may ask at once: one
        builds, the others wait. Raises `TemplateNotBuilt` with what the failing file says, or another
        `DatabaseError`.
        """
        from belljar.databases.recipe import Recipe
        from belljar.databases.template_cache import built

        recipe = Recipe.of("postgres", migrations, seed, extensions, settings or {})
        return cls.of(**built(recipe, folder))
