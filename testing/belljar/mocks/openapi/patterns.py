"""`python_pattern` and `text_like`: a schema's regular expressions, for Python, and texts that match.

Schemas have those of ECMAScript, which are nearly Python's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from re import _constants as codes  # type: ignore[attr-defined]  # not in the stubs
from re import _parser as parser  # type: ignore[attr-defined]  # not in the stubs
from typing import Any

__all__ = ["python_pattern", "text_like"]

# What stands for more than one character outside and inside of [].
_CLASSES = {
    "d": ("[0-9]", "0-9"),
    "w": ("[A-Za-z0-9_]", "A-Za-z0-9_"),
    "p{L}": (r"[^\W\d_]", "A-Za-z\u00c0-\u024f"),
    "p{Lu}": ("[A-Z\u00c0-\u00de]", "A-Z\u00c0-\u00de"),
    "p{Ll}": ("[a-z\u00df-\u00ff]", "a-z\u00df-\u00ff"),
    "p{N}": (r"\d", r"\d"),
    "p{Nd}": (r"\d", r"\d"),
}
_ESCAPE = re.compile(
    r"\\(p\{\w+\}|u\{[0-9A-Fa-f]+\}|k<\w+>|.)|\[|\]|\$|\(\?<(?=[A-Za-z_])", re.DOTALL
)
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ .:/@!"
# How much more than its least an open repetition gets.
_MORE = 4


def python_pattern(pattern: str) -> str:
    """Return the pattern as Python has it. Raises `re.error` for one that it can't have."""
    inside = False

    def replace(match: re.Match[str]) -> str:
        nonlocal inside
        found, escaped = match.group(), match.group(1)
        if found == "[":
            was, inside = inside, True
            return r"\[" if was else "["
        if found == "]":
            inside = False
            return found
        if found == "$":
            return "$" if inside else r"\Z"
        if found == "(?<":
            return found if inside else "(?P<"
        if escaped in _CLASSES:
            return _CLASSES[escaped][inside]
        if escaped.startswith("u{"):
            return re.escape(chr(int(escaped[2:-1], 16)))
        if escaped.startswith("k<"):
            return f"(?P={escaped[2:-1]})"
        if escaped.isalnum() and escaped not in "dDwWsSbBnrtfvxu0123456789kP":
            return escaped  # in ECMAScript a needless backslash is none
        return "/" if escaped == "/" else found

    changed = _ESCAPE.sub(replace, pattern)
    re.compile(changed)
    return changed


def text_like(pattern: str, source: random.Random) -> str:
    """Return a text that the Python `pattern` finds a match in, mostly: look whether it does."""
    return "".join(_made(parser.parse(pattern), source, {}))


def _made(parsed: Iterable[Any], source: random.Random, groups: dict[int, str]) -> list[str]:
    made: list[str] = []
    for code, value in parsed:
        if code is codes.LITERAL:
            made.append(chr(value))
        elif code is codes.NOT_LITERAL:
            made.append(next(char for char in _PLAIN if ord(char) != value))
        elif code is codes.ANY:
            made.append(source.choice(_PLAIN))
        elif code is codes.IN:
            made.append(_one_of(value, source))
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            least, most, repeated = value
            most = min(most, max(least, 1) + _MORE) if most is codes.MAXREPEAT else most
            for _ in range(source.randint(least, min(most, least + 2 * _MORE))):
                made += _made(repeated, source, groups)
        elif code is codes.SUBPATTERN:
            number, _, _, inner = value
            text = "".join(_made(inner, source, groups))
            if number:
                groups[number] = text
            made.append(text)
        elif code is codes.ATOMIC_GROUP:
            made += _made(value, source, groups)
        elif code is codes.BRANCH:
            made += _made(source.choice(value[1]), source, groups)
        elif code is codes.GROUPREF:
            made.append(groups.get(value, ""))
        # Of looking ahead and behind, and of borders, nothing is made: the result is looked at.
    return made


def _one_of(members: list[tuple[Any, Any]], source: random.Random) -> str:
    if members[0][0] is codes.NEGATE:
        refused = re.compile(f"[{''.join(map(_member, members[1:]))}]")
        allowed = [char for char in _PLAIN if not refused.match(char)]
        return source.choice(allowed or ["\u00e9"])
    code, value = source.choice(members)
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.RANGE:
        return chr(source.randint(value[0], value[1]))
    return source.choice(
        [char for char in _PLAIN if re.match(_member((code, value)), char)] or ["a"]
    )


def _member(member: tuple[Any, Any]) -> str:
    code, value = member
    if code is codes.LITERAL:
        return re.escape(chr(value))
    if code is codes.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return {
        codes.CATEGORY_DIGIT: r"\d",
        codes.CATEGORY_NOT_DIGIT: r"\D",
        codes.CATEGORY_SPACE: r"\s",
        codes.CATEGORY_NOT_SPACE: r"\S",
        codes.CATEGORY_WORD: r"\w",
        codes.CATEGORY_NOT_WORD: r"\W",
    }[value]
