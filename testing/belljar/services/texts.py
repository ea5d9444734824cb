"""`check_kinds`, `check_texts`: nodes are nodes, lists lists and texts texts.

That is said before anything trips over one that is not. A type checker sees most of it; who
uses none gets a message, and no trace.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import NoReturn

from belljar.services.description import Node, Service, Task
from belljar.services.errors import BadDescription

__all__ = ["check_kinds", "check_texts"]

LISTS = ("command", "args", "deps", "after", "callbacks", "secrets")
TABLES = ("env", "ports", "exports", "files", "databases")
# Those whose values are texts, too.
OF_TEXTS = ("env", "ports", "exports")


def check_kinds(nodes: object) -> tuple[Node, ...]:
    """Return the nodes of a graph. Raises `BadDescription` for what is no list of them."""
    fix = "give a list: [Service(...), Task(...)]"
    if not isinstance(nodes, Iterable) or isinstance(nodes, str):
        raise BadDescription(f"a graph is made of services and tasks, not of {nodes!r}", fix=fix)
    found = tuple(nodes)
    for node in found:
        if not isinstance(node, Service | Task):
            raise BadDescription(f"{node!r} is no service and no task", fix=fix)
    return found


def check_texts(node: Node) -> None:
    """Raise a `BadDescription` for what is of another kind than its attribute says."""
    for attribute in LISTS:
        words: object = getattr(node, attribute)
        if isinstance(words, str):
            raise BadDescription(
                f"{node.title}: {attribute} is a text, {words!r}",
                fix="give a list of its words" if " " in words else f"write [{words!r}]",
            )
        if not isinstance(words, Collection):
            _wrong(node, attribute, words, "give a list")
        for word in words:
            _check_text(node, attribute, word)
    for attribute in TABLES:
        table: object = getattr(node, attribute)
        if not isinstance(table, Mapping):
            _wrong(node, attribute, table, "give a dict")
        for key, value in table.items():
            _check_text(node, attribute, key)
            if attribute in OF_TEXTS:
                _check_text(node, f"{attribute} {key}", value)
    for name in node.env:
        if not name or "=" in name:
            raise BadDescription(
                f"{node.title}: env has {name!r}, which no variable can be called",
                fix="give a name without =",
            )


def _check_text(node: Node, place: str, value: object) -> None:
    if not isinstance(value, str):
        text = os.fspath(value) if isinstance(value, os.PathLike) else str(value)
        raise BadDescription(
            f"{node.title}: {place} has {value!r}, which is no text",
            fix="leave it out" if value is None else f"write {text!r}",
        )
    if "\0" in value:
        raise BadDescription(
            f"{node.title}: {place} has {value!r}; nothing with a zero byte can be told to a process",
            fix="leave it out",
        )


def _wrong(node: Node, attribute: str, value: object, fix: str) -> NoReturn:
    raise BadDescription(f"{node.title}: {attribute} is {value!r}", fix=fix)
