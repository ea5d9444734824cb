"""The toxic `valkey` between the valkey client and a real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import valkey as client
from valkey.backoff import NoBackoff
from valkey.exceptions import (
    BusyLoadingError,
    ConnectionError,
    ExecAbortError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)
from valkey.retry import Retry

from belljar.mocks.proxy import BadAttributes, FaultProxy

if TYPE_CHECKING:
    from belljar.databases.valkey import ValkeyServer

pytestmark = pytest.mark.integration

Open = Callable[..., Any]


@pytest.fixture
def direct(valkey: ValkeyServer) -> Iterator[Any]:
    """Give a client that goes round the proxy, to an empty server."""
    opened: Any = client.Valkey.from_url(valkey.url)
    opened.flushall()
    yield opened
    opened.close()


@pytest.fixture
def proxy(direct: Any) -> Iterator[FaultProxy]:
    where = direct.connection_pool.connection_kwargs
    upstream = f"unix:{where['path']}" if "path" in where else f"{where['host']}:{where['port']}"
    with FaultProxy(upstream) as proxy:
        yield proxy


@pytest.fixture(params=[2, 3])
def through(proxy: FaultProxy, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open a client through the proxy that never tries again, with either version of the protocol."""
    opened: list[Any] = []

    def start(**options: Any) -> Any:
        one = client.Valkey(
            host=proxy.host,
            port=proxy.port,
            protocol=request.param,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=options.pop("socket_timeout", 20),
            **options,
        )
        opened.append(one)
        return one

    yield start
    for one in opened:
        one.close()


def test_everything_passes_where_no_command_is_meant(proxy: FaultProxy, through: Open) -> None:
    proxy.add("valkey", command="NOTHING")
    cache = through()
    assert cache.set("a", b"x" * 3_000_000)
    assert cache.get("a") == b"x" * 3_000_000
    assert cache.get("none") is None
    cache.hset("h", mapping={"a": "1", "b": "2"})
    assert cache.hgetall("h") == {b"a": b"1", b"b": b"2"}
    with cache.pipeline(transaction=False) as pipe:
        for number in range(500):
            pipe.incr("n").lrange("l", 0, number)
        assert pipe.execute()[-2] == 500
    with cache.pipeline() as transaction:
        assert transaction.incr("n").get("n").execute() == [501, b"501"]
    with pytest.raises(ResponseError):
        cache.incr("h")
    assert cache.eval("return {1, {2, 'x'}, false}", 0) == [1, [2, b"x"], None]


def test_a_subscriber_hears_and_others_are_answered(proxy: FaultProxy, through: Open) -> None:
    proxy.add("valkey", command="NOTHING")
    cache = through()
    with cache.pubsub() as listener:
        listener.subscribe("news", "more")
        listener.psubscribe("pat*")
        kinds = [listener.get_message(timeout=10)["type"] for _ in range(3)]
        assert kinds == ["subscribe", "subscribe", "psubscribe"]
        assert cache.publish("news", "hello") == 1
        assert listener.get_message(timeout=10)["data"] == b"hello"
        assert cache.publish("pattern", "p") == 1
        assert listener.get_message(timeout=10)["data"] == b"p"
        listener.ping()
        assert listener.get_message(timeout=10)["type"] == "pong"
        listener.unsubscribe()
        assert [listener.get_message(timeout=10)["type"] for _ in range(2)] == ["unsubscribe"] * 2


def test_a_command_fails_twice_then_passes(proxy: FaultProxy, through: Open, direct: Any) -> None:
    cache = through()
    toxic = proxy.add("valkey", command="incrby", key="stock:*", error="LOADING", times=2)
    for _ in range(2):
        with pytest.raises(BusyLoadingError):
            cache.incr("stock:1")
    assert cache.incr("other") == 1
    assert cache.incr("stock:1") == 1
    assert direct.get("stock:1") == b"1"
    assert (toxic.seen, toxic.applied) == (3, 2)
    assert [event["what"] for event in proxy.record()] == ["error: INCRBY stock:1"] * 2


@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        ("READONLY", ReadOnlyError, "write against a read only replica"),
        ("OOM", ResponseError, "command not allowed"),
        ("ERR my own words", ResponseError, "my own words"),
    ],
)
def test_errors_are_those_of_the_server(
    proxy: FaultProxy, through: Open, error: str, raised: type[Exception], said: str
) -> None:
    proxy.add("valkey", command="SET", error=error)
    with pytest.raises(raised, match=said):
        through().set("a", 1)


def test_moved_names_the_slot_of_the_key(proxy: FaultProxy, through: Open, direct: Any) -> None:
    slot = 12182  # of `foo`, in the cluster specification
    proxy.add("valkey", command="GET", error="MOVED", to="127.0.0.1:7002")
    for key in ("foo", "any{foo}thing"):
        with pytest.raises(
            ResponseError, match=rf"MOVED {slot} 127.0.0.1:7002|{slot} 127.0.0.1:7002"
        ):
            through().get(key)


def test_an_error_in_a_pipeline_stands_in_its_place(proxy: FaultProxy, through: Open) -> None:
    proxy.add("valkey", regex=r"^SET b ")
    with through().pipeline(transaction=False) as pipe:
        results = pipe.set("a", 1).set("b", 2).set("c", 3).execute(raise_on_error=False)
    assert results[0] is True and results[2] is True
    assert isinstance(results[1], ResponseError)


def test_an_error_in_a_transaction_discards_it(
    proxy: FaultProxy, through: Open, direct: Any
) -> None:
    cache = through()
    with (
        proxy.add("valkey", regex=r"^SET b ", error="OOM"),
        cache.pipeline() as transaction,
        pytest.raises((ExecAbortError, ResponseError)),
    ):
        transaction.set("a", 1).set("b", 2).execute()
    assert direct.keys() == []
    with cache.pipeline() as transaction:
        assert transaction.set("a", 1).execute() == [True]


def test_a_command_whose_answer_is_lost_has_happened(
    proxy: FaultProxy, through: Open, direct: Any
) -> None:
    proxy.add("valkey", command="INCRBY|INCR", action="lose_answer", times=1)
    cache = through()
    with pytest.raises(ConnectionError):
        cache.incr("n")
    assert direct.get("n") == b"1"
    assert cache.incr("n") == 2


def test_a_command_that_is_dropped_never_arrives(
    proxy: FaultProxy, through: Open, direct: Any
) -> None:
    proxy.add("valkey", command="INCRBY|INCR", action="drop", times=1)
    cache = through()
    with pytest.raises(ConnectionError):
        cache.incr("n")
    assert direct.get("n") is None


def test_a_reply_breaks_off_after_so_many_bytes(proxy: FaultProxy, through: Open) -> None:
    cache = through()
    cache.set("a", b"x" * 100)
    proxy.add("valkey", command="GET", action="cut", bytes=20, how="close")
    with pytest.raises(ConnectionError):
        cache.get("a")


def test_one_command_is_late_and_others_are_not(proxy: FaultProxy, through: Open) -> None:
    cache = through()
    cache.ping()
    proxy.add("valkey", command="GET", action="delay", latency=300)
    start = time.monotonic()
    cache.set("a", 1)
    assert time.monotonic() - start < 0.25
    cache.get("a")
    assert time.monotonic() - start >= 0.3


def test_a_server_that_does_not_answer_times_the_client_out(
    proxy: FaultProxy, through: Open
) -> None:
    proxy.add("valkey", command="GET", action="hang", times=1)
    cache = through(socket_timeout=0.3)
    with pytest.raises(TimeoutError):
        cache.get("a")
    assert cache.get("a") is None


def test_a_connection_that_was_open_before_has_the_toxic_too(
    proxy: FaultProxy, through: Open
) -> None:
    cache = through(single_connection_client=True)
    assert cache.get("a") is None
    with proxy.add("valkey", command="GET"), pytest.raises(ResponseError):
        cache.get("a")
    assert cache.get("a") is None


def test_frames_may_come_byte_by_byte(proxy: FaultProxy, through: Open) -> None:
    """The bytes of both sides are cut up before the session sees them."""
    with FaultProxy(proxy.upstream, protocol="valkey") as behind:
        behind.add("valkey", command="GET", times=1)
        for stream in ("upstream", "downstream"):
            proxy.add("slicer", stream=stream, average_size=2, size_variation=1)
        proxy.call(lambda inner: inner.update(inner.listen, behind.address, True))
        cache = through()
        cache.hset("h", mapping={"a": "1", "b": "2"})
        with pytest.raises(ResponseError):
            cache.get("a")
        assert cache.get("a") is None
        assert cache.hgetall("h") == {b"a": b"1", b"b": b"2"}


def test_impossible_toxics_are_refused(proxy: FaultProxy) -> None:
    with pytest.raises(BadAttributes, match="without 'to'"):
        proxy.add("valkey", error="MOVED")
    with pytest.raises(BadAttributes, match="begins with the error's code in capitals"):
        proxy.add("valkey", error="loading")
