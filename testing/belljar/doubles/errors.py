"""Every error that belljar.doubles raises, in one tree.

    DoubleError
    ├── NoSuchThing      what is to be doubled, or named, does not exist
    │   └── NoAttribute  a double's class has no such attribute
    ├── Refused          a call that the real object would refuse, or that is not expected
    ├── NotGiven         a double was asked for an answer that nobody gave it
    ├── Unmet            an expectation that was not met
    ├── BadExpectation   an expectation that can't be met, or contradicts the real object
    └── LibraryMissing   the library behind a fixture is not installed

Each names the test, the line, the valid choices and the fix. They are assertions: code under test that takes
`OSError`, or its client's errors, does not take them; a test fails for them even if the code does.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BadExpectation",
    "DoubleError",
    "LibraryMissing",
    "NoAttribute",
    "NoSuchThing",
    "NotGiven",
    "Refused",
    "Unmet",
]


class DoubleError(AssertionError):
    """Something is wrong with a double or its use, said so that it can be mended.

    Parts that are empty are left out of the text.
    """

    def __init__(
        self,
        summary: str,
        *,
        test: str = "",
        line: str = "",
        choices: Iterable[str] = (),
        fix: str = "",
    ) -> None:
        self.summary = summary
        lines = [summary]
        if test:
            lines.append(f"  test:  {test}")
        if line:
            lines.append(f"  line:  {line}")
        if listed := "\n         ".join(choices):
            lines.append(f"  valid: {listed}")
        if fix:
            lines.append(f"  fix:   {fix}")
        super().__init__("\n".join(lines))


class NoSuchThing(DoubleError):
    """A double of something that does not exist, or a name that nothing has."""


class NoAttribute(NoSuchThing, AttributeError):
    """The double's class has no such attribute; `hasattr` and `getattr` with a default work."""


class Refused(DoubleError):
    """A call that the real object would refuse, or that no expectation allows."""


class NotGiven(DoubleError):
    """A double was asked for an answer, and the test has given none."""


class Unmet(DoubleError):
    """An expectation was not met by the end of the test."""


class BadExpectation(DoubleError):
    """An expectation that contradicts what it is for."""


class LibraryMissing(DoubleError):
    """The library behind a fixture is not installed."""
