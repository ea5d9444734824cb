"""`Span` and `replaced`: places in a text, and the text with something else there, whatever interrupts it.

pytest colours what it compares: between two letters of a secret there may be a change of colour. Places
are those of the text without colours, and colours that began inside of one go on after it. The same goes
for line ends in base64 of several lines, as mails have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["ESCAPE", "Span", "colourless", "is_wrapped", "replaced", "unwrapped"]

ESCAPE = "\x1b["
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# The line end comes first: it is found at once, and most texts have no such line before one.
_IS_WRAPPED = re.compile(r"\n(?<=[\w+/-]{60}\n)(?=[\w+/=-])|\r\n(?<=[\w+/-]{60}\r\n)", re.ASCII)
_IS_WRAPPED_BYTES = re.compile(_IS_WRAPPED.pattern.encode())
_WRAP = re.compile(r"(?<=[\w+/-]{60})\r?\n(?=[\w+/=-])", re.ASCII)


class Span(NamedTuple):
    """From `begin` to before `end`, `shown` is to stand."""

    begin: int
    end: int
    shown: str


def colourless(text: str) -> str:
    """Give the text without changes of colour."""
    return _COLOUR.sub("", text) if ESCAPE in text else text


def is_wrapped(text: str | bytes) -> bool:
    """Tell whether there may be base64 of several lines."""
    pattern: Any = _IS_WRAPPED if isinstance(text, str) else _IS_WRAPPED_BYTES
    return pattern.search(text) is not None


def unwrapped(text: str) -> tuple[str, list[int]]:
    """Give the text with base64 of several lines in one, and where lines ended in it."""
    ends, removed = [], 0
    for found in _WRAP.finditer(text):
        ends.append(found.start() - removed)
        removed += len(found[0])
    return _WRAP.sub("", text), ends


def replaced(text: str, spans: Iterable[Span], *, wrapped: bool = False) -> str:
    """Give the text with spans replaced, which are those of the colourless, or the unwrapped text.

    Spans that overlap become one.
    """
    ordered = _joined(spans)
    if not ordered:
        return text
    between = _WRAP if wrapped else _COLOUR
    colours = list(between.finditer(text)) if wrapped or ESCAPE in text else []
    parts: list[str] = []
    done = at = removed = 0  # in the text; of the colours; what those so far take
    for begin, end, shown in ordered:
        while at < len(colours) and colours[at].start() - removed <= begin:
            removed += len(colours[at][0])
            at += 1
        parts += [text[done : begin + removed], shown]
        while at < len(colours) and colours[at].start() - removed < end:
            parts.append(colours[at][0])
            removed += len(colours[at][0])
            at += 1
        done = end + removed
    return "".join([*parts, text[done:]])


def _joined(spans: Iterable[Span]) -> list[Span]:
    result: list[Span] = []
    # Of two that begin together, the longer is what was there.
    for span in sorted(spans, key=lambda span: (span.begin, -span.end)):
        if result and span.begin < result[-1].end:
            if span.end > result[-1].end:
                result[-1] = result[-1]._replace(end=span.end)
        else:
            result.append(span)
    return result
