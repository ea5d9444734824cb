"""`cell_of`: a Python value as a file would have it: text, a number, a list or an object."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

from belljar.data.scenarios.sheets import Cell
from belljar.data.scenarios.wanted import Wrong

__all__ = ["cell_of"]

_RANGES = "sqlalchemy.dialects.postgresql.ranges"
# Where an object is in memory: another place each time.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+>")


def cell_of(value: object, at: int) -> Cell:
    """Return it, with its JSON text: what a JSON column takes. Raises `Wrong` for what has none."""
    plain = _plain(value)
    if plain is None:
        return Cell(None, at)
    if isinstance(plain, Decimal):
        return Cell(plain, at, str(plain))
    return Cell(plain, at, json.dumps(plain, ensure_ascii=False, default=str))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str, Decimal)):
        return _plain(value.value) if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if type(value).__module__.startswith(_RANGES):
        # SQLAlchemy's ranges are dataclasses, and several of them a list.
        return "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(member) for member in value), key=repr)
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    secret = getattr(value, "get_secret_value", None)
    text = str(secret() if secret else value)
    if _ADDRESS.search(text):
        raise Wrong(
            f"an object of {type(value).__name__} has no text of its own",
            "give a text, a number, a time, bytes, a list or a mapping",
        )
    return text
