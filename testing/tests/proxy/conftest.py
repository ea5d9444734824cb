"""What the tests of belljar.mocks.proxy share: a server to stand behind a proxy, and waiting."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

Eventually = Callable[[Callable[[], object]], None]
Handler = Callable[[socket.socket], None]


@pytest.fixture
def eventually() -> Eventually:
    """Wait until a condition holds; fail when it does not within ten seconds."""

    def wait(condition: Callable[[], object]) -> None:
        until = time.monotonic() + 10.0
        while not condition():
            assert time.monotonic() < until, "the condition did not come true within 10 s"
            time.sleep(0.005)  # between two looks, not instead of one

    return wait


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], str]]:
    """Start a server that gives each connection to a handler, in a thread; returns its address."""
    listeners: list[socket.socket] = []

    def start(handler: Handler) -> str:
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        listeners.append(listening)

        def one(client: socket.socket) -> None:
            with client, suppress(OSError):
                client.settimeout(20)
                handler(client)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _address = listening.accept()
                    threading.Thread(target=one, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for listening in listeners:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)  # wakes accept()
        listening.close()


@pytest.fixture
def echo(serve: Callable[[Handler], str]) -> str:
    """Give the address of a server that says what it hears, and ends when the other side does."""

    def handler(client: socket.socket) -> None:
        while data := client.recv(65536):
            client.sendall(data)

    return serve(handler)
