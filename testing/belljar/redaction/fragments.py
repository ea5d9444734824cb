"""`redact_report_text`: a text of a report without secrets, and without pieces where one was cut off.

pytest shortens what it compares: "sk_live_51Hq...9xZ", the differing end of a long string, a string
over two lines, beside a value that differs in its last letter. A piece is taken out where a text was
cut: beside "...", and in the lines of a comparison. Anywhere else it would be a word that looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from belljar.redaction.concealed import concealed
from belljar.redaction.matching import GRAM
from belljar.redaction.spans import Span, colourless, replaced

__all__ = ["has_secret", "redact_report_text"]

# "...", and unittest's "[12 chars]".
_CUT = re.compile(r"\.\.\.|…|\[\d+ chars\]")
# The lines of a comparison.
_COMPARED = re.compile(r"^(?:E\s+|\s*[-+]\s).*$", re.MULTILINE)
# Between a piece and the place of the cut: 'abc'...
_MARKS = 3
# Anywhere in a traceback so many characters are a piece; at the ends of such lines GRAM are.
LEAST_INSIDE = 12
_EDGE = re.compile(r"^E?\s*(?:[-+]\s+)?(?:assert\s+)?[\[({]*[bBrRuU]{0,2}['\"]*|['\"\])},\s]*$")


def redact_report_text(text: str, *, failure: bool = False) -> str:
    """Give the text without what was concealed; pieces of eight characters or more count where it was cut.

    `failure` says that it tells of one: there a value that nearly is the secret may be compared with it.
    """
    if not concealed:
        return text
    text = concealed.unwrapped(text)
    return replaced(text, _spans(text, failure=failure))


def has_secret(text: str, *, failure: bool = False) -> bool:
    """Tell whether `redact_report_text` would change it: of many texts at once, with line ends between."""
    return _has_secret(text, failure, concealed.groups())


# The report of a teardown brings the same output as that of the call before.
@lru_cache(maxsize=2)
def _has_secret(text: str, failure: bool, _groups: object) -> bool:
    return bool(_spans(text, failure=failure)) or concealed.unwrapped(text) is not text


def _spans(text: str, *, failure: bool) -> list[Span]:
    plain = colourless(text)
    spans = [*concealed.spans(plain), *_beside_cuts(plain)]
    if failure:
        spans += [*_at_edges(plain), *_inside(plain)]
    return spans


def _beside_cuts(text: str) -> Iterator[Span]:
    places: list[int] = []
    for cut in _CUT.finditer(text):
        begin, end = cut.span()
        for away in range(_MARKS):
            places += (begin - away - GRAM, end + away)
    return _pieces_at(text, places)


def _at_edges(text: str) -> Iterator[Span]:
    places = []
    for line in _COMPARED.finditer(text):
        for edge in _EDGE.finditer(line[0]):
            first = edge.start() == 0
            places.append(line.start() + (edge.end() if first else edge.start() - GRAM))
    return _pieces_at(text, places)


def _pieces_at(text: str, places: list[int]) -> Iterator[Span]:
    if _any_known([text[at : at + GRAM] for at in places if at >= 0]):
        for at in places:
            yield from _around(text, at, GRAM)


def _inside(text: str) -> Iterator[Span]:
    # Each stretch of LEAST_INSIDE has one of these whole.
    at, step = 0, LEAST_INSIDE - GRAM + 1
    if not _any_known([text[begin : begin + GRAM] for begin in range(0, len(text), step)]):
        return
    while at <= len(text) - GRAM:
        after = at
        for span in _around(text, at, LEAST_INSIDE):
            yield span
            after = span.end - step
        at = max(at, after) + step


def _around(text: str, at: int, least: int) -> Iterator[Span]:
    """Give the stretch of a secret that has the characters from `at` on, if it is so long."""
    shown = _known(text, at)
    if shown:
        begin, last = at, at
        while _known(text, begin - 1):
            begin -= 1
        while _known(text, last + 1):
            last += 1
        if last + GRAM - begin >= least:
            yield Span(begin, last + GRAM, shown)


def _any_known(grams: list[str]) -> bool:
    # In one go: most texts have none, and each look by itself takes longer than all of these.
    return not all(words.grams.keys().isdisjoint(grams) for words in concealed.groups())


def _known(text: str, at: int) -> str:
    if at >= 0:
        gram = text[at : at + GRAM]
        for words in concealed.groups():
            if shown := words.grams.get(gram):
                return shown
    return ""
