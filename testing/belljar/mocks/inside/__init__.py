"""Mocks inside the test's process: the servers' own code, reached by the real clients without the network.

    from belljar.mocks.inside import InsideServer, install

    install()                                   # once; it lets every other address be
    with InsideServer(lambda: controlled_server(Rates())) as rates:
        httpx.get(rates.url)

A connection is a pair of sockets in memory. Everything above it is what it is in production: the client
with its timeouts and retries, the bytes, the server, its faults.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.mocks.inside.hooks import install
    from belljar.mocks.inside.lines import HOST
    from belljar.mocks.inside.server import InsideServer

__all__ = ["HOST", "InsideServer", "install"]

_HOMES = {"HOST": "lines", "InsideServer": "server", "install": "hooks"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
