"""`Spoken`: the base of what a test speaks to; what it does not have is told with what it has."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from belljar.doubles.errors import BadExpectation, NoAttribute
from belljar.doubles.fitting import signature_text

if TYPE_CHECKING:
    from belljar.doubles.ledger import Ledger

__all__ = ["Spoken"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

# What other parts of ours call: no reader of an error wants to see it.
INNER = frozenset(
    {
        "answer",
        "close",
        "conversation",
        "differences",
        "install",
        "is_over",
        "is_real",
        "least",
        "likeness",
    }
    | {"most", "run", "see", "settle", "take", "takes"}
)


class Spoken:
    """Checks the arguments of its public methods, so that an error says what would be right."""

    _ledger: Ledger

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        for name, function in list(vars(cls).items()):
            if inspect.isfunction(function) and not name.startswith("_"):
                setattr(cls, name, _checked(function))

    if not TYPE_CHECKING:  # to a type checker every name would be there

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            raise self._unknown(name)

    def _names(self) -> set[str]:
        return {*dir(type(self)), *vars(self)}

    def _unknown(self, name: str) -> NoAttribute:
        there = sorted(each for each in self._names() - INNER if not each.startswith("_"))
        kind = type(self).__name__
        return self._ledger.error(
            NoAttribute,
            f"{kind} has no {name!r}",
            choices=difflib.get_close_matches(name, there, 3, 0.6) or there,
            fix=f"use what {kind} has",
        )


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(self: Spoken, /, *args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(self, *args, **kwargs)
        except TypeError as error:
            parameters = list(signature.parameters.values())[1:]
            taken = signature.replace(
                parameters=parameters, return_annotation=inspect.Signature.empty
            )
            raise self._ledger.error(
                BadExpectation,
                f"{type(self).__name__}.{function.__name__}: {error}",
                choices=[f"{function.__name__}{signature_text(taken)}"],
                fix="give it what it takes",
            ) from None
        return function(self, *args, **kwargs)

    return call
