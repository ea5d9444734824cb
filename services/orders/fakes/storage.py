"""`FakeStorage`: objects in memory."""

from __future__ import annotations

from services.orders.outside.storage import StorageUnavailable


class FakeStorage:
    """Keeps what it is given in `objects`."""

    def __init__(self) -> None:
        """Begin empty, and available."""
        self.objects: dict[str, bytes] = {}
        self.available = True

    def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Keep `content`; see `ObjectStorage.put`."""
        self._require()
        self.objects[key] = content

    def get(self, key: str) -> bytes | None:
        """The object, or none; see `ObjectStorage.get`."""
        self._require()
        return self.objects.get(key)

    def close(self) -> None:
        """Nothing to release."""

    def _require(self) -> None:
        if not self.available:
            raise StorageUnavailable("the fake storage is switched off")
