"""What `//testing:settings` prints: each setting's value and where it was said, as a table or as JSON."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from belljar.config.loading import Loaded, leaves
from belljar.config.secret_urls import veiled

__all__ = ["as_json", "as_table"]

HIDDEN = "**********"
WIDEST = 60


def as_table(loaded: Loaded[Any], *, every: bool = False) -> str:
    """Give the settings in lines; with `every` also what was said and does not count."""
    rows = [("setting", "value", "from")]
    for key, value in leaves(loaded.settings):
        rows.append((key, _text(value), _origin(loaded, key)))
        if every:
            for lost in loaded.overridden:
                if lost.key == key:
                    rows.append(
                        ("", _text(HIDDEN if lost.secret else lost.value), f"not {lost.origin}")
                    )
    if every:
        known = {key for key, _ in leaves(loaded.settings)}
        for lost in loaded.overridden:
            if lost.key not in known:
                value = _text(HIDDEN if lost.secret else lost.value)
                rows.append((lost.key, value, f"not {lost.origin}, but {lost.winner}"))
    # A long value does not push the rest away.
    widths = [max(min(len(row[column]), WIDEST) for row in rows) for column in range(2)]
    lines = [f"profile {loaded.profile} ({loaded.profile_from})"]
    lines += [
        f"{key:<{widths[0]}}  {value:<{widths[1]}}  {origin}".rstrip()
        for key, value, origin in rows
    ]
    return _redacted("\n".join(lines))


def as_json(loaded: Loaded[Any], *, every: bool = False) -> str:
    """Give the settings as JSON: profile, and value and origin of each."""
    given: dict[str, Any] = {
        "profile": loaded.profile,
        "profile_from": loaded.profile_from,
        "settings": {
            key: {
                "value": _plain(value),
                "layer": loaded.origins[key].layer,
                "from": _origin(loaded, key),
            }
            for key, value in leaves(loaded.settings)
        },
    }
    if every:
        given["overridden"] = [
            {
                "key": lost.key,
                "value": HIDDEN if lost.secret else _plain(lost.value),
                "layer": lost.origin.layer,
                "from": str(lost.origin),
                "by": str(lost.winner),
            }
            for lost in loaded.overridden
        ]
    return _redacted(json.dumps(given, indent=2, ensure_ascii=False))


def _origin(loaded: Loaded[Any], key: str) -> str:
    kept = [
        reference for at, reference in loaded.kept.items() if at == key or at.startswith(f"{key}.")
    ]
    return f"{loaded.origins[key]} ({', '.join(kept)})" if kept else str(loaded.origins[key])


def _plain(value: Any) -> Any:
    if hasattr(value, "get_secret_value"):
        return HIDDEN
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return veiled(value)
    return to_jsonable_python(value, fallback=str)


def _text(value: Any) -> str:
    plain = _plain(value)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    # One line each, whatever is in it.
    return text if text and text.isprintable() else json.dumps(text, ensure_ascii=False)


def _redacted(text: str) -> str:
    from belljar.redaction import redact

    return redact(text)
