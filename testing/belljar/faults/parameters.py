"""What a parameter of a fault may be: its type, its range, and what a wrong one is told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from belljar.faults.errors import BadParameter

__all__ = ["REQUIRED", "Parameter", "Values", "closest", "whole"]

Values = Mapping[str, Any]

# The default of a parameter that has none.
REQUIRED: Any = object()


@dataclass(frozen=True)
class Parameter:
    """A parameter: `type` is int, float, str or dict; `choices` are all values that a str may have."""

    name: str
    type: type
    default: Any = REQUIRED
    meaning: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    # None is said by leaving it out.
    optional: bool = False

    def check(self, value: object, place: str) -> None:
        """Refuse a value that it can't have, by the place in the plan."""
        if value is None and self.optional:
            return
        if not self._of_type(value):
            raise BadParameter(
                f"{self.name} is {value!r}, and {self.expected} is expected",
                place=place,
                choices=self.choices,
                fix=self._fix(),
            )
        if self.choices and value not in self.choices:
            raise BadParameter(
                f"{self.name} is {value!r}",
                place=place,
                choices=self.choices,
                fix=f"write {closest(str(value), self.choices) or self.choices[0]!r}",
            )
        if isinstance(value, int | float) and not self._in_range(value):
            raise BadParameter(
                f"{self.name} is {value!r}, which is out of range",
                place=place,
                choices=[self.expected],
                fix=self._fix(),
            )

    @property
    def expected(self) -> str:
        """What a value is, in words: `a whole number from 100 to 599`."""
        word = {int: "a whole number", float: "a number", str: "a text", dict: "a map of texts"}
        text = word[self.type]
        if self.choices:
            text = "one of these texts"
        if self.low is not None and self.high is not None:
            return f"{text} from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{text} of at least {self.low:g}"
        if self.high is not None:
            return f"{text} of at most {self.high:g}"
        return text

    def _fix(self) -> str:
        if self.default is REQUIRED:
            return f"give {self.name} as {self.expected}"
        return f"leave {self.name} out, for {self.default!r}, or give {self.expected}"

    def _of_type(self, value: object) -> bool:
        if isinstance(value, bool):
            return False  # an int for Python, and a mistake in a plan
        if self.type is float:
            return isinstance(value, int | float) and math.isfinite(value)
        if self.type is dict:
            return isinstance(value, dict) and all(
                isinstance(key, str) and isinstance(text, str) for key, text in value.items()
            )
        return isinstance(value, self.type)

    def _in_range(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def whole(
    parameters: tuple[Parameter, ...], values: Values, place: str, owner: str
) -> dict[str, Any]:
    """Give the values with defaults for those left out, or say what is wrong with them."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in values:
        if name not in known:
            meant = closest(name, known)
            raise BadParameter(
                f"{owner} has no parameter {name!r} (given: {values[name]!r})",
                place=place,
                choices=known or ["none at all"],
                fix=f"write {meant!r}" if meant else f"leave {name!r} out",
            )
    complete: dict[str, Any] = {}
    for name, parameter in known.items():
        if name in values:
            parameter.check(values[name], f"{place}.{name}")
        elif parameter.default is REQUIRED:
            raise BadParameter(
                f"{owner} needs {name}",
                place=place,
                choices=parameter.choices or [parameter.expected],
                fix=f"add {name}",
            )
        complete[name] = values.get(name, parameter.default)
    return complete


def closest(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """Give the known word that was probably meant, or none."""
    import difflib  # only for a mistake

    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)), "")
