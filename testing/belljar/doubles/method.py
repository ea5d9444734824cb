"""`Method`: what answers when a double's method, or a doubled function, is called."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any, get_args
from unittest import mock

from belljar.doubles.counting import often
from belljar.doubles.errors import (
    BadExpectation,
    DoubleError,
    NoAttribute,
    NotGiven,
    Refused,
    Unmet,
)
from belljar.doubles.expectation import UNSET, Expectation
from belljar.doubles.fitting import annotation_text, fits
from belljar.doubles.ledger import Ledger
from belljar.doubles.spec import Member

__all__ = ["Method"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


class Method:
    """Answers by expectations first, then by what was given as `return_value`; else it refuses."""

    def __init__(self, owner: str, member: Member, ledger: Ledger) -> None:
        self.owner = owner
        self.member = member
        self.expectations: list[Expectation] = []
        self._ledger = ledger

    @property
    def name(self) -> str:
        """How a reader names it."""
        return f"{self.owner}.{self.member.name}" if self.owner else self.member.name

    def attach(self, child: Any) -> None:
        """Let this answer for a mock's child, which keeps its own ways: `assert_called_with`, `side_effect`."""
        child.return_value = UNSET

        async def answer_async(*args: Any, **kwargs: Any) -> Any:
            result = self._planned(child, args, kwargs)
            if inspect.iscoroutine(result):
                result = await result  # of `.calls`
            return self._checked(result, args, kwargs)

        def answer(*args: Any, **kwargs: Any) -> Any:
            return self._checked(self._planned(child, args, kwargs), args, kwargs)

        child.side_effect = answer_async if self.member.is_async else answer
        plain = type(child).__call__

        # The mock's own check has neither the test nor the line.
        def __call__(double: Any, /, *args: Any, **kwargs: Any) -> Any:
            self.bind(args, kwargs, Refused)
            return plain(double, *args, **kwargs)

        type(child).__call__ = __call__

    def expect(self) -> Expectation:
        """Give a new expectation of this method."""
        if not self.expectations:
            self._ledger.at_the_end(self._unmet)
        expectation = Expectation(self, self._ledger)
        self.expectations.append(expectation)
        return expectation

    def bind(self, args: Any, kwargs: Any, kind: type[DoubleError]) -> inspect.BoundArguments:
        """Give the arguments by parameter; what the real one would refuse is an error of this kind."""
        signature = self.member.signature or inspect.Signature()
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            given = ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())])
            summary = f"{self.name}({given}): {error}"
            choices = [f"{self.name}{self.member.shown}"]
            if kind is Refused:
                raise self._ledger.complaint(
                    Refused, summary, choices=choices, fix="call it as the real one is called"
                ) from None
            fix = "say the arguments that the real one takes"
            raise self._ledger.error(kind, summary, choices=choices, fix=fix) from None
        bound.apply_defaults()
        return bound

    def check(self, value: Any) -> None:
        """Refuse an answer that the real one would never give."""
        annotation = self.member.annotation
        if value is UNSET or fits(value, annotation):
            return
        if self.member.is_context:
            if fits(value, _first(annotation)) or hasattr(value, "__enter__"):
                return
        elif self.member.yields and isinstance(value, Iterable):
            return
        raise self._ledger.error(
            BadExpectation,
            f"{self.name} returns {annotation_text(annotation)}, and was given {value!r}",
            choices=[f"{self.name}{self.member.shown}"],
            fix="give it what the real one returns",
        )

    def unknown(self, name: str, there: list[str]) -> NoAttribute:
        """Give the error for an attribute that a method's mock does not have; it fails the test."""
        return self._ledger.complaint(
            NoAttribute,
            f"{self.name} has no {name!r}",
            choices=difflib.get_close_matches(name, there, 3, 0.6) or there,
            fix="use what a mock has; a typo, perhaps",
        )

    def check_error(self, error: object) -> None:
        """Refuse what can't be raised."""
        if isinstance(error, BaseException) or (
            isinstance(error, type) and issubclass(error, BaseException)
        ):
            return
        raise self._ledger.error(
            BadExpectation,
            f"{self.name} raises {error!r}: that is no error",
            choices=["KeyError", 'TimeoutError("too slow")'],
            fix="give it the error that the real one raises",
        )

    def shown(self, bound: inspect.BoundArguments | None) -> str:
        """Give a call as one writes it."""
        if bound is None:
            return f"{self.name}(...)"
        given = ", ".join(f"{name}={value!r}" for name, value in bound.arguments.items())
        return f"{self.name}({given})"

    def _planned(self, child: Any, args: Any, kwargs: Any) -> Any:
        bound = self.bind(args, kwargs, Refused)
        result: Any = UNSET
        if self.expectations:
            fitting = [each for each in self.expectations if each.takes(bound)]
            open_ones = [each for each in fitting if not each.is_over]
            if not open_ones:
                raise self._ledger.complaint(
                    Refused,
                    f"{self.shown(bound)} was not expected{' again' if fitting else ''}",
                    choices=[str(each) for each in self.expectations],
                    fix=f"double.expect({self.name}).called_with(...), or .times(...), if it is right",
                )
            result = open_ones[0].answer(args, kwargs)
        return child.return_value if result is UNSET else result

    def _checked(self, result: Any, args: Any, kwargs: Any) -> Any:
        if result is UNSET:
            if self.member.annotation in (None, type(None)):
                return None  # the real one gives nothing else
            raise self._ledger.complaint(
                NotGiven,
                f"{self.shown(self.bind(args, kwargs, Refused))} was called, and the test gives no answer",
                choices=[f"{self.name}{self.member.shown}"],
                fix=f"{self.name}.return_value = ..., or double.expect({self.name}).returns(...)",
            )
        self.check(result)
        return self._in_turn(result)

    def _in_turn(self, result: Any) -> Any:
        kind = self.member.yields
        if self.member.is_context:
            there = "__aenter__" if kind == "async" else "__enter__"
            itself = hasattr(result, there) and not fits(result, _first(self.member.annotation))
            return result if itself else nullcontext(result)
        if kind == "sync" and not hasattr(result, "__next__"):
            return iter(result)
        if kind == "async" and not hasattr(result, "__anext__"):
            return _one_after_the_other(result)
        # `DEFAULT` would mean `return_value`, which is checked here already.
        return mock.DEFAULT if result is mock.DEFAULT else result

    def _unmet(self) -> Iterable[DoubleError]:
        for each in self.expectations:
            if each.came < each.least:
                yield self._ledger.error(
                    Unmet,
                    f"{self.shown(each.wanted)} was expected {often(each.least, each.most)}, "
                    f"and came {each.came} times",
                    line=each.line,
                    choices=[str(other) for other in self.expectations],
                    fix="let the code call it, or take the expectation out",
                )


def _first(annotation: Any) -> Any:
    """Give what an iterator's annotation gives one by one."""
    return (*get_args(annotation), Any)[0]


async def _one_after_the_other(values: Iterable[Any]) -> Any:
    for value in values:
        yield value
