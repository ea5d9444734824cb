"""`Origin` and `Entry`: one value of one layer, and where it was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from belljar.config.shape import Shape

__all__ = ["LAYERS", "Entry", "Origin", "Path", "dotted"]

Path = tuple[str, ...]

# Lowest first.
LAYERS = ("default", "profile", "target", "secrets", ".env", "environment", "command line")


class Origin(NamedTuple):
    """Where a value was said: the layer, and the place in words (`testing/config/ci.toml:4`)."""

    layer: str
    place: str

    def __str__(self) -> str:
        return self.place


@dataclass(frozen=True)
class Entry:
    """A value at a key of the settings; `shape` is what is expected there."""

    path: Path
    value: object
    origin: Origin
    shape: Shape

    @property
    def key(self) -> str:
        """The key as one writes it: `database.pool_size`."""
        return dotted(self.path)


def dotted(path: Path) -> str:
    """Give a path as one writes it."""
    return ".".join(path)
