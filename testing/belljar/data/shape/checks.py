"""`Check`: a table's CHECK, as far as it is understood: whether a row keeps to it, and what follows.

`holds` judges a row; `limits` says what a single column's values must keep to, `bounds` which column
is compared with which. What is not understood holds for every row: the database judges it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from belljar.data.shape.judging import UNKNOWN, value_of
from belljar.data.shape.limits import NO_LIMITS, Limits
from belljar.data.shape.parsing import Tree, parse

__all__ = ["Check"]

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_LENGTHS = {"length", "char_length", "character_length", "octet_length", "len"}


@dataclass(frozen=True)
class Check:
    """One CHECK: its name in the database, or "", and its text."""

    name: str
    text: str

    @cached_property
    def tree(self) -> Tree | None:
        """What is understood of it."""
        return parse(self.text)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that it speaks of; none if it is not understood."""
        return frozenset(_columns(self.tree)) if self.tree is not None else frozenset()

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a row, by columns' names, keeps to it, as SQL sees it: NULL is no breach."""
        if self.tree is None:
            return True
        try:
            return value_of(self.tree, row) in (None, True, UNKNOWN)
        except (TypeError, ValueError, ArithmeticError, LookupError):
            return True

    def limits(self) -> Iterator[tuple[str, Limits]]:
        """Yield columns with what follows for their values alone."""
        for part in _parts(self.tree):
            yield from _limits(part)

    def bounds(self) -> Iterator[tuple[str, str, Tree, frozenset[str]]]:
        """Yield (column, sign, expression, its columns) for columns that are compared with others."""
        for part in _parts(self.tree):
            if part[0] != "cmp":
                continue
            _, sign, left, right = part
            for one, turned, other in ((left, sign, right), (right, _TURNED[sign], left)):
                names = frozenset(_columns(other))
                if one[0] == "col" and names and one[1] not in names:
                    yield one[1], turned, other, names

    def not_null(self) -> Iterator[str]:
        """Yield the columns that must have a value."""
        for part in _parts(self.tree):
            match part:
                case ("not", ("null", ("col", name))):
                    yield name


def _parts(tree: Tree | None) -> Iterator[Tree]:
    if tree is not None and tree[0] == "and":
        for part in tree[1:]:
            yield from _parts(part)
    elif tree is not None:
        yield _plain(tree)


def _plain(tree: Tree) -> Tree:
    """Return the same condition with NULL's part left out, and one value on the right."""
    match tree:
        case ("or", ("null", ("col", _)), other) | ("or", other, ("null", ("col", _))):
            return _plain(other)
        case ("or", *parts):
            # status = 'a' OR status = 'b'
            chosen = [_choices(part) for part in parts]
            names = {name for name, _ in filter(None, chosen)}
            if all(chosen) and len(names) == 1:
                values = [("lit", one) for pair in chosen if pair for one in pair[1]]
                return ("in", ("col", names.pop()), *values)
        case ("cmp", sign, left, right) if not _columns(left) and _columns(right):
            return _plain(("cmp", _TURNED[sign], right, left))
        case ("cmp", "=", left, ("any", ("list", *items))):
            return ("in", left, *items)
    return tree


def _choices(tree: Tree) -> tuple[str, tuple[Any, ...]] | None:
    match _plain(tree):
        case ("cmp", "=", ("col", name), ("lit", value)):
            return name, (value,)
        case ("in", ("col", name), *items) if all(item[0] == "lit" for item in items):
            return name, tuple(item[1] for item in items)
    return None


def _limits(tree: Tree) -> Iterator[tuple[str, Limits]]:
    if (chosen := _choices(tree)) is not None:
        yield chosen[0], Limits(choices=chosen[1])
        return
    match tree:
        case ("cmp", ">" | ">=", ("col", name), ("now",)):
            # After any clock that a test may run by.
            yield name, Limits(low="2100-01-01")
        case ("cmp", sign, ("col", name), right) if not _columns(right):
            yield from _compared(name, sign, _constant(right))
        case ("cmp", sign, ("call", "length" | "char_length" | "character_length", inner), right):
            name = _inside(inner)
            bound = None if name is None or _columns(right) else _constant(right)
            if name is not None and isinstance(bound, int):
                yield name, _lengths(sign, bound)
        case ("cmp", "<>", ("call", "trim" | "btrim", ("col", name)), ("lit", "")):
            yield name, Limits(min_length=1)
        case ("cmp", "=", ("col", name), ("call", "lower" | "upper" as case, ("col", same))):
            if name == same:
                yield name, Limits(case=case)
        case ("cmp", "=", ("call", "lower" | "upper" as case, ("col", name)), ("col", same)):
            if name == same:
                yield name, Limits(case=case)
        case ("cmp", "=", ("math", "%", ("col", name), ("lit", int(step))), ("lit", 0)):
            yield name, Limits(multiple_of=step)
        case ("like", ("col", name), ("lit", str(text)), _):
            yield name, Limits(pattern=_like(text))
        case ("match", ("col", name), ("lit", str(text)), _):
            yield name, Limits(pattern=text)
        case ("not", ("in", ("col", name), *items)) if all(i[0] == "lit" for i in items):
            yield name, Limits(excluded=tuple(item[1] for item in items))
        case ("is", ("col", name), value) | ("not", ("is", ("col", name), value)):
            yield name, Limits(choices=(value if tree[0] == "is" else not value,))
        case ("col", name):
            yield name, Limits(choices=(True,))


def _compared(name: str, sign: str, value: Any) -> Iterator[tuple[str, Limits]]:
    if value in (None, UNKNOWN):
        return
    made: dict[str, Callable[[], Limits]] = {
        "=": lambda: Limits(choices=(value,)),
        "<>": lambda: Limits(excluded=(value,), min_length=1 if value == "" else None),
        ">": lambda: Limits(low=value, above=True),
        ">=": lambda: Limits(low=value),
        "<": lambda: Limits(high=value, below=True),
        "<=": lambda: Limits(high=value),
    }
    yield name, made[sign]()


def _lengths(sign: str, bound: int) -> Limits:
    match sign:
        case "=":
            return Limits(min_length=bound, max_length=bound)
        case ">":
            return Limits(min_length=bound + 1)
        case ">=":
            return Limits(min_length=bound)
        case "<":
            return Limits(max_length=bound - 1)
        case "<=":
            return Limits(max_length=bound)
        case "<>" if bound == 0:
            return Limits(min_length=1)
    return NO_LIMITS


def _inside(tree: Tree) -> str | None:
    match tree:
        case ("col", name):
            return str(name)
        case ("call", "trim" | "btrim" | "lower" | "upper", inner):
            return _inside(inner)
    return None


def _constant(tree: Tree) -> Any:
    try:
        return value_of(tree, {})
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return None


def _like(text: str) -> str:
    parts = {"%": "[a-z0-9]{0,8}", "_": "[a-z0-9]"}
    return "^" + "".join(parts.get(one) or re.escape(one) for one in text) + "$"


def _columns(tree: Any) -> set[str]:
    if not isinstance(tree, tuple) or not tree:
        return set()
    if tree[0] == "col":
        return {tree[1]}
    return set().union(*(_columns(part) for part in tree[1:])) if tree[0] != "lit" else set()
