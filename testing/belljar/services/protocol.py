"""`Databases`: what a graph asks of its databases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

__all__ = ["Databases"]


class Databases(Protocol):
    """The databases that a graph's nodes share with the test; `GraphDatabases` is one."""

    @property
    def cut(self) -> Collection[str]:
        """The names of databases whose users lost their connections in the last `reset`."""

    def url(self, name: str) -> str:
        """Return where it is; its server is started when first asked for. Many threads may ask."""

    def reset(self) -> list[str]:
        """Put all back to what their templates have; return what stood in the way, in words."""

    def sockets(self) -> Sequence[tuple[str, str, str]]:
        """Return (address, label, name) of those that have been asked for and listen."""

    def close(self) -> None:
        """End what is the graph's alone."""
