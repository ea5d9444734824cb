"""`ParameterReader`: texts of a request as values: by style, explode and the schema's types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, unquote_plus

from belljar.mocks.openapi.document import Document, Encoding, Parameter
from belljar.mocks.openapi.merging import merged
from belljar.mocks.openapi.schemas import refers_to
from belljar.mocks.openapi.validating import Violation

__all__ = ["MISSING", "Pairs", "ParameterReader", "cookies_of", "pairs_of"]

# Names (decoded) and values (as they were written).
Pairs = Sequence[tuple[str, str]]

MISSING: Any = object()
_DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_INT = re.compile(r"-?(0|[1-9][0-9]{0,300})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_DEEP = 8


class Unreadable(Exception):
    """A text that can't be a value of this parameter."""


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Return the pairs of a query or a form."""
    found = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((unquote_plus(name), value))
    return found


def cookies_of(header: str) -> dict[str, str]:
    """Return the cookies of a header by name."""
    parts = (part.strip().partition("=") for part in header.split(";"))
    return {name: value.strip('"') for name, sign, value in parts if sign}


class ParameterReader:
    """Reads parameters and the fields of forms, by the schemas of a document."""

    def __init__(self, document: Document) -> None:
        self._definitions = document.schemas.definitions["request"]
        self._validators = document.validators

    def read(
        self,
        parameter: Parameter,
        arguments: Mapping[str, str],
        query: Pairs,
        headers: Mapping[str, str],
        cookies: Mapping[str, str],
    ) -> tuple[Any, list[Violation]]:
        """Return a parameter's value, `MISSING` where there is none, and what is wrong with it."""
        where = f"{parameter.where}.{parameter.name}"
        try:
            value = self._value(parameter, arguments, query, headers, cookies)
        except Unreadable as error:
            return MISSING, [Violation(where, str(error), rule=parameter.place)]
        if value is MISSING:
            if parameter.required:
                return value, [
                    Violation(where, "it is missing", rule=parameter.place, fix=_add(parameter))
                ]
            return value, []
        if parameter.schema is None:
            return value, []
        return value, self._validators.violations(where, value, parameter.schema, "request")

    def _value(
        self,
        parameter: Parameter,
        arguments: Mapping[str, str],
        query: Pairs,
        headers: Mapping[str, str],
        cookies: Mapping[str, str],
    ) -> Any:
        name, schema = parameter.name, self._schema(parameter.schema)
        if parameter.where == "query":
            encoding = Encoding(parameter.style, parameter.explode, parameter.content)
            return self.field(name, schema, query, encoding)
        sources = {
            "path": arguments.get(name),
            "header": headers.get(name.lower()),
            "cookie": cookies.get(name),
        }
        text = sources[parameter.where]
        if text is None:
            return MISSING
        if parameter.content:
            return _json(text)
        if parameter.where == "cookie":
            text = unquote(text)
        return self._styled(text, parameter, schema)

    def field(self, name: str, schema: Any, pairs: Pairs, encoding: Encoding) -> Any:
        """Return the value of a name in a query or a form; `MISSING` where it has none."""
        kind = self._kind(schema)
        if encoding.style == "deepObject":
            return self._deep(name, schema, pairs)
        if kind == "object" and encoding.explode and not encoding.content_type:
            return self._spread(schema, pairs)
        values = [value for key, value in pairs if key == name]
        if not values:
            return MISSING
        if encoding.content_type:
            return _json(unquote_plus(values[-1]))
        if kind == "array" and encoding.explode and encoding.style == "form":
            return [self.scalar(unquote_plus(each), self._items(schema)) for each in values]
        if len(values) > 1:
            raise Unreadable(f"it comes {len(values)} times, and takes one value")
        if kind == "scalar":
            return self.scalar(unquote_plus(values[0]), schema)
        parts = _split(values[0], _DELIMITERS.get(encoding.style, ","))
        if kind == "array":
            return [self.scalar(part, self._items(schema)) for part in parts]
        return self._paired(parts, schema)

    def scalar(self, text: str, schema: Any) -> Any:
        """Return a text as the first of its schema's types that it can be."""
        kinds: set[str] = set()
        values: list[Any] = []
        for shape in self._shapes(schema):
            if "type" in shape:
                kinds |= {shape["type"]} if isinstance(shape["type"], str) else set(shape["type"])
            values += shape.get("enum", [])
            values += [shape["const"]] if "const" in shape else []
        if text in values:
            return text
        if not kinds and values:
            kinds = {"integer", "number", "boolean"}
        if kinds & {"integer", "number"} and _INT.fullmatch(text):
            return int(text)
        if "number" in kinds | (kinds & {"integer"}) and _NUMBER.fullmatch(text):
            return float(text)
        if "integer" in kinds and re.fullmatch(r"-?[0-9]+\.0+", text):
            return int(float(text))
        if "boolean" in kinds and text in ("true", "false"):
            return text == "true"
        if "null" in kinds and "string" not in kinds and text in ("", "null"):
            return None
        return text

    def _styled(self, text: str, parameter: Parameter, schema: Any) -> Any:
        kind, style, explode = self._kind(schema), parameter.style, parameter.explode
        separator = ","
        if style == "label":
            if not text.startswith("."):
                raise Unreadable("it is of the style label, and does not begin with a point")
            text, separator = text[1:], "." if explode else ","
        elif style == "matrix":
            if not text.startswith(";"):
                raise Unreadable("it is of the style matrix, and does not begin with ;")
            text, separator = text[1:], ";" if explode else ","
            if kind != "object" or not explode:
                text = text.replace(f"{parameter.name}=", "")
        if kind == "scalar":
            return self.scalar(text, schema)
        parts = [part.strip() for part in text.split(separator)] if text else []
        if kind == "array":
            return [self.scalar(part, self._items(schema)) for part in parts]
        if explode:
            parts = [half for part in parts for half in part.split("=", 1)]
        return self._paired(parts, schema)

    def _paired(self, parts: Sequence[str], schema: Any) -> dict[str, Any]:
        if len(parts) % 2:
            raise Unreadable(f"a name has no value among {', '.join(parts)[:100]}")
        properties = self._properties(schema)
        return {
            name: self.scalar(value, properties.get(name, True))
            for name, value in zip(parts[::2], parts[1::2], strict=True)
        }

    def _spread(self, schema: Any, pairs: Pairs) -> Any:
        properties = self._properties(schema)
        found = {
            name: value
            for name, inner in properties.items()
            if (value := self.field(name, inner, pairs, Encoding())) is not MISSING
        }
        return found or MISSING

    def _deep(self, name: str, schema: Any, pairs: Pairs) -> Any:
        properties = self._properties(schema)
        found: dict[str, Any] = {}
        for key, value in pairs:
            match = re.fullmatch(rf"{re.escape(name)}\[([^\[\]]*)\](\[\])?", key)
            if match is None:
                if key.startswith(f"{name}["):
                    raise Unreadable(f"{key!r} is not of the form {name}[property]")
                continue
            inner = properties.get(match[1], True)
            text = unquote_plus(value)
            if self._kind(inner) == "array":
                found.setdefault(match[1], []).append(self.scalar(text, self._items(inner)))
            else:
                found[match[1]] = self.scalar(text, inner)
        return found or MISSING

    def _schema(self, number: str | None) -> Any:
        return True if number is None else self._definitions[number]

    def shape(self, number: str | None) -> Mapping[str, Any]:
        """Return the properties that a schema may have, by name."""
        return self._properties(self._schema(number))

    def _kind(self, schema: Any) -> str:
        kinds: set[str] = set()
        for shape in self._shapes(schema):
            types = shape.get("type", [])
            kinds |= {types} if isinstance(types, str) else set(types)
            if "properties" in shape and not types:
                kinds.add("object")
        return next((kind for kind in ("array", "object") if kind in kinds), "scalar")

    def _items(self, schema: Any) -> Any:
        return next((each["items"] for each in self._shapes(schema) if "items" in each), True)

    def _properties(self, schema: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for shape in self._shapes(schema):
            found = {**shape.get("properties", {}), **found}
        return found

    def _shapes(self, schema: Any, depth: int = 0) -> list[dict[str, Any]]:
        """Return what a schema may come to: references followed, alternatives side by side."""
        if not isinstance(schema, dict) or depth > _DEEP:
            return [{}]
        found: list[dict[str, Any]] = [
            {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        ]
        number = refers_to(schema)
        parts = [self._definitions[number]] if number is not None else []
        for part in [*parts, *schema.get("allOf", [])]:
            found = [merged(one, other) for one in found for other in self._shapes(part, depth + 1)]
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                inner = [each for part in schema[key] for each in self._shapes(part, depth + 1)]
                found = [merged(one, other) for one in found for other in inner]
        return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(f"{text[:80]!r} is no JSON") from None


def _split(raw: str, delimiter: str) -> list[str]:
    if delimiter == ",":
        # One that was encoded is a part of a value, where there are others that were not.
        parts = raw.split(",") if "," in raw else re.split("%2C", raw, flags=re.IGNORECASE)
        return [unquote_plus(part) for part in parts] if raw else []
    return unquote_plus(raw).split(delimiter) if raw else []


def _add(parameter: Parameter) -> str:
    how = {
        "query": f"add ?{parameter.name}=... to the address",
        "header": f"send the header {parameter.name}",
        "cookie": f"send the cookie {parameter.name}",
    }
    return how.get(parameter.where, "")
