"""`install`: lets the client libraries of this process reach what is inside of it.

Four places are enough: `socket.create_connection` carries http.client, httpx and smtplib; urllib3, requests,
botocore and stripe have urllib3's; asyncio's `create_connection` carries async httpx and aiosmtplib; aiohttp has
aiohappyeyeballs. Not carried: uvloop as the client's own loop, trio, libraries in C, other processes.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from belljar.mocks.inside.lines import LINES, InsideSocket

__all__ = ["install"]

_MARK = "_belljar_inside"


def install() -> None:
    """Stand before the places where connections are made; once is enough, and more do no harm."""
    _stand_before(socket, "create_connection", _blocking)
    if find_spec("urllib3") is not None:
        _stand_before(import_module("urllib3.util.connection"), "create_connection", _blocking)
    _stand_before(asyncio.BaseEventLoop, "create_connection", _of_asyncio)
    if find_spec("aiohappyeyeballs") is not None:
        happy = import_module("aiohappyeyeballs")
        _stand_before(happy, "start_connection", _of_aiohttp)


def _stand_before(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    real = getattr(owner, name)
    if not hasattr(real, _MARK):  # somebody may have put another in the place of ours
        replacement = make(real)
        setattr(replacement, _MARK, True)
        setattr(owner, name, replacement)


def _blocking(real: Any) -> Any:
    def create_connection(address: Any, timeout: Any = None, *args: Any, **more: Any) -> Any:
        if not LINES.has(address):
            return real(address, *_given(timeout), *args, **more)
        made = LINES.open(address)
        # What says "the default" is an object of the library's own.
        told = timeout is not _UNSET and (timeout is None or isinstance(timeout, int | float))
        made.settimeout(timeout if told else socket.getdefaulttimeout())
        return made

    create_connection.__defaults__ = (_UNSET,)
    return create_connection


_UNSET = object()


def _given(timeout: Any) -> tuple[Any, ...]:
    return () if timeout is _UNSET else (timeout,)


def _of_asyncio(real: Any) -> Any:
    async def create_connection(
        self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **more: Any
    ) -> Any:
        if not LINES.has((host, port)):
            return await real(self, protocol_factory, host, port, **more)
        kept = {key: more[key] for key in more if key.startswith("ssl")}
        if more.get("ssl"):
            kept["server_hostname"] = more.get("server_hostname") or host
        return await real(self, protocol_factory, sock=_unblocked((host, port)), **kept)

    return create_connection


def _of_aiohttp(real: Any) -> Any:
    async def start_connection(addr_infos: Any, *args: Any, **more: Any) -> Any:
        for info in addr_infos:
            if LINES.has(info[4]):
                return _unblocked(info[4])
        return await real(addr_infos, *args, **more)

    return start_connection


def _unblocked(address: tuple[Any, ...]) -> InsideSocket:
    made = LINES.open(address)
    made.setblocking(False)
    return made
