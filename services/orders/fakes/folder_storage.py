"""`FolderStorage`: objects as files of a folder, shared by all processes that use the folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from services.orders.fakes.folders import write_whole
from services.orders.outside.storage import StorageUnavailable


class FolderStorage:
    """Keeps each object in a file; `:` and `/` in a key are written as `%3A` and `%2F`."""

    def __init__(self, folder: Path) -> None:
        """Keep objects in `folder`, which exists."""
        self._folder = folder

    def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Keep `content`, but not its type; see `ObjectStorage.put`."""
        try:
            write_whole(self._path(key), content)
        except OSError as error:
            raise StorageUnavailable(f"{key!r} cannot be kept: {error}") from error

    def get(self, key: str) -> bytes | None:
        """The object, or none; see `ObjectStorage.get`."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable(f"{key!r} cannot be read: {error}") from error

    def close(self) -> None:
        """Nothing to release."""

    def _path(self, key: str) -> Path:
        # `=` in front: a key may be empty or begin with a dot, a file's name must not.
        return self._folder / ("=" + quote(key, safe=""))
