"""`heights`: how deep the shallowest value of each schema is; `ENDLESS` where there is none.

A generator that heads for the lowest of the alternatives always ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from belljar.mocks.openapi.schemas import refers_to

__all__ = ["ENDLESS", "height_of", "heights"]

ENDLESS = 1_000_000


def heights(definitions: Mapping[str, Any]) -> dict[str, int]:
    """Return the height of each definition."""
    known = dict.fromkeys(definitions, ENDLESS)
    changed = True
    while changed:
        changed = False
        for number, schema in definitions.items():
            height = height_of(schema, known)
            if height < known[number]:
                known[number] = height
                changed = True
    return known


def height_of(schema: Any, known: Mapping[str, int]) -> int:
    """Return the height of a schema, by the heights of the definitions as far as they are known."""
    if not isinstance(schema, dict) or "const" in schema or "enum" in schema:
        return 0
    found = [_own(schema, known)]
    number = refers_to(schema)
    if number is not None:
        found.append(known.get(number, 0))
    found += [height_of(inner, known) for inner in schema.get("allOf", ())]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            found.append(min(height_of(inner, known) for inner in schema[key]))
    return min(max(found), ENDLESS)


def _own(schema: Mapping[str, Any], known: Mapping[str, int]) -> int:
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and set(types) - {"object", "array"}:
        return 0
    inside = 0
    if not types or "object" in types:
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            inside = max(inside, 1 + height_of(properties.get(name, True), known))
        if types == ["object"] or not types:
            return inside
    least = schema.get("minItems", 0)
    prefix = schema.get("prefixItems", [])
    elements = [height_of(each, known) for each in prefix[:least]]
    if least > len(prefix):
        elements.append(height_of(schema.get("items", True), known))
    as_array = 1 + max(elements) if elements else 0
    return min(inside, as_array) if "object" in types else as_array
