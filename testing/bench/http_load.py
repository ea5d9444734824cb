"""Many requests from several keep-alive connections, each with one request on its way: `drive`.

It knows no more of HTTP than it must, so that it can do more than the servers that it measures. What it
can do at most is measured with `python http_load.py`: a server that answers whatever comes with the same.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = ["Address", "Load", "answer_length", "ask", "drive", "pinned"]

Address = tuple[str, int]
END = b"\r\n\r\n"
LENGTH = b"content-length:"
CANNED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1200\r\n\r\n"
    + bytes(1200)
)


class Load(NamedTuple):
    """What was done: requests, the seconds they took, and those that this process worked itself."""

    requests: int
    seconds: float
    own: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def answer_length(data: bytes) -> int:
    """Gives the bytes of the answer that `data` begins with, or 0 when that can't be told yet.

    Raises `ValueError` for an answer other than 200.
    """
    head = data.find(END)
    if head < 0:
        return 0
    if data[9:12] != b"200":
        raise ValueError(f"it answered {data[:500]!r}")
    at = data.find(LENGTH, 0, head)
    at = at if at >= 0 else data.lower().find(LENGTH, 0, head)
    if at >= 0:
        return head + 4 + int(data[at + len(LENGTH) : data.index(b"\r\n", at)])
    return len(data) if data.endswith(b"0\r\n\r\n") else 0  # in chunks, of which that is the last


def drive(
    address: Address, request: Callable[[int], bytes], count: int, connections: int = 8
) -> Load:
    """Gives what `count` requests took; each is `request(its number)`."""
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        begun, worked = time.perf_counter(), time.process_time()
        for number in range(min(connections, count)):
            one = stack.enter_context(socket.create_connection(address))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.sendall(request(number))
            selector.register(one, selectors.EVENT_READ, one)
        sent, done = min(connections, count), 0
        partial: dict[socket.socket, bytes] = {}
        while done < count:
            ready = selector.select(10)
            if not ready:
                raise TimeoutError(f"{address} said nothing for 10 s after {done} answers")
            for key, _ in ready:
                one = key.data
                came = one.recv(1 << 18)
                if not came:
                    raise ConnectionResetError(f"{address} closed a connection after {done}")
                data = partial.pop(one, b"") + came
                length = answer_length(data)
                if length == 0 or len(data) < length:
                    partial[one] = data
                    continue
                done += 1
                if sent < count:
                    one.sendall(request(sent))
                    sent += 1
        return Load(count, time.perf_counter() - begun, time.process_time() - worked)


def ask(address: Address, request: bytes) -> bytes:
    """Gives the whole answer to one request, on a connection of its own."""
    with socket.create_connection(address, timeout=10) as one:
        one.sendall(request)
        data = b""
        while (length := answer_length(data)) == 0 or len(data) < length:
            came = one.recv(1 << 18)
            if not came:
                raise ConnectionResetError(f"{address} closed after {data!r}")
            data += came
    return data


@contextlib.contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Holds this process, and what it starts meanwhile, to one core; where that can't be done, to none.

    0 is the first core that we may use, 1 the next, or the first where there is but one; None: all.
    """
    if core is None or sys.platform != "linux":
        yield
        return
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {allowed[core % len(allowed)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def serve() -> None:
    """Answers 200 to whatever comes, whatever it is."""
    with socket.create_server(("127.0.0.1", 0)) as listening, selectors.DefaultSelector() as look:
        print(f"canned: listening on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        look.register(listening, selectors.EVENT_READ)
        while True:
            for key, _ in look.select():
                if key.fileobj is listening:
                    client = listening.accept()[0]
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    look.register(client, selectors.EVENT_READ, client)
                elif key.data.recv(1 << 16):
                    key.data.sendall(CANNED)
                else:
                    look.unregister(key.data)
                    key.data.close()


if __name__ == "__main__":
    serve()
