"""`Schemas`: every schema of a document as JSON Schema 2020-12, once for requests, once for answers.

3.0's own words (`nullable`, `exclusiveMinimum: true`) are translated. A property that is read-only
is not required of a request, nor one that is write-only of an answer. Each schema becomes a
definition of its own and refers to others by number, so that cycles are nothing special.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from belljar.mocks.openapi.nodes import Node, kind_of, nearest
from belljar.mocks.openapi.patterns import python_pattern
from belljar.mocks.openapi.reading import Pointer

__all__ = ["LISTS", "MAPS", "ONES", "SIDES", "Schemas", "refers_to"]

Schema = dict[str, Any] | bool

# Whose words count: `readOnly` is for answers, `writeOnly` for requests.
SIDES = {"request": "readOnly", "response": "writeOnly"}

# The keywords whose values are schemas: one, a list of them, and by name.
ONES = (
    "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
MAPS = ("dependentSchemas", "patternProperties", "properties")
_PLAIN = (
    "const", "dependentRequired", "enum", "exclusiveMaximum", "exclusiveMinimum", "format",
    "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems",
    "minLength", "minProperties", "minimum", "multipleOf", "pattern", "required", "type",
    "uniqueItems",
)  # fmt: skip
_TOLD = (
    "$anchor", "$comment", "$defs", "$id", "$schema", "$ref", "contentEncoding", "contentMediaType",
    "contentSchema", "default", "definitions", "deprecated", "description", "discriminator",
    "example", "examples", "externalDocs", "nullable", "readOnly", "title", "writeOnly", "xml",
)  # fmt: skip
KNOWN = (*ONES, *LISTS, *MAPS, *_PLAIN, *_TOLD)
# What belongs to 3.1 alone; in 3.0 it would be ignored, and mean nothing.
_NEW = (
    "$anchor", "$defs", "const", "contains", "dependentRequired", "dependentSchemas", "else", "if",
    "maxContains", "minContains", "patternProperties", "prefixItems", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_DYNAMIC = ("$dynamicAnchor", "$dynamicRef", "$recursiveRef")


def refers_to(schema: Schema) -> str | None:
    """Return the number of the definition that a translated schema refers to, if it does."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    return reference.removeprefix("#/$defs/") if isinstance(reference, str) else None


class Schemas:
    """Definitions by number, for each side, and the place in the document that each part is from."""

    def __init__(self, *, old: bool) -> None:
        self._old = old
        self.definitions: dict[str, dict[str, Schema]] = {side: {} for side in SIDES}
        self.nodes: dict[str, Node] = {}
        self._numbers: dict[tuple[str, Pointer], str] = {}
        # By the identity of a translated schema, which lives as long as this does.
        self._places: dict[int, Node] = {}

    def add(self, node: Node) -> str:
        """Return the number of a schema; it and all that it refers to become definitions."""
        number, todo = self._number(node)
        while todo:
            number_of, current = todo.pop()
            for side in SIDES:
                self.definitions[side][number_of] = self._translated(
                    current, side, frozenset(), todo
                )
        return number

    def place(self, schema: Schema) -> str:
        """Return where in the document a translated schema is from, "" where nobody knows."""
        node = self._places.get(id(schema))
        return node.place if node else ""

    def parts(self, side: str) -> Iterator[tuple[Node, dict[str, Any]]]:
        """Give each translated schema that is an object, the inner ones too, and its place."""
        for schema in self.definitions[side].values():
            yield from self._inside(schema)

    def _inside(self, schema: Schema) -> Iterator[tuple[Node, dict[str, Any]]]:
        if not isinstance(schema, dict):
            return
        if node := self._places.get(id(schema)):
            yield node, schema
        for key in ONES:
            if key in schema:
                yield from self._inside(schema[key])
        for key in LISTS:
            for inner in schema.get(key, ()):
                yield from self._inside(inner)
        for key in MAPS:
            for inner in schema.get(key, {}).values():
                yield from self._inside(inner)

    def _number(self, node: Node) -> tuple[str, list[tuple[str, Node]]]:
        known = self._numbers.get((node.file, node.pointer))
        if known is not None:
            return known, []
        number = str(len(self._numbers))
        self._numbers[node.file, node.pointer] = number
        self.nodes[number] = node
        return number, [(number, node)]

    def _translated(
        self, node: Node, side: str, hidden: frozenset[str], todo: list[tuple[str, Node]]
    ) -> Schema:
        value = node.value
        if isinstance(value, bool) and not self._old:
            return value
        if not isinstance(value, dict):
            node.note(f"a schema is {kind_of(value)}", "write an object, such as {type: string}")
            return True
        made: dict[str, Any] = {}
        self._places[id(made)] = node
        if "$ref" in value:
            self._refer(node, made, todo)
            if self._old:  # what stands beside a $ref is ignored there
                return made
        self._note_odd(node)
        hidden |= frozenset(_hidden(node, SIDES[side], set()))
        for key in ONES:
            if node.has(key):
                made[key] = self._one(node.child(key), key, side, todo)
        for key in LISTS:
            if child := node.optional(key):
                members = child.elements(key)
                if not members and isinstance(child.value, list):
                    child.note(f"{key} is empty", "name a schema, or drop it")
                inner = hidden if key == "allOf" else frozenset[str]()
                made[key] = [self._translated(each, side, inner, todo) for each in members]
                if not made[key]:
                    del made[key]
        for key in MAPS:
            if child := node.optional(key):
                made[key] = {
                    self._name(key, name, each): self._translated(each, side, frozenset(), todo)
                    for name, each in child.items(key, named=True)
                }
        self._plain(node, made, hidden)
        return made

    def _refer(self, node: Node, made: dict[str, Any], todo: list[tuple[str, Node]]) -> None:
        followed = node.followed()
        if followed is None:
            return
        # Of a chain of references each link may have words of its own, from 3.1 on.
        target = followed if self._old else node.files.target(node, node.value["$ref"])
        number, new = self._number(target or followed)
        todo += new
        made["$ref"] = f"#/$defs/{number}"

    def _one(self, node: Node, key: str, side: str, todo: list[tuple[str, Node]]) -> Schema:
        if key == "additionalProperties" and isinstance(node.value, bool):
            return node.value
        return self._translated(node, side, frozenset(), todo)

    def _name(self, key: str, name: str, node: Node) -> str:
        return (_pattern_of(node, name) or name) if key == "patternProperties" else name

    def _plain(self, node: Node, made: dict[str, Any], hidden: frozenset[str]) -> None:
        value = node.value
        made |= {key: value[key] for key in _PLAIN if key in value}
        if isinstance(made.get("required"), list):
            made["required"] = [
                name for name in made["required"] if not isinstance(name, str) or name not in hidden
            ]
        if "type" in made and not self._good_type(node):
            del made["type"]
        if isinstance(made.get("pattern"), str):
            pattern = _pattern_of(node.child("pattern"), made.pop("pattern"))
            made |= {"pattern": pattern} if pattern else {}
        made |= {key: True for key in SIDES.values() if value.get(key) is True}
        shown = [value[key] for key in ("example", "default") if key in value]
        if isinstance(value.get("examples"), list) and not self._old:
            shown = value["examples"] + shown
        if shown:
            made["examples"] = shown
        if isinstance(value.get("discriminator"), dict):
            made["discriminator"] = value["discriminator"]
        if self._old:
            _translate_old(node, made)

    def _good_type(self, node: Node) -> bool:
        child = node.child("type")
        types = child.value if isinstance(child.value, list) and not self._old else [child.value]
        for each in types:
            if each == "null" and self._old:
                child.note("type null is 3.1's", "write nullable: true beside the other type")
            elif not isinstance(each, str) or each not in _TYPES:
                if isinstance(each, list):
                    fix = "write one type, and nullable: true; or openapi: 3.1.0 above"
                else:
                    fix = nearest(str(each), _TYPES)
                child.note(f"type {each!r} is unknown", fix)
            else:
                continue
            return False
        return True

    def _note_odd(self, node: Node) -> None:
        """Note what is likely to be a mistake: no schema is wrong for a word that it does not know."""
        for key in node.value:
            child = node.child(key)
            if key in _DYNAMIC:
                child.note(f"{key} can't be followed here", "write $ref")
            elif key == "$id" and not str(node.value[key]).startswith("#") and "$ref" in node.value:
                child.note("$id changes what $ref means, which is not done here", "drop the $id")
            elif self._old and key in _NEW:
                child.note(
                    f"{key} belongs to OpenAPI 3.1, and means nothing in a document of 3.0",
                    "write openapi: 3.1.0 above, or say it in the words of 3.0",
                    "warning",
                )
            elif not self._old and key == "nullable":
                child.note(
                    "nullable means nothing in a document of 3.1",
                    "write type: [..., 'null'], or openapi: 3.0.4 above",
                    "warning",
                )
            elif key not in KNOWN and not key.startswith("x-"):
                fix = nearest(key, KNOWN)
                if fix.startswith("write "):
                    child.note(f"a schema has no {key!r}; it is ignored", fix, "warning")


def _pattern_of(node: Node, pattern: str) -> str | None:
    try:
        return python_pattern(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        node.note(
            f"the pattern {pattern!r} can't be used, and is not checked: {error}",
            "write it without what is ECMAScript's alone",
            "warning",
        )
        return None


def _hidden(node: Node, word: str, seen: set[tuple[str, Pointer]]) -> Iterator[str]:
    """Give the properties that this side does not have, of the schema and what it is composed of."""
    followed = node.followed()
    if followed is None or (followed.file, followed.pointer) in seen:
        return
    seen.add((followed.file, followed.pointer))
    value = followed.value
    if not isinstance(value, dict):
        return
    if isinstance(value.get("properties"), dict):
        for name in value["properties"]:
            inner = followed.child("properties").child(name).followed()
            if (
                inner is not None
                and isinstance(inner.value, dict)
                and inner.value.get(word) is True
            ):
                yield name
    if isinstance(value.get("allOf"), list):
        for index in range(len(value["allOf"])):
            yield from _hidden(followed.child("allOf").child(str(index)), word, seen)


def _translate_old(node: Node, made: dict[str, Any]) -> None:
    """Say in the words of 2020-12 what 3.0 says in its own."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(exclusive), bool):
            if made.pop(exclusive) and bound in made:
                made[exclusive] = made.pop(bound)
        elif exclusive in made:
            node.child(exclusive).note(
                f"{exclusive} is {kind_of(made.pop(exclusive))}",
                f"in 3.0 it is true or false, beside {bound}",
            )
    if node.value.get("type") == "array" and "items" not in node.value:
        node.note("an array has no items", "add items: {}, or the schema of its elements")
    if node.value.get("nullable") is True:
        if "type" in made:
            made["type"] = [made["type"], "null"]
        else:
            node.note("nullable means something only beside type", "add type", "warning")
        if isinstance(made.get("enum"), list) and None not in made["enum"]:
            node.child("enum").note(
                "nullable, and yet null is not in the enum: null is not valid",
                "add null to the enum, or drop nullable",
                "warning",
            )
