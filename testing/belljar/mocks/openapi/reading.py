"""`read_text`: YAML or JSON as plain data, and the line on which each value stands.

YAML is read with the rules of JSON (as OpenAPI asks): `on` and `2024-01-01` are texts, `true` is a
truth value, keys are texts (`200:` is `"200"`), and no key comes twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml  # type: ignore[import-untyped]  # no stubs in the lock

__all__ = ["ReadDocument", "Unreadable", "escape", "read_text"]

Pointer = tuple[str, ...]

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
_SURROGATE = re.compile(r"(?<!\\)\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_WORDS: dict[str, object] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
# A document that uses more aliases than this repeats itself without end, or nearly so.
_MOST_NODES = 5_000_000


class Unreadable(Exception):
    """The text is no YAML and no JSON; `line` is where reading stopped, `fix` what helps."""

    def __init__(self, message: str, line: int, fix: str) -> None:
        super().__init__(message)
        self.line = line
        self.fix = fix


@dataclass
class ReadDocument:
    """A file's `value`, and the `lines` of its values by their JSON pointers."""

    value: Any
    lines: dict[Pointer, int] = field(default_factory=dict)
    repeated: list[tuple[Pointer, int]] = field(default_factory=list)

    def line_of(self, pointer: Pointer) -> int:
        """Return the line of a value, of the nearest one around it if it has none itself."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return self.lines.get(pointer, 1)


def escape(pointer: Pointer) -> str:
    """Return a JSON pointer as text: `/paths/~1pets/get`."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in pointer)


def read_text(text: str) -> ReadDocument:
    """Return what a YAML or JSON text says. Raises `Unreadable`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    as_json, value = _json(text)
    if as_json:
        # YAML forbids tabs, which no text of JSON has, and halves of characters.
        text = _SURROGATE.sub("?", text.replace("\t", " "))
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        if as_json:
            return ReadDocument(value)
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise Unreadable(
            f"it can't be read: {error.problem or error.context}",
            line,
            _reading_fix(text, line),
        ) from None
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        raise Unreadable(
            f"it can't be read: {' '.join(str(error).split()) or 'nested too deep'}",
            1,
            "save it as YAML or JSON in UTF-8",
        ) from None
    if node is None:
        raise Unreadable("it is empty", 1, "begin it with openapi: 3.1.0")
    document = ReadDocument(None)
    reader = _Reader(document)
    try:
        document.value = reader.value(node, ())
    except RecursionError:
        raise Unreadable(
            "it is nested too deep", 1, "take out the alias that has itself inside, or the nesting"
        ) from None
    if as_json:
        document.value = value  # its escapes are not all YAML's
    return document


def _json(text: str) -> tuple[bool, Any]:
    if not text.lstrip().startswith("{"):
        return False, None
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        return False, None


def _reading_fix(text: str, line: int) -> str:
    lines = text.splitlines()
    if line <= len(lines) and "\t" in lines[line - 1]:
        return "indent with spaces: YAML forbids tabs there"
    return (
        "mend the line, or the one before it: mostly a missing space after :, a quote or an indent"
    )


class _Reader:
    def __init__(self, document: ReadDocument) -> None:
        self._document = document
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: Any, pointer: Pointer) -> Any:
        self._count += 1
        line = node.start_mark.line + 1
        if self._count > _MOST_NODES:
            raise Unreadable("its aliases repeat it without end", line, "write it without aliases")
        self._document.lines.setdefault(pointer, line)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            raise Unreadable("an alias has itself inside", line, "use $ref for what is recursive")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [
                    self.value(child, (*pointer, str(index)))
                    for index, child in enumerate(node.value)
                ]
            return self._mapping(node, pointer)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any, pointer: Pointer) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[Any] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged.append(value_node)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise Unreadable("a key is no text", line, "write the key as a text")
            key = str(key_node.value)
            here = (*pointer, key)
            if key in found:
                self._document.repeated.append((here, line))
            self._document.lines[here] = line
            found[key] = self.value(value_node, here)
        for value_node in merged:
            sources = (
                value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            )
            for source in sources:
                value = self.value(source, pointer)
                if not isinstance(value, dict):
                    raise Unreadable("<< takes a mapping", source.start_mark.line + 1, "name one")
                found = {**value, **found}
        return found


def _scalar(node: Any) -> object:
    text = str(node.value)
    # The loader has resolved plain texts by the rules of YAML 1.1, which are others than JSON's.
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    convert: Callable[[str], object]
    for pattern, convert in ((_INT, int), (_FLOAT, float)):
        if pattern.match(text):
            try:
                return convert(text)
            except ValueError:  # more digits than Python reads
                return text
    return text
