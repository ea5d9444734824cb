"""`key_places`: at which line and column of a TOML text each key stands, which tomllib does not tell.

The text is known to be TOML: tomllib has read it. So this only has to find what it skips.
"""

from __future__ import annotations

import re
from bisect import bisect_right

__all__ = ["key_places"]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_LITERAL = re.compile(r"'([^'\n]*)'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\n#]*")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([btnfr"\\e]))')
_SHORT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}

Path = tuple[str, ...]


def key_places(text: str) -> dict[Path, tuple[int, int]]:
    """Give line and column of each key, and of each item of an array (its index is its key)."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: dict[Path, int] = {}
        self._arrays: dict[Path, int] = {}

    def read(self) -> dict[Path, tuple[int, int]]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        starts = [0, *(match.end() for match in re.finditer("\n", self._text))]
        places = {}
        for path, offset in self._found.items():
            line = bisect_right(starts, offset)
            places[path] = (line, offset - starts[line - 1] + 1)
        return places

    def _header(self) -> Path:
        double = self._text.startswith("[[", self._at)
        start = self._at
        self._at += 1 + double
        keys = self._keys()
        path: Path = ()
        for index, key in enumerate(keys):
            path = (*path, key)
            self._found.setdefault(path, start)
            last = index == len(keys) - 1
            if double and last:
                self._arrays[path] = self._arrays.get(path, 0) + 1
            if path in self._arrays:
                path = (*path, str(self._arrays[path] - 1))
                self._found.setdefault(path, start)
        self._at += 1 + double
        return path

    def _pair(self, table: Path) -> None:
        start = self._at
        path = table
        for key in self._keys():
            path = (*path, key)
            self._found.setdefault(path, start)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _key(self) -> str:
        for pattern in (_BARE, _BASIC, _LITERAL):
            match = pattern.match(self._text, self._at)
            if match:
                self._at = match.end()
                if pattern is _BASIC:
                    return _ESCAPE.sub(_unescaped, match[1])
                return match[0] if pattern is _BARE else match[1]
        # Not to be had after tomllib; the caller does without places.
        raise ValueError("no key")

    def _value(self, path: Path) -> None:
        opening = self._text[self._at]
        if opening == "[":
            self._at += 1
            self._items(path)
        elif opening == "{":
            self._at += 1
            self._inline(path)
        else:
            for start, pattern in (
                ('"""', _LONG_BASIC),
                ("'''", _LONG_LITERAL),
                ('"', _BASIC),
                ("'", _LITERAL),
                ("", _SCALAR),
            ):
                if self._text.startswith(start, self._at):
                    self._skip(pattern)
                    return

    def _items(self, path: Path) -> None:
        index = 0
        self._skip(_BLANK)
        while self._text[self._at] != "]":
            here = (*path, str(index))
            self._found.setdefault(here, self._at)
            self._value(here)
            index += 1
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_BLANK)
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._skip(_BLANK)
        while self._text[self._at] != "}":
            self._pair(path)
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_BLANK)
        self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError("not what tomllib has read")
        self._at = match.end()


def _unescaped(match: re.Match[str]) -> str:
    short, long, letter = match.groups()
    return chr(int(short or long, 16)) if letter is None else _SHORT.get(letter, letter)
