"""Toxics on real connections: added, changed and removed while data flows."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from belljar.mocks.proxy import BadAttributes, BadToxicType, FaultProxy
from belljar.mocks.proxy.registry import toxic_type
from belljar.mocks.proxy.toxic import Toxic
from tests.proxy.dialling import connect, read_all, was_reset

pytestmark = pytest.mark.integration

Serve = Callable[[Callable[[socket.socket], None]], str]
Eventually = Callable[[Callable[[], object]], None]


def trip(client: socket.socket, data: bytes = b"x") -> float:
    """Give the seconds until what was sent is back."""
    start = time.monotonic()
    client.sendall(data)
    heard = b""
    while len(heard) < len(data):
        came = client.recv(65536)
        assert came, "the connection ended"
        heard += came
    assert heard == data
    return time.monotonic() - start


def test_latency_comes_to_connections_that_are_open_and_goes_again(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        assert trip(client) < 0.2
        with proxy.add("latency", latency=250):
            assert 0.25 <= trip(client) < 0.6
            with proxy.add("latency", stream="upstream", latency=250):
                assert 0.5 <= trip(client) < 1.0
        assert trip(client) < 0.2


def test_removing_a_toxic_lets_go_of_what_it_held(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        held = proxy.add("bandwidth", rate=0)
        client.sendall(b"held")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(4)
        client.settimeout(20)
        held.remove()
        assert client.recv(4) == b"held"
        assert trip(client) < 0.2


def test_bandwidth_takes_its_time(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        proxy.add("bandwidth", rate=100)
        assert 0.35 <= trip(client, bytes(40_000)) < 0.9


def test_slices_arrive_one_by_one_and_whole(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        proxy.add("slicer", average_size=10, size_variation=5, delay=2000)
        data = bytes(range(256))
        assert trip(client, data) > 0.03


def test_limit_data_ends_the_connection_after_so_many_bytes(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        proxy.add("limit_data", bytes=3)
        client.sendall(b"abcdef")
        assert read_all(client) == b"abc"


def test_reset_peer_is_a_reset_on_both_sides(serve: Serve, eventually: Eventually) -> None:
    ends: list[bool] = []
    with FaultProxy(serve(lambda client: ends.append(was_reset(client)))) as proxy:
        proxy.add("reset_peer", stream="upstream", timeout=0)
        with connect(proxy.address) as client:
            client.sendall(b"x")
            assert was_reset(client)
        eventually(lambda: ends == [True])


def test_timeout_closes_after_its_time_without_any_data(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        start = time.monotonic()
        proxy.add("timeout", timeout=200)
        assert read_all(client) == b""
        assert 0.2 <= time.monotonic() - start < 0.7


def test_a_timeout_of_nothing_closes_when_it_is_removed(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        lost = proxy.add("timeout", timeout=0)
        client.sendall(b"lost")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(4)
        client.settimeout(20)
        lost.remove()
        assert read_all(client) == b""


def test_slow_close_lets_the_client_wait_for_the_end(serve: Serve) -> None:
    with FaultProxy(serve(lambda client: client.sendall(b"bye"))) as proxy:
        proxy.add("slow_close", delay=300)
        start = time.monotonic()
        with connect(proxy.address) as client:
            assert client.recv(3) == b"bye"
            assert time.monotonic() - start < 0.25
            assert client.recv(1) == b""
        assert time.monotonic() - start >= 0.3


def test_a_changed_toxic_is_changed_for_open_connections(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        slow = proxy.add("latency", latency=5000)
        client.sendall(b"x")
        slow.update(latency=100)
        assert client.recv(1) == b"x"  # it was held for 5 s, and is let go
        assert 0.1 <= trip(client) < 0.5


def test_the_first_two_connections_fail_and_the_third_passes(echo: str) -> None:
    with FaultProxy(echo) as proxy:
        toxic = proxy.add("reset_peer", stream="upstream", timeout=0, times=2)
        for _ in range(2):
            with connect(proxy.address) as client:
                client.sendall(b"x")
                assert was_reset(client)
        with connect(proxy.address) as client:
            assert trip(client) < 1
        assert (toxic.seen, toxic.applied) == (3, 2)
        assert [event["connection"] for event in proxy.record()] == [1, 2]


def test_a_toxic_may_count_requests_of_one_connection(echo: str) -> None:
    with FaultProxy(echo) as proxy, connect(proxy.address) as client:
        proxy.add("latency", latency=200, per="request", skip=1, times=2)
        slow = [trip(client) >= 0.2 for _ in range(5)]
        assert slow == [False, True, True, False, False]


def test_toxicity_is_for_whole_connections_and_follows_the_seed(echo: str) -> None:
    def spared(seed: int) -> list[bool]:
        with FaultProxy(echo, seed=seed) as proxy:
            proxy.add("limit_data", bytes=0, toxicity=0.5)
            found = []
            for _ in range(20):
                with connect(proxy.address) as client:
                    client.sendall(b"x")
                    found.append(client.recv(1) == b"x")
            return found

    assert spared(3) == spared(3)
    assert 3 < sum(spared(3)) < 17
    assert spared(3) != spared(4)


def test_a_toxic_happens_in_its_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases outside are seen, and are none of the `times`."""
    now = 100.0
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr("belljar.mocks.proxy.toxic.time", clock)
    attributes = {"from_s": 1, "until_s": 2.5, "times": 2}
    toxic = Toxic(toxic_type("latency"), attributes=attributes)
    happened = []
    for now in (100.5, 101.0, 102.0, 102.4, 102.5):  # noqa: B007 (the clock looks at it)
        happened.append(toxic.claim() is not None)
    assert happened == [False, True, True, False, False]
    assert (toxic.seen, toxic.applied) == (5, 2)


def test_a_changed_toxic_counts_its_seconds_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr("belljar.mocks.proxy.toxic.time", clock)
    toxic = Toxic(toxic_type("latency"), attributes={"from_s": 1})
    now = 5.0
    assert toxic.claim() is not None
    toxic.update({"attributes": {"latency": 7}})
    assert toxic.claim() is None


def test_seconds_that_never_are_get_refused(echo: str) -> None:
    with FaultProxy(echo) as proxy, pytest.raises(BadAttributes, match="let until_s be later"):
        proxy.add("latency", from_s=2, until_s=1)


def test_mistakes_name_what_there_is(echo: str) -> None:
    with FaultProxy(echo) as proxy:
        with pytest.raises(BadToxicType, match="did you mean 'latency'"):
            proxy.add("latancy")
        with pytest.raises(
            BadAttributes, match=r"did you mean 'jitter'\? it has from_s, jitter, latency"
        ):
            proxy.add("latency", jiter=1)
        with pytest.raises(BadAttributes, match="give a whole number from 0"):
            proxy.add("latency", latency=-1)
        with pytest.raises(BadAttributes, match="one of connection, request"):
            proxy.add("latency", per="byte")
        assert proxy.toxics == []
