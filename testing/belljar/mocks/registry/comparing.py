"""`differences`: where what two sides of a contract saw is not the same.

Compared are labels in their order, statuses, headers in their order, bodies down to each field and the order of
fields and lists, errors with their types and texts. Before that, on both sides alike:

- the side's own address becomes `<address>`, and so does what its record hides;
- what a pattern of `ignored` names becomes `<ignored>`, as does the same text anywhere else: an upload's id in
  a path. It still has to be there, and of the same type.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from belljar.mocks.registry.recording import Reply

__all__ = ["differences", "plain"]

# A text shorter than this is not looked for anywhere else: it would be found by chance.
TELLING = 6
MOST = 10
LONG = 200

Seen = Sequence[tuple[str, Any]]


def differences(
    one: Seen,
    other: Seen,
    *,
    ignored: Mapping[str, str] | None = None,
    addresses: tuple[Sequence[str], Sequence[str]] = ((), ()),
    names: tuple[str, str] = ("inside", "served"),
) -> list[str]:
    """Return what differs, a line each: the place, then what each side has; nothing if they are the same."""
    patterns = tuple(ignored or ())
    sides = [_Side(seen, patterns, own) for seen, own in zip((one, other), addresses, strict=True)]
    found = []
    for line in _compared("", sides[0].value, sides[1].value, names):
        found.append(line)
        if len(found) == MOST:
            found.append("... and maybe more")
            break
    return found


class _Side:
    def __init__(self, seen: Seen, patterns: tuple[str, ...], addresses: Sequence[str]) -> None:
        self._patterns = patterns
        self._texts: dict[str, str] = {each: "<address>" for each in addresses}
        values = [
            (f"{number}. {label}", plain(value)) for number, (label, value) in enumerate(seen, 1)
        ]
        hidden = [(label, self._hide(label, value)) for label, value in values]
        # The longest first: one may have another in it.
        self._order = sorted(self._texts, key=len, reverse=True)
        self.value = {self._replace(label): self._replace(value) for label, value in hidden}

    def _hide(self, path: str, value: Any) -> Any:
        if any(fnmatchcase(path, pattern) for pattern in self._patterns):
            if isinstance(value, str) and len(value) >= TELLING:
                self._texts[value] = "<ignored>"
            return f"<ignored {type(value).__name__}>"
        if isinstance(value, dict):
            return {key: self._hide(f"{path}.{key}", each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._hide(f"{path}[{index}]", each) for index, each in enumerate(value)]
        return value

    def _replace(self, value: Any) -> Any:
        if isinstance(value, str):
            for text in self._order:
                value = value.replace(text, self._texts[text])
            return value
        if isinstance(value, dict):
            return {self._replace(key): self._replace(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._replace(each) for each in value]
        return value


def plain(value: Any) -> Any:
    """Return a value as objects, lists, texts and numbers: those of an answer, an error, a dataclass."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Reply():
            body = value.body.decode("utf-8", "backslashreplace")
            headers = {name.lower(): text for name, text in value.headers}
            if "json" in headers.get("content-type", ""):
                body = value.json
            # The order is that of the names; repeated ones are in the list alone.
            names = [name for name, _ in value.headers]
            return {
                "status": value.status,
                "header names": names,
                "headers": headers,
                "body": body,
            }
        case bytes() | bytearray():
            return bytes(value).decode("utf-8", "backslashreplace")
        case datetime():
            return value.isoformat()
        case BaseException():
            told = {"raised": type(value).__name__, "text": str(value)}
            response = getattr(value, "response", None)
            return told | ({"response": plain(response)} if isinstance(response, dict) else {})
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {each.name: plain(getattr(value, each.name)) for each in fields}
    return str(value)


def _compared(path: str, one: Any, other: Any, names: tuple[str, str]) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other) and set(one) == set(other):
            yield _line(f"{path} (order)", list(one), list(other), names)
        for key in dict.fromkeys([*one, *other]):
            place = f"{path}.{key}" if path else str(key)
            if key not in one or key not in other:
                there = (one.get(key, _NONE), other.get(key, _NONE))
                yield _line(place, *there, names)
            else:
                yield from _compared(place, one[key], other[key], names)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (mine, its) in enumerate(zip(one, other, strict=True)):
            yield from _compared(f"{path}[{index}]", mine, its, names)
    elif type(one) is not type(other) or one != other:
        yield _line(path, one, other, names)


class _Missing:
    def __repr__(self) -> str:
        return "(not there)"


_NONE = _Missing()


def _line(path: str, one: Any, other: Any, names: tuple[str, str]) -> str:
    return f"{path}: {names[0]} {_shown(one)}, {names[1]} {_shown(other)}"


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, _Missing) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONG else f"{text[:LONG]}..."
