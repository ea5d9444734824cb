"""The proxy between real sockets: nothing is lost, ends are ends, and nothing piles up."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.mocks.proxy import FaultProxy, NotListening, splicing
from tests.proxy.dialling import connect, read_all, was_reset

pytestmark = pytest.mark.integration

Serve = Callable[[Callable[[socket.socket], None]], str]
Eventually = Callable[[Callable[[], object]], None]


def open_descriptors() -> int:
    """Give how many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("spliced", [True, False])
def test_bulk_arrives_as_it_was_sent_both_ways(
    echo: str, spliced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not spliced:
        monkeypatch.setattr("belljar.mocks.proxy.link.available", False)
    sent = os.urandom(1 << 20) * 24
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:

        def send() -> None:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        assert read_all(client) == sent
        sender.join()


def test_one_side_may_finish_while_the_other_goes_on(serve: Serve) -> None:
    def handler(client: socket.socket) -> None:
        asked = read_all(client)
        client.sendall(b"heard " + asked)

    with FaultProxy(serve(handler)) as proxy, connect(proxy.address) as client:
        client.sendall(b"this")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"heard this"


def test_a_server_that_finishes_first_still_hears(serve: Serve, eventually: Eventually) -> None:
    heard: list[bytes] = []

    def handler(client: socket.socket) -> None:
        client.sendall(b"bye")
        client.shutdown(socket.SHUT_WR)
        heard.append(read_all(client))

    with FaultProxy(serve(handler)) as proxy:
        with connect(proxy.address) as client:
            assert read_all(client) == b"bye"
            client.sendall(b"one more thing")
        eventually(lambda: heard == [b"one more thing"])
        eventually(lambda: proxy.connections == 0)


def test_a_reset_of_the_servers_is_a_reset_for_the_client(serve: Serve) -> None:
    def handler(client: socket.socket) -> None:
        client.recv(100)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with FaultProxy(serve(handler)) as proxy, connect(proxy.address) as client:
        client.sendall(b"x")
        assert was_reset(client)


def test_a_reset_of_the_clients_is_a_reset_for_the_server(
    serve: Serve, eventually: Eventually
) -> None:
    ends: list[bool] = []

    def handler(client: socket.socket) -> None:
        client.sendall(b"x")
        ends.append(was_reset(client))

    with FaultProxy(serve(handler)) as proxy:
        client = connect(proxy.address)
        client.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        eventually(lambda: ends == [True])


def test_an_upstream_that_refuses_closes_the_client() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        with FaultProxy(address) as proxy, connect(proxy.address) as client:
            assert client.recv(1) == b""


@pytest.mark.parametrize("toxics", [[], [("latency", 50)]])
def test_a_sender_waits_for_a_slow_reader(
    serve: Serve, toxics: list[tuple[str, int]], eventually: Eventually
) -> None:
    """What lies in between is limited, with a toxic in the way too."""
    go_on = threading.Event()
    heard: list[int] = []

    def handler(client: socket.socket) -> None:
        go_on.wait(20)
        heard.append(len(read_all(client)))

    with FaultProxy(serve(handler)) as proxy, connect(proxy.address) as client:
        for type, value in toxics:
            proxy.add(type, stream="upstream", latency=value)
        client.settimeout(1)
        block, sent = bytes(1 << 20), 0
        with pytest.raises(TimeoutError):
            for _ in range(256):
                sent += client.send(block)
        # Buffers of the kernel's on both sides, and a few MiB of the proxy's.
        assert sent < 64 << 20
        client.settimeout(20)
        go_on.set()
        client.shutdown(socket.SHUT_WR)
        eventually(lambda: heard)
        assert heard == [sent]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
def test_thousands_of_connections_leave_no_descriptor(echo: str, eventually: Eventually) -> None:
    with FaultProxy(echo) as proxy:
        before = open_descriptors()
        for number in range(3000):
            with connect(proxy.address) as client:
                client.sendall(b"x")
                assert client.recv(1) == b"x"
                if number % 3 == 0:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        eventually(lambda: proxy.connections == 0)
        eventually(lambda: open_descriptors() <= before)


def test_a_closed_proxy_leaves_no_thread_and_refuses(echo: str) -> None:
    proxy = FaultProxy(echo, name="left")
    with connect(proxy.address) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        proxy.close()
        assert client.recv(1) == b""
    assert not [one for one in threading.enumerate() if one.name == "belljar-proxy-left"]
    with pytest.raises(ConnectionRefusedError):
        connect(proxy.address)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets")
def test_unix_sockets_on_both_sides(echo: str, tmp_path: Path) -> None:
    inner, outer = f"unix:{tmp_path / 'inner'}", f"unix:{tmp_path / 'outer'}"
    with FaultProxy(echo, listen=inner), FaultProxy(inner, listen=outer) as proxy:
        assert proxy.address == outer
        with connect(outer) as client:
            client.sendall(b"through two")
            assert client.recv(100) == b"through two"
    assert not list(tmp_path.iterdir())


def test_a_name_is_looked_up(echo: str) -> None:
    upstream = echo.replace("127.0.0.1", "localhost")
    with FaultProxy(upstream) as proxy, connect(proxy.address) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"


def test_a_proxy_that_is_down_refuses_and_comes_back_at_its_port(echo: str) -> None:
    with FaultProxy(echo) as proxy:
        address = proxy.address
        with connect(address) as client:
            client.sendall(b"x")
            assert client.recv(1) == b"x"
            with proxy.down():
                assert client.recv(1) == b""
                with pytest.raises(ConnectionRefusedError):
                    connect(address)
        assert proxy.address == address
        with connect(address) as client:
            client.sendall(b"x")
            assert client.recv(1) == b"x"


def test_a_port_that_is_taken_says_so(echo: str) -> None:
    with pytest.raises(NotListening, match=r"listen 127.0.0.1:\d+: Address already in use"):
        FaultProxy("127.0.0.1:1", listen=echo)


def test_bulk_goes_through_the_kernel_where_it_can(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    if not splicing.available:
        pytest.skip("only on Linux")
    taken: list[object] = []
    take = splicing.Pipe.take

    def counted() -> splicing.Pipe | None:
        pipe = take()
        taken.append(pipe)
        return pipe

    monkeypatch.setattr(splicing.Pipe, "take", counted)
    heard: list[int] = []
    upstream = serve(lambda client: heard.append(len(read_all(client))))
    with FaultProxy(upstream) as proxy, connect(proxy.address) as client:
        client.sendall(bytes(8 << 20))
        client.shutdown(socket.SHUT_WR)
        eventually(lambda: heard == [8 << 20])
    assert taken


def test_the_proxy_works_while_another_thread_is_busy(echo: str) -> None:
    """A test that computes holds Python's lock; the proxy gets its turns."""
    stop = threading.Event()

    def compute() -> None:
        while not stop.is_set():
            sum(range(1000))

    busy = threading.Thread(target=compute)
    busy.start()
    try:
        with FaultProxy(echo) as proxy, connect(proxy.address) as client:
            start = time.monotonic()
            for _ in range(10):
                client.sendall(b"x")
                client.recv(1)
            assert time.monotonic() - start < 5
    finally:
        stop.set()
        busy.join()
