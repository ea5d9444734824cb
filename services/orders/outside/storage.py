"""`ObjectStorage`: what orders needs of an object storage."""

from __future__ import annotations

from typing import Protocol

from services.orders.outside.trouble import OutsideTrouble


class StorageUnavailable(OutsideTrouble):
    """The storage did not take or give the object; the same request may succeed later."""


class ObjectStorage(Protocol):
    """Keeps bytes under a key."""

    def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Keep `content`, in place of what was there; raises `StorageUnavailable`."""

    def get(self, key: str) -> bytes | None:
        """The object's content, or none when there is no such object; may raise as `put`."""

    def close(self) -> None:
        """Release connections."""
