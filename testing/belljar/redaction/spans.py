"""`Span` and `replaced`: places in a text, and the text with something else there, whatever its colours.

pytest colours what it compares: between two letters of a secret there may be a change of colour. Places
are those of the text without colours, and colours that began inside of one go on after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["ESCAPE", "Span", "colourless", "replaced"]

ESCAPE = "\x1b["
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Span(NamedTuple):
    """From `begin` to before `end`, `shown` is to stand."""

    begin: int
    end: int
    shown: str


def colourless(text: str) -> str:
    """Give the text without changes of colour."""
    return _COLOUR.sub("", text) if ESCAPE in text else text


def replaced(text: str, spans: Iterable[Span]) -> str:
    """Give the text with spans replaced; those that overlap become one."""
    ordered = _joined(spans)
    if not ordered:
        return text
    colours = list(_COLOUR.finditer(text)) if ESCAPE in text else []
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
