"""`Validators`: what is wrong with a value, by a schema of the document, in words for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from belljar.mocks.openapi.formats import FORMATS
from belljar.mocks.openapi.reading import escape
from belljar.mocks.openapi.schemas import SIDES, Schemas

__all__ = ["Validators", "Violation", "shown"]

# A text in a message longer than this is cut.
_LONG = 120
_RANGES = {"int32": 1 << 31, "int64": 1 << 63}
# More than these of one value help nobody.
_MOST = 20


@dataclass(frozen=True)
class Violation:
    """How a request or an answer violates the document.

    `where` is the part of it (`body`, `query.limit`, `header.X-Trace`, ...), `at` the JSON pointer
    inside of it, `rule` the place in the document that says otherwise.
    """

    where: str
    message: str
    at: str = ""
    rule: str = ""
    fix: str = ""

    def __str__(self) -> str:
        at = f" at {self.at}" if self.at else ""
        rule = f" (by {self.rule})" if self.rule else ""
        return f"{self.where}{at}: {self.message}{rule}"

    def as_json(self) -> dict[str, str]:
        """Return the parts that are not empty."""
        return {name: value for name, value in asdict(self).items() if value}


def shown(value: object) -> str:
    """Return a value as JSON, cut where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= _LONG else text[: _LONG - 4] + " ..."


@cache
def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, known in FORMATS.items():
        valid = known.valid

        def check(value: object, valid: Any = valid) -> bool:
            return not isinstance(value, str) or bool(valid(value))

        checker.checks(name)(check)
    for name, limit in _RANGES.items():

        def fits(value: object, limit: int = limit) -> bool:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return True
            return float(value).is_integer() and -limit <= value < limit

        checker.checks(name)(fits)
    return checker


class Validators:
    """Checks values by the schemas that were added before it was made."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        # The same objects, not copies: by their identity an error finds its place in the document.
        self._registry: Registry[Any] = Registry().with_resources(
            (f"urn:belljar:{side}", DRAFT202012.create_resource({"$defs": definitions}))
            for side, definitions in schemas.definitions.items()
        )
        self._made: dict[tuple[str, str], Any] = {}

    def violations(self, where: str, value: Any, number: str, side: str) -> list[Violation]:
        """Return what is wrong with `value` by the schema `number`, as seen from that side."""
        found: list[Violation] = []
        try:
            for error in self._validator(number, side).iter_errors(value):
                found.append(self._violation(where, error))
                if len(found) == _MOST:
                    break
        except RecursionError:
            found = [Violation(where, "it is nested too deep")]
        except (
            OverflowError,
            ValueError,
        ) as error:  # of numbers that a bound can't be compared with
            found = [Violation(where, f"it can't be checked: {error}")]
        return found

    def valid(self, value: Any, number: str, side: str) -> bool:
        """Whether the schema allows the value."""
        try:
            return bool(self._validator(number, side).is_valid(value))
        except (RecursionError, OverflowError, ValueError):
            return False

    def inner(self, schema: Mapping[str, Any], side: str) -> Any:
        """Return jsonschema's validator of a schema inside of a definition."""
        return Draft202012Validator(
            {**schema, "$defs": self._schemas.definitions[side]}, format_checker=_format_checker()
        )

    def _validator(self, number: str, side: str) -> Any:
        assert side in SIDES
        if (number, side) not in self._made:
            self._made[number, side] = Draft202012Validator(
                {"$ref": f"urn:belljar:{side}#/$defs/{number}"},
                registry=self._registry,
                format_checker=_format_checker(),
            )
        return self._made[number, side]

    def _violation(self, where: str, error: ValidationError) -> Violation:
        told = _deepest(error)
        at = escape(tuple(map(str, told.absolute_path)))
        return Violation(where, _message(told), at, self._place(told))

    def _place(self, error: ValidationError | None) -> str:
        while error is not None:
            if place := self._schemas.place(error.schema):
                return place
            error = error.parent
        return ""


def _deepest(error: ValidationError) -> ValidationError:
    """Return the error that helps most: of alternatives, that of the one which fits best."""
    while error.validator in ("anyOf", "oneOf") and error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        best = [
            errors
            for errors in branches.values()
            # A wrong type says that another branch was meant.
            if not any(
                each.validator in ("type", "const", "enum") and not each.path for each in errors
            )
        ]
        if len(best) != 1:
            return error
        error = best[0][0]
    return error


def _message(error: ValidationError) -> str:
    value, limit = error.instance, error.validator_value
    messages: Mapping[str, str] = {
        "additionalProperties": str(error.message),
        "anyOf": f"{shown(value)} fits none of the {_count(limit)} alternatives",
        "const": f"{shown(value)} is not {shown(limit)}",
        "enum": f"{shown(value)} is not one of {shown(limit)}",
        "format": f"{shown(value)} is no {limit}",
        "maximum": f"{shown(value)} is more than {limit}",
        "maxItems": f"it has {_count(value)} elements, and may have {limit}",
        "maxLength": f"{shown(value)} has {_count(value)} characters, and may have {limit}",
        "minimum": f"{shown(value)} is less than {limit}",
        "minItems": f"it has {_count(value)} elements, and needs {limit}",
        "minLength": f"{shown(value)} has {_count(value)} characters, and needs {limit}",
        "multipleOf": f"{shown(value)} is no multiple of {limit}",
        "not": f"{shown(value)} is what is ruled out",
        "oneOf": f"{shown(value)} has to fit just one of the {_count(limit)} alternatives",
        "pattern": f"{shown(value)} does not match {limit}",
        "required": str(error.message).replace("is a required property", "is missing"),
        "type": f"{shown(value)} is no {_types(limit)}",
        "uniqueItems": f"{shown(value)} has an element twice",
    }
    message = messages.get(str(error.validator), str(error.message))
    return message if len(message) <= 4 * _LONG else message[: 4 * _LONG] + " ..."


def _types(limit: object) -> str:
    return " or ".join(map(str, limit)) if isinstance(limit, list) else str(limit)


def _count(value: object) -> int:
    return len(value) if isinstance(value, str | list | dict) else 0
