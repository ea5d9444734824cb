"""`Files` and `Node`: the values of a document of several files, each knowing where it stands.

A `$ref` is followed by `Node.followed()`: within its file, or into a file relative to it. What is
wrong is noted where it is, and reading goes on, so that all errors are told at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from belljar.mocks.openapi.errors import Problem
from belljar.mocks.openapi.reading import Pointer, ReadDocument, Unreadable, escape, read_text
from belljar.mocks.openapi.sources import Missing, Sources

__all__ = ["Files", "Node", "kind_of", "nearest"]

_KINDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}


def kind_of(value: object) -> str:
    """Return what a value is, in words."""
    return _KINDS.get(type(value), type(value).__name__)


def nearest(name: str, choices: Collection[str]) -> str:
    """Return "write NAME" for the choice that is nearest, else "choose one of ..."."""
    close = difflib.get_close_matches(name, choices, 1, 0.7)
    if close:
        return f"write {close[0]}"
    return f"choose one of {', '.join(sorted(choices))}" if choices else "drop it"


class Files:
    """The files of a document, read when something refers to them, and what is wrong with them."""

    def __init__(self, sources: Sources, root: str) -> None:
        self._sources = sources
        self.root_name = root
        self.problems: list[Problem] = []
        self._documents: dict[str, ReadDocument | None] = {}
        self._seen: set[tuple[str, Pointer, str]] = set()

    @property
    def texts(self) -> Mapping[str, Any]:
        """The value of each file that was read."""
        return {name: document.value for name, document in self._documents.items() if document}

    def root(self) -> Node:
        """Return the root document. Raises `Missing` where there is none."""
        document = self._read(self.root_name)
        return Node(self, self.root_name, (), document.value if document else None)

    def note(
        self, file: str, pointer: Pointer, message: str, fix: str, severity: str = "error"
    ) -> None:
        """Note a problem, once."""
        if (file, pointer, message) in self._seen:
            return
        self._seen.add((file, pointer, message))
        document = self._documents.get(file)
        line = document.line_of(pointer) if document else 0
        self.problems.append(Problem(file, line, escape(pointer), message, fix, severity))

    def _read(self, name: str) -> ReadDocument | None:
        if name in self._documents:
            return self._documents[name]
        text = self._sources.read(name)
        try:
            document = read_text(text) if isinstance(text, str) else ReadDocument(text)
        except Unreadable as error:
            self._documents[name] = None
            self.problems.append(Problem(name, error.line, "", str(error), error.fix))
            return None
        self._documents[name] = document
        for pointer, line in document.repeated:
            self.problems.append(
                Problem(
                    name,
                    line,
                    escape(pointer),
                    f"the key {pointer[-1]!r} comes twice",
                    "drop one of the two, or rename it",
                )
            )
        return document

    def target(self, source: Node, reference: str) -> Node | None:
        """Return what a `$ref` of `source` points to; notes what is wrong with it, and gives None."""
        place, _, fragment = reference.partition("#")
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", place):
            source.note(
                f"$ref {reference!r} is an address; a sealed test can't load it",
                "put a copy of the file beside the document, and refer to it by its relative path",
            )
            return None
        name = source.file
        if place:
            joined = PurePosixPath(source.file).parent / unquote(place)
            name = _normal(joined)
        try:
            document = self._read(name)
        except Missing as error:
            source.note(f"$ref {reference!r}: {error}", error.fix)
            return None
        if document is None:
            return None
        if fragment and not fragment.startswith("/"):
            return self._anchor(source, name, document.value, unquote(fragment))
        node = Node(self, name, (), document.value)
        for part in fragment.split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            value = node.value
            in_list = isinstance(value, list) and key.isdecimal() and int(key) < len(value)
            if in_list or (isinstance(value, dict) and key in value):
                node = node.child(key)
            else:
                choices = list(value) if isinstance(value, dict) else []
                where = f"#{escape(node.pointer)}" if node.pointer else "the document"
                source.note(
                    f"$ref {reference!r} points to nothing: {where} of {name} has no {key!r}",
                    nearest(key, choices),
                )
                return None
        return node

    def _anchor(self, source: Node, name: str, value: Any, anchor: str) -> Node | None:
        for pointer, found in _walk(value, ()):
            if found.get("$anchor") == anchor:
                return Node(self, name, pointer, found)
        source.note(
            f"$ref '#{anchor}' points to nothing: {name} has no $anchor {anchor!r}",
            "write a JSON pointer, such as #/components/schemas/NAME",
        )
        return None


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _walk(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    if isinstance(value, dict):
        yield pointer, value
        for key, child in value.items():
            yield from _walk(child, (*pointer, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _walk(child, (*pointer, str(index)))


@dataclass(frozen=True)
class Node:
    """A value of a document. Its accessors note what is wrong, and give something to go on with."""

    files: Files = field(repr=False, compare=False)
    file: str
    pointer: Pointer
    value: Any = field(repr=False, compare=False, hash=False)

    @property
    def place(self) -> str:
        """Where it is, for people: `pets.yaml#/paths/~1pets`."""
        return f"{self.file}#{escape(self.pointer)}"

    def note(self, message: str, fix: str, severity: str = "error") -> None:
        """Note that something is wrong here."""
        self.files.note(self.file, self.pointer, message, fix, severity)

    def child(self, key: str) -> Node:
        """Return a value inside, of an object by key and of a list by index."""
        value = self.value[int(key)] if isinstance(self.value, list) else self.value[key]
        return Node(self.files, self.file, (*self.pointer, key), value)

    def has(self, key: str) -> bool:
        """Whether it is an object with that key."""
        return isinstance(self.value, dict) and key in self.value

    def optional(self, key: str) -> Node | None:
        """Return the value of a key, None where it has none."""
        return self.child(key) if self.has(key) else None

    def followed(self) -> Node | None:
        """Return what its `$ref` points to, itself if it has none; None where that is nothing."""
        node, seen = self, {(self.file, self.pointer)}
        while isinstance(node.value, dict) and "$ref" in node.value:
            reference = node.value["$ref"]
            if not isinstance(reference, str):
                node.note(
                    f"$ref is {kind_of(reference)}", "write a text: '#/components/schemas/NAME'"
                )
                return None
            target = self.files.target(node, reference)
            if target is None:
                return None
            if (target.file, target.pointer) in seen:
                node.note(
                    f"$ref {reference!r} leads back to itself", "let one of them be the thing"
                )
                return None
            seen.add((target.file, target.pointer))
            node = target
        return node

    def items(self, what: str, *, named: bool = False) -> list[tuple[str, Node]]:
        """Return the values of an object by key, none (and a note) where it is something else.

        Keys that begin with x- are extensions, and left out, where they aren't names (`named`).
        """
        if not isinstance(self.value, dict):
            self.note(f"{what} is {kind_of(self.value)}", "write an object: keys with values")
            return []
        return [(key, self.child(key)) for key in self.value if named or not key.startswith("x-")]

    def elements(self, what: str) -> list[Node]:
        """Return the elements of a list, none (and a note) where it is something else."""
        if not isinstance(self.value, list):
            self.note(f"{what} is {kind_of(self.value)}", "write a list: each entry begins with -")
            return []
        return [self.child(str(index)) for index in range(len(self.value))]

    def text(self, key: str, what: str, *, required: bool = False) -> str:
        """Return the text of a key, "" where it has none."""
        if not self.has(key):
            if required:
                self.note(f"{what} has no {key}", f"add {key}")
            return ""
        value = self.value[key]
        if not isinstance(value, str):
            self.child(key).note(
                f"{key} is {kind_of(value)}", f"write a text, in quotes: '{value}'"
            )
            return ""
        return value

    def flag(self, key: str) -> bool:
        """Return the truth value of a key, false where it has none."""
        value = self.value.get(key, False)
        if not isinstance(value, bool):
            self.child(key).note(f"{key} is {kind_of(value)}", "write true or false")
            return False
        return value

    def is_object(self, what: str) -> bool:
        """Whether it is an object; notes it where it is not."""
        if isinstance(self.value, dict):
            return True
        self.note(f"{what} is {kind_of(self.value)}", "write an object: keys with values")
        return False

    def only(self, what: str, known: Sequence[str]) -> None:
        """Note each key that an object of this kind does not have."""
        for key, child in self.items(what):
            if key not in known:
                child.note(
                    f"{what} has no field {key!r}", f"{nearest(key, known)}, or begin it with x-"
                )
