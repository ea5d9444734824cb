"""`Generator`: values made from schemas, the same ones for the same seed, and always valid ones."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

from belljar.mocks.openapi.errors import NoAnswer
from belljar.mocks.openapi.heights import height_of, heights
from belljar.mocks.openapi.making import make_number, make_text
from belljar.mocks.openapi.merging import merged
from belljar.mocks.openapi.schemas import Schemas, refers_to
from belljar.mocks.openapi.validating import Validators

__all__ = ["Generator"]

# Deeper than this, what may be left out is.
_DEEP = 5
# Then only what has to be is made: what is optional gets in the way of odd conditions.
_TRIES = 40
_LEAN_FROM = 12
_KEPT = 2000
_UNKNOWN: Any = object()
_COMPOSED = ("$ref", "allOf", "anyOf", "oneOf", "if", "then", "else")
_KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "patternProperties",
               "dependentRequired", "dependentSchemas", "maxProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"),
    "string": ("pattern", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip


class Generator:
    """Makes values for the answers of a document."""

    def __init__(self, schemas: Schemas, validators: Validators, side: str = "response") -> None:
        self._schemas = schemas
        self._validators = validators
        self._side = side
        self._definitions = schemas.definitions[side]
        self._heights = heights(self._definitions)
        # It is the same for the same seed, and clients ask again.
        self._known: dict[tuple[str, str], Any] = {}
        self._hidden = "writeOnly" if side == "response" else "readOnly"

    def value(self, number: str, seed: str) -> Any:
        """Return a value that the schema allows, not to be changed. Raises `NoAnswer`."""
        known = self._known.get((number, seed), _UNKNOWN)
        if known is _UNKNOWN:
            known = self._made(number, seed)
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[number, seed] = known
        return known

    def _made(self, number: str, seed: str) -> Any:
        for turn in range(_TRIES):
            source = random.Random(f"{seed}/{turn}" if turn else seed)
            maker = _Maker(self, source, lean=turn >= _LEAN_FROM, shown=turn < _LEAN_FROM // 2)
            try:
                value = maker.make({"$ref": f"#/$defs/{number}"}, 0)
            except (_Impossible, RecursionError):
                continue
            if self._validators.valid(value, number, self._side):
                return value
        place = self._schemas.nodes[number].place
        raise NoAnswer(
            f"no valid value could be made from the schema {place} (in {_TRIES} tries); "
            "give it an example in the document, or let the test say respond(json=...)"
        )


class _Impossible(Exception):
    """Nothing can be made in this way."""


class _Maker:
    def __init__(
        self, generator: Generator, source: random.Random, *, lean: bool, shown: bool
    ) -> None:
        self._definitions = generator._definitions
        self._heights = generator._heights
        self._hidden_word = generator._hidden
        self._nodes = generator._schemas.nodes
        self._source = source
        self._lean = lean
        self._shown = shown

    def make(self, schema: Any, depth: int) -> Any:
        if schema is True:
            return make_text({}, self._source)
        if schema is False:
            raise _Impossible
        flat = self._flat(schema, depth)
        if self._shown and flat.get("examples"):
            return self._source.choice(flat["examples"])
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            if not flat["enum"]:
                raise _Impossible
            return self._source.choice(flat["enum"])
        kind = self._kind(flat, depth)
        if kind == "object":
            return self._object(flat, depth)
        if kind == "array":
            return self._array(flat, depth)
        if kind == "string":
            return make_text(flat, self._source)
        if kind == "boolean":
            return self._source.random() < 0.5
        if kind == "null":
            return None
        try:
            return make_number(flat, self._source, whole=kind == "integer")
        except ValueError:
            raise _Impossible from None

    def _flat(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """Return the schema with all that it is composed of put together; alternatives are chosen."""
        flat = {key: value for key, value in schema.items() if key not in _COMPOSED}
        parts: list[Any] = []
        number = refers_to(schema)
        if number is not None:
            parts.append(self._definitions[number])
        parts += schema.get("allOf", [])
        discriminator = schema.get("discriminator")
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                chosen = self._choose(schema[key], depth)
                parts.append(chosen)
                if isinstance(discriminator, dict) and not self._lean:
                    parts += self._named(chosen, discriminator)
        if "if" in schema:
            branch = "then" if "then" in schema and self._source.random() < 0.5 else "else"
            if branch == "then":
                parts += [schema["if"], schema["then"]]
            elif "else" in schema:
                parts.append(schema["else"])
        for part in parts:
            if part is False:
                raise _Impossible
            if part is not True:
                flat = merged(flat, self._flat(part, depth))
        return flat

    def _choose(self, alternatives: list[Any], depth: int) -> Any:
        if depth < _DEEP and not self._lean:
            return self._source.choice(alternatives)
        lowest = min(height_of(each, self._heights) for each in alternatives)
        return self._source.choice(
            [each for each in alternatives if height_of(each, self._heights) == lowest]
        )

    def _named(self, chosen: Any, discriminator: Mapping[str, Any]) -> list[Any]:
        """Return what the discriminator says of the chosen alternative."""
        number, name = refers_to(chosen), discriminator.get("propertyName")
        if number is None or not isinstance(name, str):
            return []
        place = self._nodes[number].pointer
        last = place[-1] if place else ""
        mapping = discriminator.get("mapping")
        names = [
            key
            for key, target in (mapping.items() if isinstance(mapping, dict) else ())
            if target == last or str(target).endswith(f"/{last}")
        ]
        return [{"properties": {name: {"enum": names or [last]}}}]

    def _kind(self, flat: Mapping[str, Any], depth: int) -> str:
        types = flat.get("type")
        if types is None:
            for kind, keywords in _KEYWORDS.items():
                if any(key in flat for key in keywords):
                    return kind
            return "string"
        if isinstance(types, str):
            return types
        if not types:
            raise _Impossible
        real = [kind for kind in types if kind != "null"] or ["null"]
        if "null" in types and (depth >= _DEEP or self._source.random() < 0.1):
            return "null"
        if depth >= _DEEP:
            simple = [kind for kind in real if kind not in ("object", "array")]
            real = simple or real
        return str(self._source.choice(real))

    def _object(self, flat: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties: Mapping[str, Any] = flat.get("properties", {})
        required = list(dict.fromkeys(flat.get("required", [])))
        most = flat.get("maxProperties", 1000)
        made: dict[str, Any] = {}
        for name in [*required, *(each for each in properties if each not in required)]:
            wanted = name in required or (
                not self._lean
                and len(made) < most
                and self._source.random() < 0.8
                and depth + height_of(properties[name], self._heights) < _DEEP
                and not self._hidden(properties[name])
            )
            if not wanted:
                continue
            schema = properties.get(name)
            if schema is None:
                schema = self._additional(flat, name)
            try:
                made[name] = self.make(schema, depth + 1)
            except _Impossible:
                if name in required:
                    raise
        for name, others in flat.get("dependentRequired", {}).items():
            for other in others if name in made else ():
                if other not in made:
                    made[other] = self.make(
                        properties.get(other, self._additional(flat, other)), depth + 1
                    )
        self._fill(flat, made, depth)
        # In the order of the document.
        return {name: made[name] for name in [*properties, *made] if name in made}

    def _fill(self, flat: Mapping[str, Any], made: dict[str, Any], depth: int) -> None:
        """Add properties that have no name of their own, as many as there have to be."""
        least = flat.get("minProperties", 0)
        properties = flat.get("properties", {})
        for name, schema in properties.items():
            if len(made) < least and name not in made:
                made[name] = self.make(schema, depth + 1)
        is_map = not properties and isinstance(flat.get("additionalProperties"), dict)
        if is_map and not self._lean and depth < _DEEP:
            least = max(least, min(2, flat.get("maxProperties", 2)))
        names = flat.get("propertyNames", {"pattern": "^[a-z]{4,8}$"})
        patterns = list(flat.get("patternProperties", {}))
        for _ in range(20 * max(0, least - len(made))):
            if len(made) >= least:
                return
            if patterns and flat.get("additionalProperties") is False:
                names = {"pattern": self._source.choice(patterns)}
            name = self.make(names, depth + 1)
            if isinstance(name, str) and name not in made:
                made[name] = self.make(self._additional(flat, name), depth + 1)

    def _additional(self, flat: Mapping[str, Any], name: str) -> Any:
        for pattern, schema in flat.get("patternProperties", {}).items():
            if re.search(pattern, name):
                return schema
        return flat.get("additionalProperties", True)

    def _hidden(self, schema: Any) -> bool:
        seen: set[str] = set()
        while isinstance(schema, dict):
            if schema.get(self._hidden_word) is True:
                return True
            number = refers_to(schema)
            if number is None or number in seen:
                return False
            seen.add(number)
            schema = self._definitions[number]
        return False

    def _array(self, flat: Mapping[str, Any], depth: int) -> list[Any]:
        least = flat.get("minItems", 0)
        prefix = list(flat.get("prefixItems", []))
        items = flat.get("items", True)
        endless = depth + height_of(items, self._heights) >= _DEEP
        count = least
        if not self._lean and not endless:
            count = max(least, 1) + self._source.randrange(2)
            count = max(count, len(prefix))
        if items is False:
            count = min(count, len(prefix))
        count = min(count, flat.get("maxItems", count))
        if "contains" in flat:
            count = max(count, flat.get("minContains", 1))
        made: list[Any] = []
        for index in range(count):
            schema = prefix[index] if index < len(prefix) else items
            if "contains" in flat and index >= count - flat.get("minContains", 1):
                contained = flat["contains"]
                both = [each for each in (schema, contained) if isinstance(each, dict)]
                schema = {"allOf": both} if both else True
            made.append(self._another(schema, made, depth, unique=flat.get("uniqueItems", False)))
        return made

    def _another(self, schema: Any, others: list[Any], depth: int, *, unique: bool) -> Any:
        for _ in range(30):
            value = self.make(schema, depth + 1)
            if not unique or value not in others:
                return value
        raise _Impossible
