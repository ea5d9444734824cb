"""belljar.mocks.http and bad clients: garbage, long bodies and headers, slowness: each is told, none harms others."""

from __future__ import annotations

import asyncio

import pytest

from belljar.mocks.http import Limits, Request, Response
from tests.mocks.http_exchange import LIMITS, Serve, bodies, echo, exchange, get, refused


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\x01\x02\x03\r\n\r\n", b"NONSENSE\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00"],
)
def test_garbage_gets_400_and_the_server_goes_on(serve: Serve, garbage: bytes) -> None:
    url = serve()
    message = refused(exchange(url, garbage), 400)
    assert "no HTTP request" in message
    assert bodies(exchange(url, get("/after", last=True)))[0]["path"] == "/after"


def test_tls_on_the_port_is_told_that_it_is_plain(serve: Serve) -> None:
    received = exchange(serve(), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert b"http:// and not https://" in received


def test_what_came_before_garbage_is_still_answered(serve: Serve) -> None:
    received = exchange(serve(), get("/good") + b"\x00garbage\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 400 " in received


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_gets_413(serve: Serve, chunked: bool) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\n"
    if chunked:
        pieces = [head + b"Transfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"]
    else:
        pieces = [head + b"Content-Length: 5000\r\n\r\n", b"x" * 5000]
    assert "1000 are taken" in refused(exchange(serve(limits=LIMITS), *pieces), 413)


def test_a_client_that_sends_a_huge_body_first_can_still_read_why_not(serve: Serve) -> None:
    """Closing at once would reset the connection, and the answer would be lost."""
    url = serve(limits=LIMITS)
    size = 8 << 20
    received = exchange(
        url, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size, b"x" * size
    )
    refused(received, 413)


def test_headers_that_are_too_long_get_431(serve: Serve) -> None:
    url = serve(limits=LIMITS)
    refused(exchange(url, get("/", f"X: {'y' * 3000}")), 431)
    refused(exchange(url, b"GET / HTTP/1.1\r\nX: " + b"y" * 3000), 431)
    refused(exchange(url, b"GET /" + b"y" * 3000), 431)


def test_a_slow_client_gets_408_and_an_idle_one_is_closed(serve: Serve) -> None:
    url = serve(limits=LIMITS)
    assert "head is not complete" in refused(exchange(url, b"GET / HT"), 408)
    slow = exchange(url, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert "body is not complete" in refused(slow, 408)
    assert exchange(url) == b""
    assert bodies(exchange(url, get("/once")))[0]["path"] == "/once"


def test_a_request_that_has_begun_is_not_given_the_time_of_an_idle_connection(
    serve: Serve,
) -> None:
    url = serve(limits=Limits(idle_seconds=60, head_seconds=0.2, body_seconds=60))
    assert "head is not complete" in refused(exchange(url, b"GET / HT"), 408)
    url = serve(limits=Limits(idle_seconds=60, head_seconds=60, body_seconds=0.2))
    slow = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"
    assert "body is not complete" in refused(exchange(url, slow), 408)


def test_a_slow_app_is_not_hurried(serve: Serve) -> None:
    async def app(request: Request) -> Response:
        await asyncio.sleep(0.8)
        return echo(request)

    assert bodies(exchange(serve(app, limits=LIMITS), get("/x", last=True)))[0]["path"] == "/x"


def test_an_unknown_expectation_gets_417(serve: Serve) -> None:
    refused(exchange(serve(), get("/", "Expect: miracles")), 417)
