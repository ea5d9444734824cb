"""`scan`, `expand`: the `{verb:NAME.PART}` in a text, which stand for what a running graph knows.

Without NAME the node itself is meant; `{{` and `}}` are braces. In the template of a file only what
has a known verb is a placeholder, and every other brace is a brace.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from belljar.services.errors import BadPlaceholder

__all__ = ["VERBS", "Reference", "expand", "expand_template", "form_of", "scan", "scan_template"]

# Which forms each takes.
VERBS = {
    "address": "port",
    "export": "export",
    "fd": "own port",
    "file": "file",
    "folder": "word",
    "host": "port",
    "instance": "word",
    "name": "word",
    "port": "port",
    "secret": "secret",
    "url": "port",
    "urls": "others' port",
}
FORMS = {
    "export": "{export:NAME.KEY}",
    "file": "{file:FILENAME}",
    "own port": "{%s} or {%s:.PORT}",
    "others' port": "{%s:NAME} or {%s:NAME.PORT}",
    "port": "{%s}, {%s:.PORT}, {%s:NAME} or {%s:NAME.PORT}",
    "secret": "{secret:KEY} or {secret:NAME.KEY}",
    "word": "{%s}",
}
TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_VERB = "|".join(sorted(VERBS))
_KNOWN = rf"\{{(?:{_VERB})(?::[^{{}}\n]*)?\}}"
TEMPLATE_TOKEN = re.compile(rf"\{{({_KNOWN})\}}|({_KNOWN})")


@dataclass(frozen=True)
class Reference:
    """One placeholder; `place` says where it stands, for messages."""

    verb: str
    name: str
    """The node or database; "" is the node itself."""
    part: str
    """The port, key or file name; "" where none is written."""
    text: str
    place: str

    @property
    def told(self) -> str:
        """Where it stands, and what is written there."""
        return f"{self.place}: {self.text}"


Lookup = Callable[[Reference], str]


def form_of(verb: str) -> str:
    """Return how a verb is written."""
    return FORMS[VERBS[verb]].replace("%s", verb)


def scan(text: str, place: str) -> list[Reference]:
    """Return the placeholders of an argument or a value. Raises `BadPlaceholder`."""
    return [_reference(body, place) for body in _bodies(text, place)]


def expand(text: str, place: str, lookup: Lookup) -> str:
    """Return the text with every placeholder replaced by what `lookup` gives for it."""

    def replaced(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]  # a doubled brace
        return lookup(_reference(match[1], place))

    return TOKEN.sub(replaced, text)


def scan_template(text: str, place: str) -> list[Reference]:
    """Return the placeholders of a file's template; their places have the line."""
    return [
        _reference(match[2][1:-1], _line(text, match.start(), place))
        for match in TEMPLATE_TOKEN.finditer(text)
        if match[2] is not None
    ]


def expand_template(text: str, place: str, lookup: Lookup) -> str:
    """Return the template with every placeholder replaced; `{{url}}` becomes `{url}`."""

    def replaced(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        return lookup(_reference(match[2][1:-1], _line(text, match.start(), place)))

    return TEMPLATE_TOKEN.sub(replaced, text)


def _line(text: str, position: int, place: str) -> str:
    return f"{place}, line {text.count(chr(10), 0, position) + 1}"


def _bodies(text: str, place: str) -> list[str]:
    found = []
    for match in TOKEN.finditer(text):
        if match[1] is not None:
            found.append(match[1])
        elif match[0] in ("{", "}"):
            raise BadPlaceholder(
                f"{place}: a lone {match[0]} in {text!r}", fix=f"write {match[0] * 2} for a brace"
            )
    return found


def _reference(body: str, place: str) -> Reference:
    verb, colon, argument = body.partition(":")
    text = f"{{{body}}}"
    if verb not in VERBS:
        raise BadPlaceholder(
            f"{place}: {text} has the unknown verb {verb!r}",
            fix=f"choose one of {', '.join(sorted(VERBS))}, or write {{{{ for a brace",
        )
    kind = VERBS[verb]
    name, dot, part = argument.partition(".")
    if kind == "file" or (kind == "secret" and not dot):
        name, part = "", argument
    complete = {
        "export": bool(name and part),
        "file": bool(part),
        "own port": not colon or bool(not name and part),
        "others' port": bool(name and (part or not dot)),
        "port": not colon or bool(part or (name and not dot)),
        "secret": bool(part),
        "word": not colon,
    }[kind]
    if not complete:
        raise BadPlaceholder(
            f"{place}: {text} is incomplete or has too much", fix=f"write {form_of(verb)}"
        )
    return Reference(verb, name, part, text, place)
