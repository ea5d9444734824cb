"""`Recipe`: what a template is made of, told by a BUILD file or by `PostgresTemplate.build`.

A build action reads it as JSON. Every path in it is as the user knows it, so that errors show it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from belljar.databases.errors import TemplateNotBuilt

__all__ = ["OUTPUTS", "Recipe", "Step"]

# The files that a template of each kind consists of, and how their names end.
OUTPUTS = {
    "postgres": {"archive": ".tar", "dump": ".sql", "tables": ".tables.json"},
    "sqlite": {"file": ".sqlite3", "dump": ".sql", "tables": ".tables.json"},
}
ENV_FILE = "env.py"
# What the files of a scenario are (`belljar.data.scenarios`).
SCENARIO = (".csv", ".json", ".py")


@dataclass(frozen=True)
class Step:
    """Files that change a database, and how: `alembic`, `sql`, `program` or `scenario`."""

    kind: str
    files: tuple[str, ...]

    @classmethod
    def of(cls, what: str, given: Path | str | Sequence[Path | str]) -> Step | None:
        """Return the step that these files are; None for no files. `what` is named in errors."""
        paths = _paths(what, given)
        if not paths:
            return None
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise TemplateNotBuilt(f"{what}: there is no {', '.join(missing)}")
        if all(path.suffix == ".sql" and path.is_file() for path in paths):
            return cls("sql", tuple(map(str, paths)))
        if len(paths) == 1:
            (path,) = paths
            if path.is_dir() and (path / ENV_FILE).is_file():
                return cls("alembic", tuple(str(found) for found in sorted(_sources(path))))
            if path.is_file() and os.access(path, os.X_OK):
                return cls("program", (str(path),))
        rows = _scenario(paths)
        if rows:
            return cls("scenario", tuple(map(str, rows)))
        raise TemplateNotBuilt(
            f"{what}: {', '.join(map(str, paths))} is none of these:\n"
            f"  - an Alembic folder, which has an {ENV_FILE}\n"
            "  - a list of .sql files\n"
            "  - one program that may be run (chmod +x)\n"
            "  - a scenario, for a seed: a folder or list of .csv and .json files, or one .py file"
        )


@dataclass(frozen=True)
class Recipe:
    """Everything that goes into a template; `kind` is `postgres` or `sqlite`."""

    kind: str
    migrations: Step
    seed: Step | None = None
    extensions: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        kind: str,
        migrations: Path | str | Sequence[Path | str],
        seed: Path | str | Sequence[Path | str] = (),
        extensions: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Return the recipe for these files. Raises `TemplateNotBuilt` for what cannot be one."""
        first = Step.of("migrations", migrations)
        if first is None:
            raise TemplateNotBuilt("migrations: there are none; name at least one")
        second = Step.of("seed", seed)
        if first.kind == "scenario":
            raise TemplateNotBuilt(
                "migrations: a scenario is for a seed; migrations make its tables"
            )
        if second and second.kind == "alembic":
            raise TemplateNotBuilt("seed: an Alembic folder is for migrations, not for a seed")
        return cls(kind, first, second, tuple(extensions), dict(settings or {}))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the recipe that `write` wrote."""
        values: dict[str, Any] = json.loads(file.read_text())
        migrations, seed = (_step(values[name]) for name in ("migrations", "seed"))
        assert migrations is not None
        extensions = tuple(values["extensions"])
        return cls(values["kind"], migrations, seed, extensions, dict(values["settings"]))

    def write(self, file: Path) -> None:
        """Write it as JSON."""
        file.write_text(json.dumps(asdict(self), indent=2, sort_keys=True))

    def steps(self) -> Iterator[tuple[str, Step]]:
        """Yield what is run, in order, by the name of its attribute."""
        yield "migrations", self.migrations
        if self.seed:
            yield "seed", self.seed


def _step(value: Any) -> Step | None:
    return Step(value["kind"], tuple(value["files"])) if value else None


def _paths(what: str, given: object) -> list[Path]:
    """What was given as paths, alone or several; None is none of them."""
    if given is None:
        return []
    several = [given] if isinstance(given, (str, os.PathLike)) else given
    paths = [
        Path(one)
        for one in (several if isinstance(several, Sequence) else ())
        if one and isinstance(one, (str, os.PathLike))
    ]
    if not isinstance(several, Sequence) or len(paths) < len(several):
        raise TemplateNotBuilt(f"{what}: {given!r} is no path; give one, or a list of them")
    return paths


def _scenario(paths: Sequence[Path]) -> list[Path]:
    """The files of a scenario; none if it is none."""
    from belljar.data.scenarios.reading import files_of

    files = [file for path in paths for file in files_of(path)]
    fits = all(file.is_file() and file.suffix.lower() in SCENARIO for file in files)
    coded = any(file.suffix == ".py" for file in files)
    return files if fits and not (coded and len(files) > 1) else []


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path
