"""A proxy as a boundary of fault plans: connections, whatever is said on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from belljar.faults import Faults, ImpossibleFault, Plan
from belljar.mocks.proxy import FaultProxy
from belljar.mocks.proxy.boundary import ProxyBoundary
from tests.proxy.dialling import connect, read_all, was_reset

pytestmark = pytest.mark.integration


@pytest.fixture
def proxy(echo: str) -> Iterator[FaultProxy]:
    with FaultProxy(echo) as proxy:
        yield proxy


@pytest.fixture
def faults(proxy: FaultProxy) -> Iterator[Faults]:
    session = Faults(seed=7, test="x_test.py::test_one")
    session.register(ProxyBoundary("search", "tcp", proxy))
    yield session
    session.close()


def said(address: str, words: bytes = b"0123456789") -> bytes:
    """Give what a client hears of what it says, before the end."""
    with connect(address) as client:
        client.sendall(words)
        with suppress(OSError):
            return client.recv(len(words))
    return b"reset"


def test_a_connection_is_a_call(proxy: FaultProxy, faults: Faults) -> None:
    faults.on("search").reset(calls=[2])
    assert [said(proxy.address) for _ in range(3)] == [b"0123456789", b"reset", b"0123456789"]
    assert [str(note.fault) for note in faults.happened("search")] == ["reset (faults[0], call 2)"]


def test_a_refused_connection_never_gets_to_the_server(
    serve: Callable[[Callable[..., None]], str],
) -> None:
    came: list[bytes] = []
    upstream = serve(lambda client: came.append(client.recv(10)))
    with FaultProxy(upstream) as proxy:
        session = Faults(seed=7)
        session.register(ProxyBoundary("search", "tcp", proxy))
        session.on("search").refuse()
        with pytest.raises(ConnectionResetError), connect(proxy.address) as client:
            read_all(client)  # connecting may have come to that already
        session.close()
    assert came == []


def test_garbage_comes_in_the_place_of_the_answer(
    serve: Callable[[Callable[..., None]], str],
) -> None:
    came: list[bytes] = []
    upstream = serve(lambda client: came.append(client.recv(10)))
    with FaultProxy(upstream) as proxy:
        session = Faults(seed=7)
        session.register(ProxyBoundary("search", "tcp", proxy))
        session.on("search").garbage(size=20)
        with connect(proxy.address) as client:
            client.sendall(b"hello")
            heard = read_all(client)
        session.close()
    assert len(heard) == 20
    assert min(heard) >= 128
    assert b"hello" not in came


def test_a_direction_says_whose_bytes_it_is_for(proxy: FaultProxy, faults: Faults) -> None:
    faults.on("search", direction="upstream").cut(after=4, times=1)
    faults.on("search", direction="downstream").cut(after=3, times=1)
    with connect(proxy.address) as client:
        client.sendall(b"0123456789")
        with suppress(ConnectionResetError):  # it is closed with bytes that nobody read
            assert len(read_all(client)) <= 3
    assert said(proxy.address) == b"0123456789"
    assert [rule.match for rule in faults.record().rules] == [
        {"direction": "upstream"},
        {"direction": "downstream"},
    ]


def test_what_is_cut_on_its_way_to_the_server_never_gets_there(
    serve: Callable[[Callable[..., None]], str],
) -> None:
    came: list[bytes] = []
    upstream = serve(lambda client: came.append(read_all(client)))
    with FaultProxy(upstream) as proxy:
        session = Faults(seed=7)
        session.register(ProxyBoundary("search", "tcp", proxy))
        session.on("search", direction="upstream").cut(after=4)
        with connect(proxy.address) as client:
            client.sendall(b"0123456789")
            with suppress(ConnectionResetError):
                read_all(client)
        while not came:
            pass
        session.close()
    assert came == [b"0123"]


def test_what_has_happened_is_recorded_and_happens_again(proxy: FaultProxy, faults: Faults) -> None:
    faults.on("search").reset(probability=0.5)
    first = [said(proxy.address) for _ in range(10)]
    assert 0 < first.count(b"reset") < 10
    record = Plan.loads(faults.record().dumps())
    faults.close()
    again = Faults(seed=1, given=record)
    again.register(ProxyBoundary("search", "tcp", proxy))
    again.on("search").reset(probability=0.5)
    assert [said(proxy.address) for _ in range(10)] == first
    again.close()


def test_connections_are_noted_while_somebody_watches(proxy: FaultProxy, faults: Faults) -> None:
    boundary = faults.boundary("search")
    said(proxy.address)
    boundary.watch()
    said(proxy.address)
    said(proxy.address)
    assert [str(one.call) for one in boundary.calls()] == ["connect", "connect"]


def test_with_the_test_ends_what_was_done_to_connections(
    proxy: FaultProxy, faults: Faults, eventually: Callable[..., None]
) -> None:
    """A slow one is fast again, one that waits for what is lost is ended, and the next one passes."""
    faults.on("search").latency(mean=30, calls=[1])
    faults.on("search").timeout(calls=[2])
    with connect(proxy.address) as slow, connect(proxy.address) as silent:
        slow.sendall(b"a")
        silent.sendall(b"b")
        eventually(lambda: len(faults.happened()) == 2 and proxy.connections == 2)
        faults.close()
        assert slow.recv(1) == b"a"
        assert was_reset(silent)
    assert said(proxy.address) == b"0123456789"


def test_a_boundary_that_rests_lets_all_pass_and_keeps_its_record(
    proxy: FaultProxy, faults: Faults
) -> None:
    boundary = faults.boundary("search")
    assert isinstance(boundary, ProxyBoundary)
    faults.on("search").reset()
    assert said(proxy.address) == b"reset"
    boundary.rest()
    assert said(proxy.address) == b"0123456789"
    assert faults.record().rules[0].when.calls == (1,)


def test_two_proxies_are_one_boundary(echo: str, proxy: FaultProxy) -> None:
    with FaultProxy(echo) as other:
        session = Faults(seed=7)
        session.register(ProxyBoundary("search", "tcp", proxy, other))
        session.on("search").reset(calls=[2])
        assert [said(proxy.address), said(other.address)] == [b"0123456789", b"reset"]
        session.close()


def test_what_a_proxy_can_not_do_is_refused_when_it_is_planned(faults: Faults) -> None:
    with pytest.raises(ImpossibleFault, match="limit_data closes"):
        faults.on("search").cut(after=1, how="reset")
