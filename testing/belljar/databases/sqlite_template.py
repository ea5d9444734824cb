"""`SqliteTemplate`: a migrated, seeded SQLite file that was built once and is copied by every test.

Under Bazel a `sqlite_template` target builds it and `database = ":orders_db"` on a test declares
it. Under plain pytest, `SqliteTemplate.build` builds it when its sources have changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from belljar.databases.declarations import declaration

__all__ = ["SqliteTemplate"]


@dataclass(frozen=True)
class SqliteTemplate:
    """Three files: a database (`NAME.sqlite3`), a plain dump, and the tables with their rows."""

    file: Path
    dump: Path
    tables: Path

    @cached_property
    def key(self) -> str:
        """A hex digest of the content, the same wherever the same content was built."""
        return hashlib.sha256(self.dump.read_bytes()).hexdigest()[:32]

    @classmethod
    def declared(cls, name: str = "default") -> SqliteTemplate | None:
        """Return what the test target's `database` attribute declares; None if it has none.

        Raises `TemplateNotDeclared` when it declares others, but not this one.
        """
        files = declaration(name, "sqlite")
        return cls(**files) if files else None

    @classmethod
    def build(
        cls,
        *,
        migrations: Path | str | Sequence[Path | str],
        seed: Path | str | Sequence[Path | str] = (),
        folder: Path | None = None,
    ) -> SqliteTemplate:
        """Return the template of these sources, built if no earlier run has built it.

        `migrations` is an Alembic folder (with `env.py`), SQL files in order, or a program; `seed`
        SQL files, a program or a scenario (its folder, its CSV and JSON files, or one .py file). What
        is built stays in `folder` (default: the user's cache). Raises `TemplateNotBuilt` with what the
        failing file says.
        """
        from belljar.databases.recipe import Recipe
        from belljar.databases.template_cache import built

        return cls(**built(Recipe.of("sqlite", migrations, seed), folder))
