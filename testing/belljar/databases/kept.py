"""`find_kept`: the databases in a test's outputs, wherever and however those lie.

Bazel 4 and 7 write what a test has in TEST_UNDECLARED_OUTPUTS_DIR to `test.outputs/outputs.zip` below
`testlogs`, or leave it there as files, once for each shard, run and attempt.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from belljar.databases.errors import BadExport
from belljar.databases.exporting import SUFFIXES
from belljar.databases.keeping import FOLDER, megabytes

__all__ = ["KeptDatabase", "choose", "find_kept"]

# Where a workspace has Bazel's links: ours, and Bazel's own name.
LOGS = (".out/testlogs", "bazel-testlogs")
OUTPUTS = "test.outputs"
HOW_TO_KEEP = (
    "a failed test's database is kept when the test uses the fixture `database`; in CI only with "
    "--test_env=BELLJAR_KEEP_DATABASE=1 (pytest: --keep-database)"
)


@dataclass(frozen=True)
class KeptDatabase:
    """One of them: `member` is its name inside `source` if that is a zip."""

    source: Path
    member: str = ""
    place: str = ""
    size: int = 0

    @property
    def name(self) -> str:
        """The test's name, which it is chosen by."""
        return PurePosixPath(self.member).stem if self.member else self.source.stem

    def file(self, folder: Path) -> Path:
        """Return it as a file: itself, or unpacked into `folder`."""
        if not self.member:
            return self.source
        target = folder / PurePosixPath(self.member).name
        try:
            with (
                zipfile.ZipFile(self.source) as archive,
                archive.open(self.member) as packed,
                target.open("wb") as file,
            ):
                shutil.copyfileobj(packed, file)
        except (zipfile.BadZipFile, EOFError) as error:
            raise BadExport(f"{self.source} is broken: {error}") from None
        return target


def find_kept(named: str, here: Path, workspace: Path) -> list[KeptDatabase]:
    """Return the kept databases in what the user named; never none.

    That is a file, a folder or a zip, relative to `here`, or the label of a test target. Raises
    `BadExport`.
    """
    path = here / Path(named).expanduser()
    if not os.path.lexists(path) and re.match(r"@?@?//|:", named):
        found = list(_of_target(named, here, workspace))
    elif not path.exists():
        raise BadExport(f"there is no file or folder {path}")
    elif path.is_dir():
        found = list(_in_folder(path))
    elif path.suffix == ".zip" or zipfile.is_zipfile(path):
        found = list(_in_zip(path))
    else:
        found = [KeptDatabase(path, size=path.stat().st_size)]
    if not found:
        raise BadExport(f"there is no kept database in {named}\n  {HOW_TO_KEEP}")
    return found


def choose(found: Sequence[KeptDatabase], wanted: str) -> KeptDatabase:
    """Return the one of that name or number. Raises `BadExport`, which lists them."""
    if not wanted and len(found) == 1:
        return found[0]
    matching = [kept for kept in found if kept.name == wanted]
    if len(matching) == 1:
        return matching[0]
    if not matching and wanted.isdigit() and 0 < int(wanted) <= len(found):
        return found[int(wanted) - 1]
    lines = "".join(
        f"\n  {number:3}  {kept.name}  {megabytes(kept.size)}{f'  ({kept.place})' * bool(kept.place)}"
        for number, kept in enumerate(found, 1)
    )
    if not wanted:
        what = f"{len(found)} databases were kept"
    elif matching:
        what = f"{len(matching)} kept databases are called {wanted!r}"
    else:
        what = f"no kept database is called {wanted!r}"
    raise BadExport(f"{what}; choose one with --name NAME or --name NUMBER:{lines}")


def _in_folder(folder: Path) -> Iterator[KeptDatabase]:
    """Kept ones, and zips of them, at any depth: shards and attempts have folders of their own."""
    for path in sorted(folder.rglob("*"), key=lambda path: path.with_suffix("")):
        place = path.parent.relative_to(folder).as_posix()
        if path.name == "outputs.zip":
            yield from _in_zip(path, place)
        elif path.suffix in SUFFIXES and FOLDER in (path.parent.name, folder.name):
            yield KeptDatabase(path, place=place, size=path.stat().st_size)


def _in_zip(path: Path, place: str = "") -> Iterator[KeptDatabase]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(
                archive.infolist(),
                key=lambda member: PurePosixPath(member.filename).with_suffix(""),
            )
    except zipfile.BadZipFile as error:
        raise BadExport(f"{path} is not a zip file, or a broken one: {error}") from None
    for member in members:
        inside = PurePosixPath(member.filename)
        if inside.suffix in SUFFIXES and inside.parent.name == FOLDER:
            yield KeptDatabase(path, member.filename, place, member.file_size)


def _of_target(label: str, here: Path, workspace: Path) -> Iterator[KeptDatabase]:
    folder = _package_path(label, here, workspace)
    logs = [workspace / name for name in LOGS if (workspace / name).is_dir()]
    places = [place / folder for place in logs if (place / folder).is_dir()]
    if not places:
        looked = ", ".join(str(place / folder) for place in logs) or f"{workspace} has no testlogs"
        raise BadExport(f"there is no result of {label}; looked for: {looked}\n  fix: run the test")
    yield from _in_folder(places[0])


def _package_path(label: str, here: Path, workspace: Path) -> Path:
    package, _, target = label.partition(":")
    if package:
        inside = PurePosixPath(package.partition("//")[2])
    else:
        try:
            inside = PurePosixPath(here.resolve().relative_to(workspace.resolve()).as_posix())
        except ValueError:
            raise BadExport(f"{label} names no package, and {here} is not in {workspace}") from None
    return Path(inside / (target or inside.name))
