"""`read_csv`: a CSV file with a header, as rows with their places.

A field without quotes that is empty is NULL; `""` is an empty text. Python's own reader tells
neither the two apart, nor where a field begins.
"""

from __future__ import annotations

import re
from pathlib import Path

from belljar.data.scenarios.errors import Mistake, shortened
from belljar.data.scenarios.sheets import Cell, Places, Row, Sheet

__all__ = ["read_csv"]

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_PLAIN = re.compile(r"[^,\r\n]*")
_END = re.compile(r"\r\n|\n|\r")
# What others put between fields, and what a header of ours never has.
_OTHERS = {";": "semicolons", "\t": "tabs", "|": "bars"}

Field = tuple[str | None, int]


class _Broken(Exception):
    def __init__(self, at: int, text: str, fix: str) -> None:
        super().__init__(text)
        self.at, self.text, self.fix = at, text, fix


def read_csv(file: Path, table: str, text: str) -> tuple[Sheet, list[Mistake]]:
    """Return the rows, and what is wrong with the file."""
    place = Places(file, text)
    sheet = Sheet(table, place)
    mistakes: list[Mistake] = []
    names: list[str] = []
    at = 0
    while at < len(text):
        begun = at
        try:
            fields, at = _line(text, at)
        except _Broken as broken:
            return sheet, [*mistakes, Mistake(place(broken.at), broken.text, broken.fix)]
        if len(fields) == 1 and not fields[0][0] and text[begun : begun + 1] != '"':
            continue  # an empty line
        if not names:
            names = _header(sheet, fields, mistakes)
        elif len(fields) != len(names):
            where = fields[min(len(names), len(fields) - 1)][1]
            mistakes.append(
                Mistake(
                    place(where),
                    f"the row has {len(fields)} fields, and the header {len(names)} columns",
                    "quote a field that has commas; a field for NULL stays empty",
                )
            )
        else:
            cells = {
                name: Cell(value, start) for name, (value, start) in zip(names, fields, strict=True)
            }
            sheet.rows.append(Row(cells, begun))
    if not names:
        mistakes.append(Mistake(place(0), "there is no header", "name the columns in line 1"))
    return sheet, mistakes


def _header(sheet: Sheet, fields: list[Field], mistakes: list[Mistake]) -> list[str]:
    names = []
    for value, at in fields:
        name = (value or "").strip()
        if not name:
            mistakes.append(
                Mistake(sheet.place(at), "a column without a name", "name it, or take out a comma")
            )
        elif name in sheet.columns:
            mistakes.append(
                Mistake(sheet.place(at), f"a second column {name!r}", "leave one of them out")
            )
        sheet.columns.setdefault(name, at)
        names.append(name)
    only = names[0] if len(names) == 1 else ""
    for mark, words in _OTHERS.items():
        if mark in only:
            text = f"the header {shortened(only)} has {words} between its names"
            mistakes.append(Mistake(sheet.place(0), text, "use commas"))
    return names


def _line(text: str, at: int) -> tuple[list[Field], int]:
    """Return the fields of the row that begins there, and where the next row begins."""
    fields: list[Field] = []
    while True:
        value, after = _field(text, at)
        fields.append((value, at))
        if text[after : after + 1] == ",":
            at = after + 1
            continue
        end = _END.match(text, after)
        return fields, end.end() if end else len(text)


def _field(text: str, at: int) -> tuple[str | None, int]:
    if text[at : at + 1] == '"':
        found = _QUOTED.match(text, at)
        if not found:
            raise _Broken(at, "a quote that is never closed", 'end the field with "')
        after = found.end()
        if text[after : after + 1] not in ("", ",", "\n", "\r"):
            raise _Broken(
                after,
                f"text after the closing quote: {shortened(text[after : after + 20])}",
                'quotes in a quoted field are written twice: ""',
            )
        return found[1].replace('""', '"'), after
    found = _PLAIN.match(text, at)
    assert found
    inside = found[0].find('"')
    if inside >= 0:
        raise _Broken(
            at + inside,
            "a quote in the middle of a field",
            'quote the whole field, and write its quotes twice: "5"" wide"',
        )
    return found[0] or None, found.end()
