"""`add_habits`: what factories of other libraries are asked for says what is written here instead."""

from __future__ import annotations

from typing import Any

from belljar.data.errors import CannotMeet

__all__ = ["add_habits"]

_HERE = {
    "build": "data.make({}, ...)",
    "build_batch": "data.make_many({}, 3)",
    "batch": "data.make_many({}, 3)",
    "create": "data.create({}, ...)",
    "create_batch": "data.create_many({}, 3)",
}


class _NotHere(CannotMeet, AttributeError):
    """A factory has no such method: what it makes depends on the test."""


class _Habit:
    """Raises what helps. A factory's own field of that name takes its place."""

    def __init__(self, name: str, here: str) -> None:
        self._name, self._here = name, here

    def __get__(self, instance: object, owner: type) -> Any:
        title = owner.__name__
        raise _NotHere(
            f"{title} has no {self._name}(): what a factory makes depends on the test",
            fix=f"{self._here.format(title)}, with the fixture `data`",
        )


def add_habits(factory: type) -> None:
    """Let the base of all factories say it. Type checkers know of none of them."""
    for name, here in _HERE.items():
        setattr(factory, name, _Habit(name, here))
