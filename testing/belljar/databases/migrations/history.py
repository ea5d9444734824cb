"""`History`: the revisions of an Alembic folder in order, and single steps along them."""

from __future__ import annotations

import os
import re
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from belljar.databases.errors import DatabaseError

__all__ = ["BadMigrations", "History", "Irreversible", "StepFailed"]


class BadMigrations(DatabaseError):
    """The folder cannot be read as Alembic migrations, or an option names what is not there."""


class StepFailed(DatabaseError):
    """A migration raised; the message has its file and line, and what the database said."""


class Irreversible(StepFailed):
    """A downgrade raised NotImplementedError: its author says that there is none."""


class History:
    """The revisions from the first to the last, each after everything that it depends on.

    "Position" n is a database with the first n of them. `env.py` may take the connection from
    `config.attributes["connection"]`, the URL from `sqlalchemy.url`, or either from a variable of
    the environment that is named in `url_variables`.
    """

    def __init__(
        self,
        script_location: Path,
        ini: Path | None = None,
        driver: str | None = None,
        url_variables: Sequence[str] = (),
    ) -> None:
        self._location = script_location
        self._ini = ini
        self._driver = driver
        self._variables = tuple(url_variables)
        self.version_table = "alembic_version"  # or what env.py says, once it was run
        if not (script_location / "env.py").is_file():
            raise BadMigrations(
                f"script_location is {script_location}, and there is no env.py in it; give the "
                "folder that `alembic init` has made"
            )
        try:
            with warnings.catch_warnings():
                # One that is missing or there twice; what would follow says less.
                warnings.filterwarnings("error", r"Revision .* (referenced|is present)")
                self.script = ScriptDirectory.from_config(self._config())
                newest_first: list[Script] = list(self.script.walk_revisions())
        except (CommandError, SyntaxError, ImportError, UserWarning) as error:
            raise BadMigrations(f"{script_location}: {_first_line(error)}") from error
        self.scripts = newest_first[::-1]
        self.revisions = [script.revision for script in self.scripts]

    def position(self, revision: str) -> int:
        """Return how many revisions come before this one."""
        try:
            return self.revisions.index(revision)
        except ValueError:
            raise BadMigrations(
                f"{revision!r} is no revision of {self._location}; "
                f"those are: {', '.join(self.revisions) or 'none'}"
            ) from None

    def heads(self) -> list[str]:
        """Return the revisions that none comes after."""
        return sorted(self.script.get_heads())

    def file(self, revision: str) -> str:
        """Return the file of a revision, as it stands below the Alembic folder."""
        return self._short(Path(self.scripts[self.position(revision)].path))

    def upgrade(self, engine: Engine, revision: str) -> None:
        """Take one step up. Raises `StepFailed`."""
        self._step(engine, revision, "upgrade")

    def downgrade(self, engine: Engine, revision: str) -> None:
        """Take one step down. Raises `StepFailed`, or `Irreversible`."""
        self._step(engine, revision, "downgrade")

    def in_environment(
        self, engine: Engine, do: Callable[[MigrationContext], Sequence[MigrationStep]]
    ) -> None:
        """Run `env.py`, and in place of migrations what `do` returns for its context."""
        with engine.connect() as connection, self._configured(connection) as config:

            def steps(_revision: object, context: MigrationContext) -> Any:
                self.version_table = str(context.opts.get("version_table") or self.version_table)
                return do(context)

            # Whatever revisions are asked for: `steps` alone says what runs.
            with EnvironmentContext(config, self.script, fn=steps):
                self.script.run_env()
            connection.commit()

    def _step(self, engine: Engine, revision: str, direction: str) -> None:
        script = self.scripts[self.position(revision)]
        make = getattr(MigrationStep, f"{direction}_from_script")
        step = make(self.script.revision_map, script)
        try:
            self.in_environment(engine, lambda context: [step])
        except Exception as error:  # a migration is anybody's code: whatever it raises is found
            kind = Irreversible if isinstance(error, NotImplementedError) else StepFailed
            place = self._place(error) or self.file(revision)
            raise kind(f"{direction} of {revision} fails at {place}\n  {_told(error)}") from error

    def _config(self) -> Config:
        config = Config(self._ini)
        config.set_main_option("script_location", str(self._location).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        return config

    @contextmanager
    def _configured(self, connection: Connection) -> Iterator[Config]:
        """Give a configuration in which every style of `env.py` finds the database."""
        address = connection.engine.url
        if self._driver:
            address = address.set(drivername=self._driver)
        url = address.render_as_string(hide_password=False)
        config = self._config()
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
        config.attributes["connection"] = connection
        with mock.patch.dict(os.environ, dict.fromkeys(self._variables, url)):
            yield config

    def _place(self, error: BaseException) -> str:
        """Return the last line of a migration or env.py that the error came through."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            path = Path(frame.filename)
            if path.is_relative_to(self._location) or path.is_relative_to(self._location.resolve()):
                return f"{self._short(path)}:{frame.lineno}: {frame.line}"
        return ""

    def _short(self, path: Path) -> str:
        for base in (self._location, self._location.resolve()):
            if path.is_relative_to(base):
                return str(self._location.name / path.relative_to(base))
        return path.name


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"


def _told(error: BaseException) -> str:
    """Return what the database said, and to which statement: without parameters, which are data."""
    original = getattr(error, "orig", None) or error
    text = re.sub(r"\s*\n\s*", "\n    ", str(original).strip())
    told = f"{type(original).__name__}: {text}" if text else type(original).__name__
    statement = getattr(error, "statement", None)
    if statement:
        told += "\n  statement: " + re.sub(r"\s+", " ", str(statement)).strip()[:500]
    return told
