"""`Spec`: what instances of a class have, also what only `__init__` gives them.

Methods with their signatures, properties, annotated and dataclass fields, slots, and what `__init__` sets on
`self`, with its annotation or that of the argument that it is set from.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterator,
)
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, get_origin

from belljar.doubles.fitting import fits, hints_of, signature_text

__all__ = ["UNKNOWN", "Member", "Spec", "spec_of"]

UNKNOWN = Any
# What can't be changed through a double, so that the class's own is as good.
CONSTANTS = (bool, bytes, complex, float, frozenset, int, str, tuple, Enum, Decimal, timedelta)
YIELDING: dict[Any, str] = {
    AsyncGenerator: "async",
    AsyncIterable: "async",
    AsyncIterator: "async",
    Generator: "sync",
    Iterator: "sync",
}
OPERATORS = """
    abs add aenter aexit aiter and anext bool bytes call complex contains delitem divmod enter exit float floordiv ge
    getitem gt index int invert iter le len lshift lt matmul mod mul neg next or pos pow radd rand reversed rmul ror
    rshift rsub rtruediv rxor setitem sub truediv xor
"""
# What Python calls by itself, and a mock can stand for; of `object`'s own a double keeps what every object has.
MAGIC = frozenset(f"__{name}__" for name in OPERATORS.split())


@dataclass(frozen=True)
class Member:
    """One attribute: a method has a signature; of the others `annotation` is the type, and some can't be set."""

    name: str
    annotation: Any = UNKNOWN
    signature: inspect.Signature | None = None
    settable: bool = True
    is_async: bool = False
    # It gives its values one after the other: "", "sync" or "async".
    yields: str = ""
    # It gives a context manager: what `@contextmanager` makes of one that yields.
    is_context: bool = False
    # What the class itself has, as a constant or a field's default; Ellipsis is nothing.
    default: Any = ...

    @property
    def shown(self) -> str:
        """Its signature as one writes it; nothing if it is not called."""
        return signature_text(self.signature) if self.signature else ""

    @property
    def is_method(self) -> bool:
        """Whether it is called."""
        return self.signature is not None


@dataclass(frozen=True)
class Spec:
    """The members of a class, by name."""

    kind: type
    members: dict[str, Member] = field(default_factory=dict)

    def public(self) -> list[str]:
        """Give the names that a reader of an error wants to see."""
        shown = []
        for name, member in sorted(self.members.items()):
            if not name.startswith("_"):
                shown.append(f"{name}{member.shown}")
        return shown


@lru_cache
def spec_of(kind: type) -> Spec:
    """Give what instances of the class have."""
    members: dict[str, Member] = {}
    for name, annotation in hints_of(kind).items():
        members[name] = Member(name, annotation)
    for base in kind.__mro__:
        for name in _slots(base):
            members.setdefault(name, Member(name))
        for function in (vars(base).get("__init__"), vars(base).get("__post_init__")):
            for name, annotation in _set_by(function).items():
                members.setdefault(name, Member(name, annotation))
    for name in dir(kind):
        if not name.startswith("__") or name in MAGIC:
            static = _static(kind, name)
            if name.startswith("__") and (static is None or static is getattr(object, name, None)):
                continue
            member = _member(kind, name)
            if member.is_method or name not in members or isinstance(static, property):
                members[name] = member
            elif member.default is not ... and fits(static, members[name].annotation):
                members[name] = replace(members[name], default=static)
    return Spec(kind, members)


def _slots(base: type) -> list[str]:
    slots = vars(base).get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    return [name for name in names if not name.startswith("__")]


def _static(kind: type, name: str) -> Any:
    try:
        return inspect.getattr_static(kind, name)
    except AttributeError:
        return None


def _member(kind: type, name: str) -> Member:
    static = _static(kind, name)
    if isinstance(static, property):
        annotation = hints_of(static.fget).get("return", UNKNOWN) if static.fget else UNKNOWN
        return Member(name, annotation, settable=static.fset is not None)
    if isinstance(static, cached_property):
        return Member(name, hints_of(static.func).get("return", UNKNOWN))
    value = static.__func__ if isinstance(static, classmethod | staticmethod) else static
    if callable(value) and not isinstance(value, type):
        return method_of(name, value, bound=not isinstance(static, staticmethod))
    if value is None or inspect.isdatadescriptor(value):
        return Member(name, default=... if static is not None else None)
    return Member(name, type(value), default=value if isinstance(value, CONSTANTS) else ...)


def method_of(name: str, function: Callable[..., Any], *, bound: bool) -> Member:
    """Give the member that a function is; `bound` leaves the first parameter out."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        # Written in C, and told to nobody.
        signature = inspect.Signature([inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                                       inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)])  # fmt: skip
        bound = False
    parameters = list(signature.parameters.values())
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if bound and parameters and parameters[0].kind in positional:
        signature = signature.replace(parameters=parameters[1:])
    plain = inspect.unwrap(function)
    annotation = hints_of(plain).get("return", UNKNOWN)
    is_async = inspect.iscoroutinefunction(plain)
    yields = "async" if inspect.isasyncgenfunction(plain) else ""
    yields = "sync" if inspect.isgeneratorfunction(plain) else yields
    is_context = bool(yields) and _made_by_contextlib(function)
    if plain is not function and not is_context:
        yields = ""  # what another decorator makes of it is not known
    elif not yields and not is_async:
        # One that only declares: of a Protocol, or abstract.
        yields = YIELDING.get(get_origin(annotation), "")
    return Member(
        name, annotation, signature, is_async=is_async, yields=yields, is_context=is_context
    )


def _made_by_contextlib(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == contextlib.__file__


def _set_by(function: Any) -> dict[str, Any]:
    """Give what a function sets on its `self`, with the type where it is annotated."""
    if not inspect.isfunction(function):
        return {}
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return {}  # made by a program, as a dataclass's: its fields are annotated
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef) or not definition.args.args:
        return {}
    itself = definition.args.args[0].arg
    hints = hints_of(function)
    found: dict[str, Any] = {}
    for node in ast.walk(definition):
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign):
            targets, value = [node.target], node.value
        for target in targets:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if _is_of(part, itself):
                    known = hints.get(value.id, UNKNOWN) if isinstance(value, ast.Name) else UNKNOWN
                    found.setdefault(part.attr, known)  # type: ignore[attr-defined]  # told by _is_of
    return found


def _is_of(node: ast.expr, itself: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == itself
    )
