"""`merged`: one schema out of two that both hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["merged"]

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_SCHEMAS = ("items", "additionalProperties", "propertyNames", "contains")
_NAMED = ("properties", "patternProperties", "dependentSchemas")


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema whose values satisfy both, as nearly as a single one can say it."""
    made = dict(one)
    for key, value in other.items():
        if key not in made:
            made[key] = value
        elif key in _LEAST:
            made[key] = max(made[key], value)
        elif key in _MOST:
            made[key] = min(made[key], value)
        elif key == "required":
            made[key] = [*made[key], *(name for name in value if name not in made[key])]
        elif key == "type":
            made[key] = _types(made[key], value)
        elif key == "enum":
            made[key] = [each for each in made[key] if each in value]
        elif key in _NAMED:
            made[key] = {
                name: _both(made[key].get(name, True), value.get(name, True))
                for name in [*made[key], *(name for name in value if name not in made[key])]
            }
        elif key in _SCHEMAS:
            made[key] = _both(made[key], value)
        elif key in ("uniqueItems", "readOnly", "writeOnly"):
            made[key] = made[key] or value
        elif key == "prefixItems":
            longer = max(made[key], value, key=len)
            pairs = zip(made[key], value, strict=False)
            both = [_both(first, second) for first, second in pairs]
            made[key] = both + longer[len(both) :]
    if "examples" in one or "examples" in other:
        # Of a part, and not of the whole: only that of the outermost may be one.
        if "examples" in one:
            made["examples"] = one["examples"]
        elif len(one) > 0:
            made.pop("examples", None)
    return made


def _both(one: Any, other: Any) -> Any:
    if one is False or other is False:
        return False
    if one is True or one == other:
        return other
    return one if other is True else {"allOf": [one, other]}


def _types(one: Any, other: Any) -> list[str]:
    first = [one] if isinstance(one, str) else one
    second = [other] if isinstance(other, str) else other
    both = [kind for kind in first if kind in second]
    # Whole numbers are numbers.
    if "integer" not in both and {"integer", "number"} <= {*first, *second}:
        both.append("integer")
    return both
