"""`read_code`: a scenario in Python, as rows of tables.

    # scenarios/small.py
    def small(data: Data) -> Iterable[object]:
        customer = data.make(CustomerFactory, name="Ada")
        yield customer
        yield data.make(OrderFactory, customer=customer)

The function is called as the file is. It gives SQLAlchemy's objects, or a mapping of a table's name to
rows, which are mappings, dataclasses or pydantic models.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from belljar.data.errors import DataError
from belljar.data.scenarios.errors import Mistake
from belljar.data.scenarios.ground import Ground
from belljar.data.scenarios.objects import fields_of, is_mapped
from belljar.data.scenarios.python_values import cell_of
from belljar.data.scenarios.sheets import Cell, Row, Sheet
from belljar.data.scenarios.wanted import Wrong

if TYPE_CHECKING:
    from belljar.data.draw import Draw

__all__ = ["read_code"]

_MEND = "mend that line, or what it calls"
_FIX = "return {'customers': [{...}, ...]}, or yield SQLAlchemy's objects"


def read_code(file: Path, draw: Draw | None, ground: Ground) -> tuple[list[Sheet], list[Mistake]]:
    """Return the rows that the function gives, and what is wrong with them."""
    try:
        from belljar.data.data import Data
        from belljar.data.draw import Draw
    except ModuleNotFoundError as error:
        text = f"a scenario in code needs {error.name}, which is not there"
        return [], [Mistake(f"{file}:1:1", text, "add //testing/belljar/data to the deps")]

    # As Python can call it: night-shift.py has a function night_shift.
    name = re.sub(r"\W", "_", file.stem)
    seeded = draw.child(f"scenario {file.stem}") if draw else Draw(0, f"scenario {file.stem}")
    # Its factories are those that it imports, whoever loads it.
    seeded.asker = str(file.absolute())
    try:
        function = _function(_module(file), name)
        if function is None:
            fix = f"write def {name}(data): ..."
            return [], [Mistake(f"{file}:1:1", f"it has no function {name}(data)", fix)]
        unfit = _unfit(function)
        if unfit:
            place = f"{file}:{function.__code__.co_firstlineno}:1"
            return [], [Mistake(place, unfit, f"write def {name}(data): ...")]
        reader = _Reader(file, function, ground)
        reader.read(function(Data(seeded)))
    except (Exception, SystemExit) as error:
        return [], [_failed(file, error)]
    return reader.sheets(), reader.mistakes


def _module(file: Path) -> ModuleType:
    name = f"belljar_scenario_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _function(module: ModuleType, name: str) -> Callable[[object], Any] | None:
    found = getattr(module, name, None)
    return found if inspect.isfunction(found) else None


def _unfit(function: Callable[..., Any]) -> str:
    """Why it can't be called with `data`; empty if it can."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"{function.__name__} is async, and a scenario's function is not awaited"
    try:
        inspect.signature(function).bind(None)
    except TypeError as error:
        return (
            f"{function.__name__}{inspect.signature(function)} can't be called with data: {error}"
        )
    return ""


def _failed(file: Path, error: BaseException) -> Mistake:
    """Say what went wrong at the last line of the file that it went through."""
    if isinstance(error, SyntaxError) and _same(error.filename, file):
        place = f"{file}:{error.lineno}:{error.offset}"
        return Mistake(place, f"SyntaxError: {error.msg}", "mend that line")
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if _same(frame.filename, file)]
    line = lines[-1] if lines else 1
    if isinstance(error, DataError):
        # Its fix is in its words, if it has one.
        return Mistake(f"{file}:{line}:1", str(error), "" if error.fix else _MEND)
    fix = _MEND
    if isinstance(error, ModuleNotFoundError):
        fix = "import from the root of the workspace, and name it in deps where a target builds it"
    return Mistake(f"{file}:{line}:1", f"{type(error).__name__}: {error}", fix)


def _same(name: str | None, file: Path) -> bool:
    return name is not None and Path(name).absolute() == file.absolute()


class _Reader:
    """Takes what a scenario's function gives. A place is a line of the file, or a row's number."""

    def __init__(self, file: Path, function: Callable[[object], Any], ground: Ground) -> None:
        self._file = file
        self._line = function.__code__.co_firstlineno
        self._ground = ground
        self._places: list[str] = []
        self._tables: dict[str, Sheet] = {}
        self._mapped: Any = None
        self.mistakes: list[Mistake] = []

    def read(self, given: object) -> None:
        """Take all that there is."""
        if isinstance(given, Mapping):
            for key, rows in given.items():
                self._read_table(key, rows)
        elif isinstance(given, Iterable) and not isinstance(given, (str, bytes)):
            for made, line in _lines(given, self._line):
                self._read_object(made, self._noted(f"{self._file}:{line}:1"))
        else:
            at = self._noted(f"{self._file}:{self._line}:1")
            self._wrong(at, f"it gives {type(given).__name__}, and no rows", _FIX)

    def sheets(self) -> list[Sheet]:
        """Return the rows of each table."""
        if self._mapped is not None:
            for table, rows in self._mapped.rows().items():
                for values, at in rows:
                    self._add(table, values, at)
        return list(self._tables.values())

    def _read_table(self, key: object, rows: Iterable[object]) -> None:
        table = str(getattr(key, "__tablename__", key))
        for number, made in enumerate(rows, 1):
            at = self._noted(f"{self._file}:{self._line}:1: {table}, row {number}")
            if is_mapped(made):
                self._read_object(made, at)
                continue
            values = dict(made) if isinstance(made, Mapping) else fields_of(made)
            if values is None:
                self._wrong(at, f"{type(made).__name__} is no row", _FIX)
            else:
                self._add(table, values, at)
        if table not in self._tables and self._mapped is None:
            self._tables[table] = self._sheet(table)

    def _read_object(self, made: object, at: int) -> None:
        if not is_mapped(made):
            name = type(made).__name__
            fix = f"give it by its table's name: return {{'{name.lower()}s': [...]}}"
            self._wrong(at, f"nothing says which table an object of {name} is a row of", fix)
            return
        if self._mapped is None:
            from belljar.data.scenarios.mapped_rows import MappedRows

            self._mapped = MappedRows(self._ground)
        self._mapped.add(made, at)

    def _add(self, table: str, values: Mapping[str, object], at: int) -> None:
        sheet = self._tables.setdefault(table, self._sheet(table))
        cells: dict[str, Cell] = {}
        for name, value in values.items():
            try:
                cells[str(name)] = cell_of(value, at)
            except Wrong as wrong:
                self._wrong(at, f"{name}: {wrong.text}", wrong.fix)
            sheet.columns.setdefault(str(name), at)
        sheet.rows.append(Row(cells, at))

    def _sheet(self, table: str) -> Sheet:
        return Sheet(
            table, lambda at: self._places[at], self._noted(f"{self._file}:{self._line}:1")
        )

    def _noted(self, place: str) -> int:
        if not self._places or self._places[-1] != place:
            self._places.append(place)
        return len(self._places) - 1

    def _wrong(self, at: int, text: str, fix: str) -> None:
        self.mistakes.append(Mistake(self._places[at], text, fix))


def _lines(given: Iterable[object], line: int) -> Iterator[tuple[object, int]]:
    """Each object, with the line that yields it where that can be known."""
    for made in given:
        frame = getattr(given, "gi_frame", None)
        yield made, frame.f_lineno if frame is not None else line
