"""`GraphProxies`: proxies between the processes of a graph, so that faults can happen there.

    proxies = GraphProxies(folder, fence)
    proxies.database("orders_db", "postgresql://.../orders?host=/run/pg")   # -> the same, by a proxy
    proxies.boundaries                                                      # -> [<ProxyBoundary orders_db ...>]

They are in the test's own process. A mock service is asked directly: it has boundaries of its own.
"""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from belljar.mocks.proxy import FaultProxy
from belljar.mocks.proxy.boundary import ProxyBoundary
from belljar.services.databases_addresses import address_of
from belljar.services.description import Node
from belljar.services.fencing import GraphFence

__all__ = ["GraphProxies", "moved"]

FAMILIES = {"postgresql": "postgres"}
# What mock services are ready by: their control API, which has their boundaries.
CONTROL_API = "/_belljar/"


class GraphProxies:
    """A proxy for each database and each port that others are told of, made when it is first told."""

    def __init__(self, folder: Path, fence: GraphFence) -> None:
        self._folder = folder / "p"
        self._fence = fence
        self._boundaries: dict[str, ProxyBoundary] = {}
        self._proxies: dict[tuple[str, str], FaultProxy] = {}
        self._lock = threading.Lock()

    @property
    def boundaries(self) -> list[ProxyBoundary]:
        """The boundaries that there are by now, each of the name of its database or service."""
        with self._lock:
            return list(self._boundaries.values())

    def database(self, name: str, url: str) -> str:
        """Return the URL that services are told; that of a file is the file's own."""
        address = address_of(url)
        if not address:
            return url
        family = FAMILIES.get(urlsplit(url).scheme.partition("+")[0], "valkey")
        with self._lock:
            return moved(url, self._proxied(name, family, address))

    def service(self, node: Node, address: str) -> str:
        """Return the address that others are told; that of a mock is its own."""
        if str((node.ready or {}).get("http", "")).startswith(CONTROL_API):
            return address
        with self._lock:
            return self._proxied(node.name, "tcp", address, node)

    def close(self) -> None:
        """Stop them all; the processes are stopped before."""
        with self._lock:
            for proxy in self._proxies.values():
                proxy.close()
            self._proxies.clear()

    def _proxied(self, name: str, family: str, address: str, node: Node | None = None) -> str:
        boundary = self._boundaries.get(name)
        if boundary is None:
            boundary = self._boundaries[name] = ProxyBoundary(name, family)
        proxy = self._proxies.get((name, address))
        if proxy is None:
            protocol = "" if family == "tcp" else family
            upstream = f"unix:{address}" if address.startswith("/") else address
            proxy = FaultProxy(upstream, listen=self._listen(address), protocol=protocol, name=name)
            self._proxies[name, address] = proxy
            boundary.attach(proxy)
            self._fence.register_proxy(proxy.address.removeprefix("unix:"), name, node)
        return proxy.address.removeprefix("unix:")

    def _listen(self, address: str) -> str:
        if not address.startswith("/"):
            return "127.0.0.1:0"
        # A folder each: libpq knows a socket by its folder, and the name in it is given.
        folder = self._folder / str(len(self._proxies))
        folder.mkdir(mode=0o700, parents=True)
        return f"unix:{folder / Path(address).name}"


def moved(url: str, address: str) -> str:
    """Return the URL of the same database at another address.

    >>> moved("postgresql://postgres@/orders?host=/run/pg", "/tmp/p/0/.s.PGSQL.5432")
    'postgresql://postgres@/orders?host=/tmp/p/0'
    >>> moved("valkey://:secret@localhost:6379/3", "127.0.0.1:4711")
    'valkey://:secret@127.0.0.1:4711/3'
    """
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return _joined(parts, "", quote(address), parts.query)
    user = parts.netloc.rpartition("@")[0]
    prefix = f"{user}@" if user else ""
    asked = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "host"]
    if address.startswith("/"):
        folder, _, name = address.rpartition("/")
        asked = [*(pair for pair in asked if pair[0] != "port"), ("host", folder)]
        if (port := name.rpartition(".")[2]) != "5432":
            asked.append(("port", port))
        netloc = prefix
    else:
        asked = [pair for pair in asked if pair[0] not in ("port", "hostaddr")]
        netloc = f"{prefix}{address}"
    return _joined(parts, netloc, parts.path, urlencode(asked, safe="/"))


def _joined(parts: SplitResult, netloc: str, path: str, query: str) -> str:
    # Not by urlunsplit: of a scheme that it does not know it leaves out the slashes.
    return f"{parts.scheme}://{netloc}{path}" + (f"?{query}" if query else "")
