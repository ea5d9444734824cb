"""Doubles inside the test's process: one fixture for each kind of dependency, strict by default.

`belljar.doubles.plugin` has the fixtures (docs/mocking.md). Here are what they give, and the errors.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.doubles.broker import Broker, Delivery, Message
    from belljar.doubles.clock import Clock
    from belljar.doubles.cursors import Connection, Cursor
    from belljar.doubles.double import Double
    from belljar.doubles.environment import Environment
    from belljar.doubles.errors import (
        BadExpectation,
        DoubleError,
        LibraryMissing,
        NoAttribute,
        NoSuchThing,
        NotGiven,
        Refused,
        Unmet,
    )
    from belljar.doubles.expectation import Expectation
    from belljar.doubles.filesystem import FileSystem
    from belljar.doubles.http import Http
    from belljar.doubles.http_answer import Answer
    from belljar.doubles.http_expected import ExpectedRequest
    from belljar.doubles.http_request import Request
    from belljar.doubles.names import Names
    from belljar.doubles.program import ExpectedProgram
    from belljar.doubles.programs import Programs, Run
    from belljar.doubles.randomness import Randomness
    from belljar.doubles.statements import ExpectedStatement, Statements

__all__ = [
    "Answer",
    "BadExpectation",
    "Broker",
    "Clock",
    "Connection",
    "Cursor",
    "Delivery",
    "Double",
    "DoubleError",
    "Environment",
    "Expectation",
    "ExpectedProgram",
    "ExpectedRequest",
    "ExpectedStatement",
    "FileSystem",
    "Http",
    "LibraryMissing",
    "Message",
    "Names",
    "NoAttribute",
    "NoSuchThing",
    "NotGiven",
    "Programs",
    "Randomness",
    "Refused",
    "Request",
    "Run",
    "Statements",
    "Unmet",
]

_HOMES = {
    "Answer": "http_answer",
    "Broker": "broker",
    "Clock": "clock",
    "Connection": "cursors",
    "Cursor": "cursors",
    "Delivery": "broker",
    "Double": "double",
    "Environment": "environment",
    "Expectation": "expectation",
    "ExpectedProgram": "program",
    "ExpectedRequest": "http_expected",
    "ExpectedStatement": "statements",
    "FileSystem": "filesystem",
    "Http": "http",
    "Message": "broker",
    "Names": "names",
    "Programs": "programs",
    "Randomness": "randomness",
    "Request": "http_request",
    "Run": "programs",
    "Statements": "statements",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
