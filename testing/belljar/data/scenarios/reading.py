"""`read_sheets`: a scenario's files, as rows of tables with their places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from belljar.data.scenarios.csv_files import read_csv
from belljar.data.scenarios.errors import Mistake
from belljar.data.scenarios.ground import Ground
from belljar.data.scenarios.json_files import read_json
from belljar.data.scenarios.sheets import Sheet

if TYPE_CHECKING:
    from belljar.data.draw import Draw

__all__ = ["KINDS", "files_of", "read_sheets"]

KINDS = (".csv", ".json", ".py")
# What may lie beside a scenario's files.
_BESIDE = ("BUILD", "BUILD.bazel", "__init__.py", "__pycache__")
_FIX = "a scenario has TABLE.csv and TABLE.json, or one .json or .py with all of it"


def files_of(path: Path) -> list[Path]:
    """Return the files of a scenario: those of its folder, or the one that it is."""
    if not path.is_dir():
        return [path]
    return sorted(
        file
        for file in path.iterdir()
        if not (file.name.startswith(".") or file.name in _BESIDE or file.suffix == ".md")
    )


def read_sheets(
    files: Sequence[Path], ground: Ground, draw: Draw | None = None
) -> tuple[list[Sheet], list[Mistake]]:
    """Return all rows, and what is wrong with the files. `draw` is for code; default: its name's."""
    sheets: list[Sheet] = []
    mistakes: list[Mistake] = []
    tables: dict[str, Path] = {}
    found: list[Sheet]
    for file in files:
        kind = file.suffix.lower()
        if file.is_dir():
            text, fix = "this is a folder", "put its files beside it: a folder is one scenario"
            found, wrong = [], [Mistake(str(file), text, fix)]
        elif file.suffix == ".py":
            from belljar.data.scenarios.code_files import read_code

            found, wrong = read_code(file, draw, ground)
        elif kind in (".csv", ".json"):
            found, wrong = _read(file)
        else:
            found, wrong = [], [Mistake(f"{file}:1:1", "this is neither CSV nor JSON", _FIX)]
        mistakes += wrong
        for sheet in found:
            first = tables.setdefault(sheet.table, file)
            if first is not file:
                text = f"the rows of {sheet.table!r} are in {first.name} already"
                mistakes.append(Mistake(sheet.place(sheet.at), text, "put them into one file"))
        sheets += found
    return sheets, mistakes


def _read(file: Path) -> tuple[list[Sheet], list[Mistake]]:
    try:
        data = file.read_bytes()
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        fix = "mend the link" if file.is_symlink() else "let this user read it"
        return [], [Mistake(str(file), f"it can't be read: {said}", fix)]
    try:
        # With the mark that some editors begin a file with.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
        byte = f"0x{data[error.start]:02x}"
        return [], [
            Mistake(
                f"{file}:{line}:{column}",
                f"the byte {byte} is not UTF-8",
                "save the file as UTF-8",
            )
        ]
    if file.suffix.lower() == ".csv":
        sheet, mistakes = read_csv(file, file.stem, text)
        return [sheet], mistakes
    return read_json(file, file.stem, text)
