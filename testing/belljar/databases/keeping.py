"""`keep`: a failed test's database as a file among the test's outputs, to be opened next week.

    kept = keep(url, item.nodeid, outputs)
    print(kept.line())

`keep_failed` does that for a pytest item, as its options and the environment have it.

Neither ever fails a test: what went wrong is a line too. `./bazelw run //testing:psql -- OUTPUTS.zip`
opens what was kept.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from belljar.databases.errors import DatabaseError
from belljar.databases.server import import_psycopg, one_line
from belljar.databases.urls import libpq_url

if TYPE_CHECKING:
    import pytest

__all__ = [
    "DEFAULT_LIMIT",
    "FOLDER",
    "Kept",
    "NotKept",
    "add_keeping_options",
    "keep",
    "keep_failed",
    "outputs_folder",
    "parse_size",
    "why_not",
]

# Inside the outputs; psql.py looks for it.
FOLDER = "databases"
SUFFIX = ".dump"
MEGABYTE = 1024 * 1024
DEFAULT_LIMIT = 64 * MEGABYTE
LIMIT_OPTION = "belljar_keep_database_limit"
VARIABLE = "BELLJAR_KEEP_DATABASE"
# A test that has failed is not kept waiting for longer.
SECONDS = 30.0
LONGEST_NAME = 120
# All together in one folder, as a multiple of the limit: hundreds of tests may fail at once.
MOST = 8
UNITS = {"": 1, "K": 1024, "M": MEGABYTE, "G": 1024 * MEGABYTE}
OPENER = "./bazelw run //testing:psql --"


@dataclass(frozen=True)
class Kept:
    """A database that was kept, and where."""

    path: Path

    def line(self, environ: Mapping[str, str] = os.environ, opener: str = OPENER) -> str:
        """Return the command that opens it; under Bazel by the label, for the path is gone then."""
        label = environ.get("TEST_TARGET", "")
        if label:
            return f"{opener} {label.removeprefix('@@').removeprefix('@')} --name {self.path.stem}"
        return f"{opener} {self.path}"


@dataclass(frozen=True)
class NotKept:
    """A database that was not kept, and why, in one line."""

    why: str

    def line(self) -> str:
        """Return that line."""
        return f"the database was not kept: {self.why}"


def keep(
    url: str,
    nodeid: str,
    outputs: Path,
    limit_bytes: int = DEFAULT_LIMIT,
    *,
    replace: bool = False,
) -> Kept | NotKept:
    """Write the database of the test `nodeid` below `outputs`, unless it is larger than the limit.

    What is not committed is not in it. The file's name is the test's, and a number if that is
    taken; or, with `replace`, what was kept of the same test before is replaced.
    """
    # Only when a test has failed: the options of this module are read in every run.
    from belljar.databases.exporting import export
    from belljar.redaction import redact_at_end

    folder = outputs / FOLDER
    redact_at_end(folder)
    try:
        # An engine's URL will do.
        plain = libpq_url(url, "the database's URL")
        size = _size(plain)
        if size > limit_bytes:
            return NotKept(
                f"it has {megabytes(size)}, and the limit ({LIMIT_OPTION}) is "
                f"{megabytes(limit_bytes)}"
            )
        folder.mkdir(parents=True, exist_ok=True)
        there = sum(path.stat().st_size for path in folder.iterdir())
        if there > MOST * limit_bytes:
            return NotKept(f"{folder} has {megabytes(there)} of others, {MOST} times the limit")
        if replace:
            # Two tests of one name lie in two files.
            digest = hashlib.sha256(nodeid.encode()).hexdigest()[:8]
            path = folder / f"{file_name(nodeid)}-{digest}{SUFFIX}"
        else:
            path = _reserved(folder, file_name(nodeid))
        try:
            export(plain, path, timeout=SECONDS)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Kept(path)
    except (DatabaseError, OSError) as error:
        return NotKept(one_line(error))


def add_keeping_options(parser: pytest.Parser) -> None:
    """Declare the options of `keep_failed`; for `pytest_addoption`."""
    parser.getgroup("belljar").addoption(
        "--keep-database",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="keep the database of a test that fails (default: yes, and in CI no: rows are private)",
    )
    parser.addini(
        LIMIT_OPTION,
        "the largest database of a failed test that is kept, such as 64 MB",
        default=megabytes(DEFAULT_LIMIT),
    )


def keep_failed(item: pytest.Item, hold: Callable[[], str], name: str = "default") -> str:
    """Return the line for the report of a test that has failed; empty if none is to be kept.

    `hold` makes what the test has committed visible to others and returns the database's URL; it is
    not called when none is to be kept. `name` is the database's, where a test has several.
    """
    reason = why_not(item.config.getoption("--keep-database", default=None))
    if reason:
        return ""
    nodeid = item.nodeid if name == "default" else f"{item.nodeid}.{name}"
    cache = getattr(item.config, "cache", None)  # what plain pytest keeps between runs
    otherwise = cache.mkdir("belljar") if cache else Path(tempfile.gettempdir(), "belljar-kept")
    outputs = outputs_folder(otherwise)
    try:
        limit = parse_size(item.config.getini(LIMIT_OPTION))
        return keep(hold(), nodeid, outputs, limit, replace=outputs == otherwise).line()
    except ValueError as error:
        return NotKept(f"{LIMIT_OPTION}: {error}").line()
    except DatabaseError as error:
        return NotKept(one_line(error)).line()


def why_not(wanted: bool | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return why failed tests' databases are not to be kept here; empty if they are.

    `wanted` is what `--keep-database` says, if it was given. Rows are private, and a CI's outputs
    are read by many: there it has to be asked for.
    """
    said = environ.get(VARIABLE, "")
    if wanted is None and said:
        wanted = _is_true(said)
    if wanted:
        return ""
    if wanted is False:
        return f"--keep-database or {VARIABLE} forbids it"
    if _is_true(environ.get("CI", "")):
        return f"this is CI (the variable CI is set); --keep-database or {VARIABLE}=1 asks for it"
    return ""


def outputs_folder(otherwise: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where a test's outputs go: Bazel's folder for them, else the one given."""
    declared = environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
    return Path(declared) if declared else otherwise


def parse_size(text: str) -> int:
    """Return the bytes in a size such as `64 MB`; `0` keeps none. Raises ValueError."""
    found = re.fullmatch(r"(?i)\s*(\d+)\s*([KMG]?)(?:i?B)?\s*", text)
    if not found:
        raise ValueError(f"{text!r} is not a size; write it like 64 MB, 500 KB or 2 GB")
    return int(found[1]) * UNITS[found[2].upper()]


def file_name(nodeid: str) -> str:
    """Return a test's name as a file has it: `orders_test.test_paying-card`."""
    path, _, test = nodeid.partition("::")
    name = f"{Path(path).stem}.{test.replace('::', '.')}" if test else Path(path).stem
    name = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.")
    return name[:LONGEST_NAME] or "database"


def megabytes(size: int) -> str:
    """Return a size for people."""
    return f"{size / MEGABYTE:.0f} MB" if size >= MEGABYTE else f"{size / 1024:.0f} KB"


def _is_true(said: str) -> bool:
    return said.lower() not in ("", "0", "false", "no", "off")


def _size(url: str) -> int:
    psycopg = import_psycopg()
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    except psycopg.Error as error:
        raise DatabaseError(one_line(error)) from None
    return int(row[0])


def _reserved(folder: Path, name: str) -> Path:
    """A new, empty file: shards and workers may write to one folder at once."""
    number = 1
    while True:
        path = folder / f"{name}{f'-{number}' if number > 1 else ''}{SUFFIX}"
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            number += 1
        else:
            return path
