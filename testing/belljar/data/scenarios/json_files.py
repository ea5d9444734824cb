"""`read_json`: a JSON file, as rows with their places.

`[{row}, ...]` has the rows of the table that the file is named after, `{"table": [{row}, ...]}` those
of several. A number keeps the digits that it is written with.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from belljar.data.scenarios.errors import Mistake
from belljar.data.scenarios.sheets import Cell, Places, Row, Sheet

__all__ = ["read_json"]

_SPACE = re.compile(r"[ \t\r\n]*")
_SHAPE = 'rows look like [{"id": 1, "name": "Ada"}], several tables like {"customers": [...]}'


_VALUES = 'a value is "a text", 1.5, true, false, null, [...] or {...}'


class _Word(Exception):
    """NaN and its like, which only Python writes."""


class _Broken(Exception):
    def __init__(self, at: int, text: str, fix: str = _SHAPE) -> None:
        super().__init__(text)
        self.at, self.text, self.fix = at, text, fix


def read_json(file: Path, table: str, text: str) -> tuple[list[Sheet], list[Mistake]]:
    """Return the rows of each table, and what is wrong with the file."""
    reader = _Reader(text, Places(file, text))
    try:
        sheets = reader.tables() if reader.next() == "{" else [reader.rows(table, 0)]
        if reader.next():
            raise _Broken(reader.at, "more text after the end", "a file has one JSON value")
    except _Broken as broken:
        return [], [*reader.mistakes, Mistake(reader.place(broken.at), broken.text, broken.fix)]
    return sheets, reader.mistakes


class _Reader:
    """A cursor on the text. Values are read by Python's own decoder; what is around them is here."""

    def __init__(self, text: str, place: Places) -> None:
        self.text = text
        self.place = place
        self.at = 0
        self.mistakes: list[Mistake] = []
        self._decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_refused)

    def next(self) -> str:
        """Skip space; return the character that is there."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def expect(self, mark: str, what: str) -> None:
        """Step over a character that has to be here."""
        found = self.next()
        if found != mark:
            there = f"{found!r}" if found else "the end of the file"
            raise _Broken(self.at, f"{what} is expected here, not {there}")
        self.at += 1

    def value(self) -> Any:
        """Read one value of any kind."""
        self.next()
        try:
            value, self.at = self._decoder.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            text, fix = f"this is no JSON: {error.msg.removesuffix(' at')}", _VALUES
            if "control character" in text:
                fix = "write it as \\n, \\t or \\u001f"
            raise _Broken(error.pos, text, fix) from None
        except _Word as word:
            fix = f'write it as a text: "{word}"'
            raise _Broken(self.at, f"this is no JSON: {word} is Python's word", fix) from None
        except RecursionError:
            text = "this has more lists and objects in each other than can be read"
            raise _Broken(self.at, text, "make it flatter") from None
        except ValueError:
            raise _Broken(
                self.at, "this number has too many digits", "write it as a text"
            ) from None
        return value

    def key(self) -> tuple[str, int]:
        """Read a name and its colon."""
        if self.next() != '"':
            raise _Broken(self.at, "a name in double quotes is expected here")
        at = self.at
        name = self.value()
        self.expect(":", "a colon")
        return name, at

    def more(self, end: str) -> bool:
        """Tell whether another member follows; step over the comma or the end."""
        found = self.next()
        if found not in (",", end) or not found:
            raise _Broken(self.at, f"a comma or {end} is expected here")
        self.at += 1
        return found == ","

    def tables(self) -> list[Sheet]:
        """Read an object of tables."""
        sheets: dict[str, Sheet] = {}
        self.expect("{", "{")
        if self.next() == "}":
            self.at += 1
            return []
        while True:
            name, at = self.key()
            sheet = self.rows(name, at)
            if name in sheets:
                self._add(at, f"a second list of rows of {name!r}", "put them into one list")
            sheets.setdefault(name, sheet)
            if not self.more("}"):
                return list(sheets.values())

    def rows(self, table: str, at: int) -> Sheet:
        """Read a list of rows."""
        sheet = Sheet(table, self.place, at)
        self.expect("[", f"the list of rows of {table!r}")
        if self.next() == "]":
            self.at += 1
            return sheet
        while True:
            sheet.rows.append(self._row(sheet))
            if not self.more("]"):
                return sheet

    def _row(self, sheet: Sheet) -> Row:
        self.expect("{", "a row, which begins with {,")
        row = Row({}, self.at - 1)
        if self.next() == "}":
            self.at += 1
            return row
        while True:
            name, at = self.key()
            sheet.columns.setdefault(name, at)
            if name in row.cells:
                self._add(at, f"a second value for {name!r}", "leave one of them out")
            self.next()
            begun = self.at
            value = self.value()
            row.cells[name] = Cell(value, begun, self.text[begun : self.at])
            if not self.more("}"):
                return row

    def _add(self, at: int, text: str, fix: str) -> None:
        self.mistakes.append(Mistake(self.place(at), text, fix))


def _refused(word: str) -> Any:
    raise _Word(word)
