"""`parse_form`: a form-encoded body with nested names (`a[b][0]=c`) as dicts and lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

from belljar.mocks.payments.errors import StripeError, invalid

__all__ = ["Params", "parse_form"]

Params = dict[str, Any]

FIELDS = 5000
DEPTH = 20
# Names come again and again: what they are made of is remembered.
NAMES_KEPT = 2000
NAME_KEPT = 100
_NAMES: dict[str, tuple[str, ...]] = {}


def parse_form(text: str) -> Params:
    """The parameters; every leaf is a text. Raises a `StripeError` for names that can't be nested."""
    params: Params = {}
    if not text:
        return params
    pairs = text.split("&")
    if len(pairs) > FIELDS:
        raise invalid(f"Too many parameters: {len(pairs)}; at most {FIELDS} are taken.")
    nested = False
    names = _NAMES
    for pair in pairs:
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in value or "+" in value:
            value = unquote_plus(value)
        if "%" in name or "+" in name:
            name = unquote_plus(name)
        keys = names.get(name) or _keys(name)
        if len(keys) > 1:
            nested = True
            _put(params, keys, value)
        elif nested and isinstance(params.get(name), dict):
            raise _clash(name)
        else:
            params[name] = value
    if nested:
        for name, value in params.items():
            if isinstance(value, dict):
                params[name] = _listed(value)
    return params


def _keys(name: str) -> tuple[str, ...]:
    """Take a name apart: `a[b][]` is `a`, `b` and nothing."""
    first, *rest = name.split("[")
    if rest:
        if not first or not all(part.endswith("]") and "]" not in part[:-1] for part in rest):
            raise invalid(f"Invalid parameter name: {name}", param=name)
        if len(rest) > DEPTH:
            raise invalid(f"Parameters are nested too deeply: {name[:100]}", param=first)
    keys = (first, *(part[:-1] for part in rest))
    if len(_NAMES) < NAMES_KEPT and len(name) <= NAME_KEPT:
        _NAMES[name] = keys
    return keys


def _put(params: Params, keys: tuple[str, ...], value: str) -> None:
    inner: Params = params
    for key in keys[:-1]:
        inner = inner.setdefault(key or str(len(inner)), {})
        if not isinstance(inner, dict):
            raise _clash(keys[0])
    key = keys[-1] or str(len(inner))
    if isinstance(inner.get(key), dict):
        raise _clash(keys[0])
    inner[key] = value


def _clash(name: str) -> StripeError:
    return invalid(f"Invalid parameters: {name} is given both as a value and as an object.", name)


def _listed(value: Any) -> Any:
    """What has the keys 0, 1, 2, ... is a list."""
    if not isinstance(value, dict):
        return value
    numbered = True
    for key, one in value.items():
        if isinstance(one, dict):
            value[key] = _listed(one)
        if numbered and not (key.isdigit() and key.isascii() and len(key) <= 18):
            numbered = False
    return [value[key] for key in sorted(value, key=int)] if numbered else value
