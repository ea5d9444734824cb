"""`built`: a template's files from a folder of those that were built before, or built now.

    FOLDER/KEY.imports.json   what Python files of the user's the last build imported
    FOLDER/KEY-DIGEST/        the files of a template, and its recipe
    FOLDER/KEY.lock           held by whoever builds it

KEY is a digest of the recipe and its files, DIGEST of what was imported besides. An entry that
nobody has used for a month is deleted when another is built.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from belljar.databases.binaries import find_postgres
from belljar.databases.errors import TemplateNotBuilt
from belljar.databases.make_template import IMPORTS
from belljar.databases.prepared import stamp_of
from belljar.databases.recipe import OUTPUTS, Recipe
from belljar.processes import start_process

__all__ = ["built", "default_folder"]

PACKAGES = ("alembic", "sqlalchemy", "psycopg", "faker")
OURS = Path(__file__).parent
LOADING = OURS.parent / "data"
UNUSED_SECONDS = 30 * 24 * 3600
NAME = "template"
# An own process: env.py sets up logging, and imports the application.
PROGRAM = (
    "import sys; from belljar.databases.make_template import main; sys.exit(main(sys.argv[1:]))"
)


def built(recipe: Recipe, folder: Path | None) -> dict[str, Path]:
    """Return the template's files by what they are. Raises `TemplateNotBuilt`."""
    place = (folder or default_folder()).absolute()
    place.mkdir(parents=True, exist_ok=True)
    key = _key(recipe)
    with _locked(place / f"{key}.lock"):
        entry = _entry(place, key)
        if entry is None or not entry.is_dir():
            entry = _build(recipe, place, key)
            _sweep(place, keep=entry)
        os.utime(entry)
    return {what: entry / f"{NAME}{end}" for what, end in OUTPUTS[recipe.kind].items()}


def default_folder() -> Path:
    """Return the user's own cache."""
    if sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir())
    elif sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "belljar" / "templates"


def _build(recipe: Recipe, place: Path, key: str) -> Path:
    with tempfile.TemporaryDirectory(prefix=".new-", dir=place) as name:
        fresh = Path(name) / "entry"
        fresh.mkdir()
        recipe.write(fresh / "recipe.json")
        imports = fresh / "imports.json"
        outputs = [fresh / f"{NAME}{end}" for end in OUTPUTS[recipe.kind].values()]
        environment = dict(os.environ) | {
            IMPORTS: str(imports),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        command = [sys.executable, "-c", PROGRAM, str(fresh / "recipe.json"), *map(str, outputs)]
        with start_process(command, env=environment, stop_signal=signal.SIGTERM) as process:
            code = process.wait()
            said = process.log_text().strip()
        if code != 0:
            raise TemplateNotBuilt(said.removeprefix("make_template: "))
        (place / f"{key}.imports.json").write_text(imports.read_text())
        entry = _entry(place, key)
        assert entry is not None
        shutil.rmtree(entry, ignore_errors=True)
        # Whole or not at all: under its name only when all of it is there.
        return fresh.rename(entry)


def _key(recipe: Recipe) -> str:
    """A digest of all that is known before anything is built."""
    parts: list[object] = [asdict(recipe), platform.python_version(), sys.platform]
    if recipe.kind == "postgres":
        parts.append(asdict(stamp_of(find_postgres())))
    parts.append([_version(package) for package in PACKAGES])
    files = [Path(file) for _, step in recipe.steps() for file in step.files]
    ours = sorted(OURS.glob("*.py"))
    if any(step.kind == "scenario" for _, step in recipe.steps()):
        ours += sorted(LOADING.rglob("*.py"))
    parts.append([_digest(file) for file in [*files, *ours]])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _entry(place: Path, key: str) -> Path | None:
    """Where the template belongs, as its imports are now; None if it was never built."""
    try:
        imports = json.loads((place / f"{key}.imports.json").read_text())
    except (OSError, ValueError):
        return None
    digests = [[name, _digest(Path(name))] for name in imports]
    return place / f"{key}-{hashlib.sha256(json.dumps(digests).encode()).hexdigest()[:16]}"


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _sweep(place: Path, keep: Path) -> None:
    """Delete what nobody has used for long."""
    oldest = time.time() - UNUSED_SECONDS
    for entry in place.glob("*-*"):
        if entry != keep and entry.is_dir() and entry.stat().st_mtime < oldest:
            shutil.rmtree(entry, ignore_errors=True)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, whatever ends that."""
    with file.open("a+b") as opened:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(opened.fileno(), msvcrt.LK_LOCK, 1)
            try:
                yield
            finally:
                opened.seek(0)
                msvcrt.locking(opened.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(opened, fcntl.LOCK_EX)
            yield
