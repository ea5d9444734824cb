"""`check_schemas`: what is wrong with the schemas themselves, before any value meets them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from belljar.mocks.openapi.heights import ENDLESS, heights
from belljar.mocks.openapi.nodes import Node
from belljar.mocks.openapi.schemas import LISTS, MAPS, ONES, SIDES, Schemas, refers_to
from belljar.mocks.openapi.validating import Validators, shown

__all__ = ["check_schemas", "malformed"]

_FIXES: Mapping[str, str] = {
    "required": "write a list of the names: required: [id, name]; it stands beside properties",
    "properties": "write an object: the schemas by the properties' names",
    "enum": "write a list of the values",
    "items": "write one schema; several, for one place each, are prefixItems (3.1)",
    "pattern": "write a text, in quotes",
}
_OWN_TURN = (*ONES, *LISTS, *MAPS, "examples", "discriminator")
# What looks at the same value again, and not at a part of it.
_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")


def check_schemas(schemas: Schemas, validators: Validators) -> None:
    """Note loops, what no value can satisfy, and examples that their own schemas refuse."""
    looped = _check_loops(schemas)
    if looped:
        return  # nothing that looks at values would end
    for number, height in heights(schemas.definitions["response"]).items():
        if height >= ENDLESS:
            schemas.nodes[number].note(
                "every value of it has another one inside, without end",
                "make what leads back to it optional, nullable, or a list that may be empty",
            )
    for place, keyword, error in _invalid_examples(schemas, validators):
        at = "".join(f"/{part}" for part in error.absolute_path)
        place.note(
            f"{keyword} does not fit its own schema{': at ' + at if at else ''}: {error.message[:300]}",
            f"mend the {keyword}, or the schema",
        )


def malformed(schemas: Schemas) -> bool:
    """Note what is no schema at all; whether there was any such thing."""
    validator = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    found = False
    for node, schema in schemas.parts("response"):
        # Inner schemas have their own turn.
        flat = {key: value for key, value in schema.items() if key not in _OWN_TURN}
        if not flat:
            continue
        for error in validator.iter_errors(flat):
            found = True
            keyword = str(error.absolute_path[0]) if error.absolute_path else ""
            place = node.child(keyword) if node.has(keyword) else node
            place.note(
                f"{keyword or 'the schema'}: {shown(error.instance)} is no value for it: "
                f"{error.message[:200]}",
                _FIXES.get(keyword, f"mend it as JSON Schema 2020-12 has {keyword or 'it'}"),
            )
    return found


def _check_loops(schemas: Schemas) -> bool:
    """Note schemas that lead back to themselves at the same value."""
    edges = {
        number: list(_same_value(schema))
        for number, schema in schemas.definitions["response"].items()
    }
    done: set[str] = set()
    looped = False
    for start in edges:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            stack.append((start, iter(edges[start])))
            path.append(start)
        while stack:
            current, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                path.pop()
                done.add(current)
            elif following in path:
                looped = True
                way = [schemas.nodes[number].place for number in path[path.index(following) :]]
                schemas.nodes[following].note(
                    f"the schema leads back to itself: {' -> '.join([*way, way[0]])}",
                    "refer to it from properties or items, not from itself",
                )
            elif following not in done:
                stack.append((following, iter(edges.get(following, []))))
                path.append(following)
    return looped


def _same_value(schema: Any) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    number = refers_to(schema)
    if number is not None:
        yield number
    for key in _IN_PLACE:
        inner = schema.get(key)
        for each in inner if isinstance(inner, list) else [inner]:
            yield from _same_value(each)
    for each in schema.get("dependentSchemas", {}).values():
        yield from _same_value(each)


def _invalid_examples(schemas: Schemas, validators: Validators) -> Iterator[tuple[Node, str, Any]]:
    """Give place, keyword and error of each example and default that neither side allows."""
    for node, schema in schemas.parts("response"):
        if "examples" not in schema:
            continue
        places = [(node.child(key), key) for key in ("example", "default") if node.has(key)]
        if isinstance(node.value.get("examples"), list):
            inner = node.child("examples")
            places += [(each, "an example") for each in inner.elements("examples")]
        rest = {key: value for key, value in schema.items() if key != "examples"}
        judges = [validators.inner(rest, side) for side in SIDES]
        for place, keyword in places:
            errors = [next(judge.iter_errors(place.value), None) for judge in judges]
            if all(errors):
                yield place, keyword, errors[0]
