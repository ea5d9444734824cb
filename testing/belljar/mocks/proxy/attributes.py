"""`Attribute`: what a toxic can be told; `checked` makes sure that it was told just that."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from belljar.mocks.proxy.errors import BadAttributes

__all__ = ["COUNTING", "Attribute", "Value", "checked"]

Value = int | float | str

_WORDS = {"int": "a whole number", "number": "a number", "text": "a text", "regex": "a regex"}


@dataclass(frozen=True)
class Attribute:
    """One attribute of a toxic type: its form, its range and what it is without being given.

    `optional` ones are shown by the API only where they were given, so that what Toxiproxy's own
    toxics show is what its clients expect.
    """

    name: str
    form: Literal["int", "number", "text", "regex"] = "int"
    default: Value = 0
    minimum: float | None = 0
    maximum: float | None = None
    choices: Sequence[str] = ()
    optional: bool = False

    def check(self, value: object, of: str) -> Value:
        """Return the value; raises `BadAttributes`, which says what it could be."""
        if self.form in ("int", "number"):
            # JSON has one kind of number: 100.0 is a whole one for most clients.
            if isinstance(value, float) and self.form == "int" and value.is_integer():
                value = int(value)
            kinds = int if self.form == "int" else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds):
                raise self._error(value, of)
            low, high = self.minimum, self.maximum
            if not (low is None or value >= low) or not (high is None or value <= high):
                raise self._error(value, of)
            return value
        if not isinstance(value, str) or (self.choices and value not in self.choices):
            raise self._error(value, of)
        if self.form == "regex":
            try:
                re.compile(value)
            except re.error as error:
                raise BadAttributes(
                    f"bad request body: attribute {self.name!r} of toxic type {of!r} is no regular "
                    f"expression: {error}",
                    "mend the expression; a text as it stands needs re.escape",
                ) from None
        return value

    def _error(self, value: object, of: str) -> BadAttributes:
        if self.choices:
            could = "one of " + ", ".join(self.choices)
        else:
            could = _WORDS[self.form]
            if self.minimum is not None and self.form in ("int", "number"):
                could += f" from {self.minimum:g}"
            if self.maximum is not None:
                could += f" to {self.maximum:g}"
        return BadAttributes(
            f"bad request body: attribute {self.name!r} of toxic type {of!r} is {value!r}",
            f"give {could}",
        )


# What any toxic can be told: to whom it happens, by number, and when, in seconds since it was added.
COUNTING = (
    Attribute("times", minimum=1, optional=True),
    Attribute("skip", optional=True),
    Attribute("per", "text", "connection", choices=("connection", "request"), optional=True),
    Attribute("from_s", "number", optional=True),
    Attribute("until_s", "number", optional=True),
)


def checked(
    of: str, attributes: Sequence[Attribute], given: Mapping[str, object], old: Mapping[str, Value]
) -> dict[str, Value]:
    """Return every attribute's value: what is given, else the old one, else the default."""
    known = {attribute.name: attribute for attribute in attributes}
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            raise BadAttributes(
                f"bad request body: toxic type {of!r} has no attribute {name!r}",
                (f"did you mean {close[0]!r}? " if close else "")
                + f"it has {', '.join(sorted(known))}",
            )
    values: dict[str, Value] = {}
    for name, attribute in known.items():
        if given.get(name) is not None:
            values[name] = attribute.check(given[name], of)
        elif name in old:
            values[name] = old[name]
        elif not attribute.optional:
            values[name] = attribute.default
    return values
