"""`parse_form`: a form-encoded body with nested names (`a[b][0]=c`) as dicts and lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

from belljar.mocks.payments.errors import StripeError, invalid

__all__ = ["Params", "parse_form"]

Params = dict[str, Any]

FIELDS = 5000
DEPTH = 20


def parse_form(text: str) -> Params:
    """The parameters; every leaf is a text. Raises a `StripeError` for names that can't be nested."""
    params: Params = {}
    if not text:
        return params
    pairs = text.split("&")
    if len(pairs) > FIELDS:
        raise invalid(f"Too many parameters: {len(pairs)}; at most {FIELDS} are taken.")
    nested = False
    for pair in pairs:
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in value or "+" in value:
            value = unquote_plus(value)
        if "%" in name or "+" in name:
            name = unquote_plus(name)
        if "[" in name:
            nested = True
            _put(params, name, value)
        elif isinstance(params.get(name), dict):
            raise _clash(name)
        else:
            params[name] = value
    return {name: _listed(value) for name, value in params.items()} if nested else params


def _put(params: Params, name: str, value: str) -> None:
    first, *rest = name.split("[")
    if not first or not all(part.endswith("]") and "]" not in part[:-1] for part in rest):
        raise invalid(f"Invalid parameter name: {name}", param=name)
    if len(rest) > DEPTH:
        raise invalid(f"Parameters are nested too deeply: {name[:100]}", param=first)
    keys = [first, *(part[:-1] for part in rest)]
    inner: Params = params
    for key in keys[:-1]:
        inner = inner.setdefault(key or str(len(inner)), {})
        if not isinstance(inner, dict):
            raise _clash(first)
    key = keys[-1] or str(len(inner))
    if isinstance(inner.get(key), dict):
        raise _clash(first)
    inner[key] = value


def _clash(name: str) -> StripeError:
    return invalid(f"Invalid parameters: {name} is given both as a value and as an object.", name)


def _listed(value: Any) -> Any:
    """What has the keys 0, 1, 2, ... is a list."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if all(key.isascii() and key.isdigit() and len(key) <= 18 for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
