"""Every error that belljar.mocks.openapi raises, in one tree.

OpenApiError
├── BadDocument          the document has errors; each with its file, line, pointer and fix
├── BadExpectation       an expectation that the document rules out, or that can't be told
│   └── BadAnswer        an answer that the document does not allow
├── NoAnswer             nothing valid can be made from a schema
├── MockFailed           requests that should not have come, expectations that were not met
├── ControlFailed        the control API of the mock refused, or did not answer
└── BadUse               the mock can't be had in this way
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "BadAnswer",
    "BadDocument",
    "BadExpectation",
    "BadUse",
    "ControlFailed",
    "MockFailed",
    "NoAnswer",
    "OpenApiError",
    "Problem",
]


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place of a document; `severity` is "error" or "warning"."""

    file: str
    line: int
    pointer: str
    message: str
    fix: str
    severity: str = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        mark = "warning: " if self.severity == "warning" else ""
        return f"{place}: {mark}#{self.pointer}: {self.message}\n    fix: {self.fix}"


class OpenApiError(Exception):
    """Something is wrong with a mock, or with what a test does with it."""


class BadDocument(OpenApiError):
    """The document has errors; `problems` has all of them."""

    def __init__(self, spec: str, problems: Sequence[Problem]) -> None:
        self.spec = spec
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = [f"{spec} has {count} error{'s' * (count != 1)}"]
        lines += [f"  {line}" for problem in self.problems for line in str(problem).splitlines()]
        super().__init__("\n".join(lines))


class BadExpectation(OpenApiError, ValueError):
    """An expectation that no request could ever meet, or that can't be sent to the mock."""


class BadAnswer(BadExpectation):
    """An answer that the document does not allow; `check=False` sends it nonetheless."""


class NoAnswer(OpenApiError):
    """Nothing valid can be made from a schema; the document needs an example there."""


class MockFailed(OpenApiError, AssertionError):
    """A test's traffic with the mock was not as it should be; the message shows each case."""


class ControlFailed(OpenApiError):
    """The control API refused a command, or could not be reached."""


class BadUse(OpenApiError):
    """The mock can't be had in this way: no such service, no such file, used before it runs."""
