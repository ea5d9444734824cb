"""Opaque cursors for listings, newest first.

A cursor names the last item of a page, not a row number, so a page neither skips nor repeats items
when others are added meanwhile. It also carries a digest of the search, so that a cursor from one
search cannot silently be used for another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.orders.problems import InvalidCursor

Item = TypeVar("Item")
Filters = Mapping[str, str | bool | None]

MAXIMUM_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and the cursor of the next page if there is one."""

    items: Sequence[Item]
    next_cursor: str | None


def encode_cursor(last_id: str, filters: Filters) -> str:
    """A cursor that continues after `last_id` in the search with these filters."""
    raw = json.dumps({"after": last_id, "search": _digest(filters)}, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, filters: Filters) -> str | None:
    """The identifier to continue after; raises `InvalidCursor` for a foreign or damaged cursor."""
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        content = json.loads(raw)
        after, search = content["after"], content["search"]
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise InvalidCursor(
            f"cursor {cursor[:64]!r} was not issued by this service: "
            "leave it out to begin at the first page"
        ) from error
    if not isinstance(after, str) or search != _digest(filters):
        raise InvalidCursor(
            "the cursor belongs to another search: repeat the filters of the first page, "
            "or leave the cursor out"
        )
    return after


def page_of(rows: Sequence[Item], ids: Sequence[str], limit: int, filters: Filters) -> Page[Item]:
    """A page of `limit` rows at most; an extra fetched row says that there are more."""
    more = len(rows) > limit
    cursor = encode_cursor(ids[limit - 1], filters) if more else None
    return Page(items=rows[:limit], next_cursor=cursor)


def _digest(filters: Filters) -> str:
    canonical = json.dumps(dict(filters), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
