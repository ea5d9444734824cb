"""`Databases`, `Proxies`: what a graph asks of its databases, and of the proxies before them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from belljar.services.description import Node

if TYPE_CHECKING:
    from belljar.mocks.proxy.boundary import ProxyBoundary

__all__ = ["Databases", "Proxies"]


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


class Proxies(Protocol):
    """What stands between the processes of a graph, for faults; `GraphProxies` is one."""

    @property
    def boundaries(self) -> list[ProxyBoundary]:
        """The boundaries of fault plans that there are by now."""

    def database(self, name: str, url: str) -> str:
        """Return the URL that services are told for that of the database. Many threads may ask."""

    def service(self, node: Node, address: str) -> str:
        """Return the address that others are told for that of the service. Many threads may ask."""

    def close(self) -> None:
        """Stop them; the processes are stopped before."""
