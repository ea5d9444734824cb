"""`play`: carries out a schedule on an asyncio transport.

class Protocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.gone = asyncio.get_running_loop().create_future()
    def connection_lost(self, error):
        self.gone.set_result(None)          # or cancel the task that plays
    ...
    keep = await play(actions, self.transport, gone=self.gone)
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
from collections.abc import Callable, Iterable

from belljar.faults.answers import Action
from belljar.faults.errors import FaultError

__all__ = ["break_connection", "end_process", "play"]


async def play(
    actions: Iterable[Action],
    transport: asyncio.WriteTransport,
    *,
    gone: asyncio.Future[None] | None = None,
    kill: Callable[[float], object] | None = None,
) -> bool:
    """Send as the actions say; give whether the connection can take another request.

    `gone` is done when the other side has left: it ends a wait or a stall; without it a stall lasts
    until the task is cancelled. `kill` ends the server's process; its argument are the seconds until it
    is back, below 0 if never.
    """
    left = gone if gone is not None else asyncio.get_running_loop().create_future()
    for action in actions:
        if transport.is_closing() or left.done():
            return False
        if action.what == "wait":
            # Whichever comes first.
            await asyncio.wait([left], timeout=action.seconds)
        elif action.what == "send":
            transport.write(action.data)
        elif action.what == "close":
            transport.close()
            return False
        elif action.what == "reset":
            await _flushed(transport, left)
            break_connection(transport)
            return False
        elif action.what == "stall":
            await asyncio.wait([left])
            return False
        elif action.what == "kill":
            if kill is None:
                raise FaultError(
                    "this server can't be killed: it runs in the test's own process",
                    fix="start it as a service (services =), or plan reset() instead",
                )
            kill(action.seconds)
            return False
    return not transport.is_closing()


def end_process(back_after: float) -> None:
    """End this process as `kill -9` does; whoever started it starts it again, if that was planned."""
    number = getattr(signal, "SIGKILL", None)
    if number is None:  # Windows
        os._exit(1)
    os.kill(os.getpid(), number)


def break_connection(transport: asyncio.WriteTransport) -> None:
    """Break the connection: the other side sees ECONNRESET, not an orderly end."""
    if told := transport.get_extra_info("belljar_break"):
        told()  # a connection in memory, which the kernel can't break
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        # A copy, because uvloop's own can't be told; an option is of the connection, not of the copy.
        with socket.socket(fileno=os.dup(sock.fileno())) as copy:
            copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _flushed(transport: asyncio.WriteTransport, left: asyncio.Future[None]) -> None:
    # What was to arrive before the break is with the kernel first; a reader that stands still is not waited for.
    until = asyncio.get_running_loop().time() + 5.0
    while transport.get_write_buffer_size() and not transport.is_closing() and not left.done():
        if asyncio.get_running_loop().time() > until:
            return
        await asyncio.wait([left], timeout=0.001)
