"""`Tally`: the fingerprint of a test's data, a hash over all that was drawn, in order.

Two runs with the same fingerprint had the same data.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from random import Random
from typing import Any

__all__ = ["Tally", "canonical"]

_PLAIN = (int, float, complex, bool, type(None))
# Their str() is all there is to them.
_SAID = ("datetime", "decimal", "fractions", "ipaddress", "pathlib", "uuid", "zoneinfo")


class Tally:
    """What a test has drawn so far, as a hash."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=8)
        self._count = 0
        self._watched: list[tuple[str, Random]] = []

    def note(self, label: str, value: object) -> None:
        """Add a value."""
        # As repr() begins a text: "1" is not 1.
        text = f"'{value}" if type(value) is str else canonical(value)
        self._hash.update(f"{label}\x1f{text}\x1e".encode("utf-8", "surrogatepass"))
        self._count += 1

    def watch(self, label: str, chance: Random) -> None:
        """Add, at the end, how far chance has gone that values are drawn from directly."""
        self._watched.append((label, chance))

    @property
    def count(self) -> int:
        """How many values were noted, or may have been drawn unseen."""
        return self._count + len(self._watched)

    def hexdigest(self) -> str:
        """Give the fingerprint, of 16 characters; the test has drawn all that it will."""
        for label, chance in self._watched:
            # Its state, in short.
            self.note(label, chance.getrandbits(64))
        self._watched = []
        return self._hash.hexdigest()


def canonical(value: object, seen: tuple[int, ...] = ()) -> str:
    """Give a text for a value that is the same in every process: no addresses, no order of sets."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"bytes {hashlib.blake2b(value, digest_size=8).hexdigest()}"
    if type(value).__module__.partition(".")[0] in _SAID:
        return str(value)
    if id(value) in seen:
        return "..."
    return _composed(value, (*seen, id(value)))


def _composed(value: Any, seen: tuple[int, ...]) -> str:
    if isinstance(value, Mapping):
        parts = [f"{canonical(key, seen)}:{canonical(one, seen)}" for key, one in value.items()]
        return "{" + ",".join(parts) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(canonical(one, seen) for one in value) + "]"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(canonical(one, seen) for one in value)) + "}"
    fields = dict(getattr(value, "__dict__", {}))
    if "_sa_instance_state" in fields and len(seen) > 1:
        # A row that another one refers to, and which may refer to all of its others.
        return f"{type(value).__name__}(...)"
    for owner in type(value).__mro__:
        slots = owner.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                fields[name] = getattr(value, name)
    # Private ones are a library's own: SQLAlchemy's state, a cache.
    parts = [
        f"{name}={canonical(one, seen)}" for name, one in sorted(fields.items()) if name[:1] != "_"
    ]
    return f"{type(value).__name__}({','.join(parts)})"
