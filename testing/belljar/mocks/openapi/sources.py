"""`Sources`: where the files of a document come from: a folder, or memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from belljar.mocks.openapi.errors import BadUse

__all__ = ["FolderSources", "MemorySources", "Missing", "Sources"]


class Missing(Exception):
    """There is no such file; `fix` says what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


class Sources(Protocol):
    """Gives a file by its name: its text, or the value that was read from it before."""

    def read(self, name: str) -> Any:
        """Return the file. Raises `Missing`."""


class FolderSources:
    """Files of the file system; names are relative to the root document's folder."""

    def __init__(self, root: Path) -> None:
        self._folder = root.parent
        if not root.is_file():
            raise BadUse(f"there is no OpenAPI document {root}; name a .yaml, .yml or .json file")

    def read(self, name: str) -> str:
        """Return a file's text. Raises `Missing`."""
        try:
            return (self._folder / name).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise Missing(f"{name} is no UTF-8: {error.reason}", "save it as UTF-8") from None
        except OSError as error:
            raise Missing(
                f"{name} can't be read: {error.strerror}",
                "mend the path, which is relative to the file that has the $ref; under Bazel the "
                "file has to be in data = [...] of the openapi_mock",
            ) from None


class MemorySources:
    """Files that were read before, by name."""

    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = files

    def read(self, name: str) -> Any:
        """Return a file's value. Raises `Missing`."""
        if name not in self._files:
            raise Missing(f"there is no file {name}", "add it to the files")
        return self._files[name]
