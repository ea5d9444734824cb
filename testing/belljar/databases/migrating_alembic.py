"""`upgrade`: an Alembic folder's migrations, as `alembic upgrade heads` would run them.

Both styles of `env.py` work: one that takes the connection that it is given
(`config.attributes["connection"]`), and one that makes an engine from `sqlalchemy.url`.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from belljar.databases.errors import TemplateNotBuilt
from belljar.databases.target import Target

__all__ = ["upgrade"]

ENV_FILE = "env.py"
INI_FILE = "alembic.ini"
# Whose frames in a traceback say nothing to somebody who wrote a migration.
NOT_THEIRS = ("/site-packages/", "<frozen ", "/belljar/databases/", "/importlib/")


def upgrade(files: Sequence[Path], target: Target) -> None:
    """Bring the database to the newest revision of every branch. Raises `TemplateNotBuilt`."""
    folder = next(file.parent for file in files if file.name == ENV_FILE)
    ini = next((file for file in files if file.name == INI_FILE), None)
    try:
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError
        from sqlalchemy import create_engine
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError
        from sqlalchemy.pool import NullPool
    except ImportError as error:
        raise TemplateNotBuilt(
            f"{folder} has Alembic's migrations, and {error.name} cannot be imported ({error})\n"
            '  fix: deps = [requirement("alembic"), ...] on the template: what env.py and the '
            "migrations import"
        ) from None
    config = Config(str(ini.absolute())) if ini else Config()
    for option, value in {
        "path_separator": "os",
        "script_location": str(folder.absolute()),
        "sqlalchemy.url": target.sqlalchemy_url,
    }.items():
        config.set_main_option(option, value.replace("%", "%%"))
    try:
        engine = create_engine(target.sqlalchemy_url, poolclass=NullPool)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
            connection.commit()
    except CommandError as error:
        raise TemplateNotBuilt(f"{folder}: {error}") from None
    except DBAPIError as error:
        raise TemplateNotBuilt(_told(error, folder)) from None
    except (SQLAlchemyError, ImportError, SyntaxError) as error:
        raise TemplateNotBuilt(_trace(error, folder)) from None
    except Exception as error:  # their own code: anything may come out of it
        raise TemplateNotBuilt(_trace(error, folder)) from error


def _told(error: Any, folder: Path) -> str:
    """What the database said, and about which statement of which line."""
    diagnosis = getattr(error.orig, "diag", None)
    message = getattr(diagnosis, "message_primary", None) or str(error.orig).strip()
    parts = [f"{_place(error.__traceback__, folder)}: {message}"]
    for name in ("detail", "hint", "context"):
        value = getattr(diagnosis, f"message_{name}" if name != "context" else name, None)
        if value:
            parts.append(f"  {name.upper()}: {value}")
    if error.statement:
        lines = str(error.statement).strip().splitlines()
        parts += ["  statement:", *(f"    {line}" for line in lines)]
    return "\n".join(parts)


def _place(trace: TracebackType | None, folder: Path) -> str:
    """The innermost line in a file of theirs: the migration, or what it calls."""
    frames = traceback.extract_tb(trace)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(folder.absolute())]
    frame = (inside or _theirs(frames) or list(frames))[-1]
    path = Path(frame.filename)
    if path.is_relative_to(folder.absolute()):
        path = folder / path.relative_to(folder.absolute())
    return f"{path}:{frame.lineno}"


def _trace(error: BaseException, folder: Path) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = traceback.format_list(_theirs(frames))
    lines += traceback.format_exception_only(type(error), error)
    text = "".join(f"  {line}\n" for block in lines for line in block.rstrip().splitlines())
    return f"{_place(error.__traceback__, folder)}: {type(error).__name__}\n{text.rstrip()}"


def _theirs(frames: Sequence[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    return [frame for frame in frames if not any(part in frame.filename for part in NOT_THEIRS)]
