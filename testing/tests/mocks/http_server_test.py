"""belljar.mocks.http on the wire: pipelines, limits, slow clients, garbage; one bad client harms no other."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from belljar.mocks.http import (
    Answer,
    HttpServer,
    Injection,
    Limits,
    Request,
    Response,
    ServerThread,
    Wire,
)

Serve = Callable[..., str]
LIMITS = Limits(body=1000, headers=2000, head_seconds=0.3, body_seconds=0.3, idle_seconds=0.3)


def echo(request: Request) -> Response:
    return Response.of_json(
        {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "body": request.body.decode("latin-1"),
            "size": len(request.body),
        }
    )


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(app: object = echo, **settings: object) -> str:
            def make() -> HttpServer:
                return HttpServer(app, **settings)  # type: ignore[arg-type]  # the tests' own

            return stack.enter_context(ServerThread(make)).url

        yield start


def connect(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=5)


def exchange(url: str, *pieces: bytes) -> bytes:
    """All that comes back until the server closes."""
    with connect(url) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return everything(connection)


def everything(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def bodies(received: bytes) -> list[dict[str, object]]:
    """The JSON of every answer."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        found.append(json.loads(rest[:length]))
        received = rest[length:]
    return found


def refused(received: bytes, status: int) -> str:
    assert received.startswith(b"HTTP/1.1 %d " % status), received
    assert b"\r\nConnection: close\r\n" in received
    [content] = bodies(received)
    error = content["error"]
    assert isinstance(error, dict) and error["fix"]
    return str(error["message"])


def get(path: str, *headers: str, last: bool = False) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: x", *headers, *(["Connection: close"] if last else [])]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_request_is_taken_apart(serve: Serve) -> None:
    [answer] = bodies(exchange(serve(), get("/a%20b?c=d%26", last=True)))
    assert (answer["path"], answer["query"]) == ("/a b", "c=d%26")


def test_a_pipeline_is_answered_in_its_order_whatever_takes_long(serve: Serve) -> None:
    async def app(request: Request) -> Response:
        if request.path == "/slow":
            await asyncio.sleep(0.1)
        return echo(request)

    requests = [get("/slow"), get("/quick"), get("/slow"), get("/end", last=True)]
    answers = bodies(exchange(serve(app), b"".join(requests)))
    assert [one["path"] for one in answers] == ["/slow", "/quick", "/slow", "/end"]


def test_a_long_pipeline_is_answered_to_its_end(serve: Serve) -> None:
    requests = b"".join(get(f"/{number}") for number in range(500)) + get("/500", last=True)
    answers = bodies(exchange(serve(limits=Limits(pipelined=8)), requests))
    assert [one["path"] for one in answers] == [f"/{number}" for number in range(501)]


def test_a_request_may_come_byte_by_byte(serve: Serve) -> None:
    request = b"POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
    pieces = [request[number : number + 1] for number in range(len(request))]
    assert bodies(exchange(serve(), *pieces))[0]["body"] == "abc"


def test_a_chunked_body_is_put_together(serve: Serve) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = exchange(serve(), head, b"3\r\nabc\r\n", b"4\r\ndefg\r\n0\r\n\r\n")
    assert bodies(answer)[0]["body"] == "abcdefg"


def test_who_asks_first_is_told_to_go_on(serve: Serve) -> None:
    with connect(serve()) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Content-Length: 3\r\nConnection: close\r\n\r\n"
        )
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert bodies(everything(connection))[0]["body"] == "abc"


def test_the_answer_to_head_has_a_length_and_no_body(serve: Serve) -> None:
    received = exchange(serve(), b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.endswith(b"\r\n\r\n")
    assert b"\r\nContent-Length: 5" in received or b"Content-Length: 6" in received


def test_http_1_0_is_answered_and_closed(serve: Serve) -> None:
    assert bodies(exchange(serve(), b"GET /old HTTP/1.0\r\n\r\n"))[0]["path"] == "/old"


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


def test_a_slow_app_is_not_hurried(serve: Serve) -> None:
    async def app(request: Request) -> Response:
        await asyncio.sleep(0.8)
        return echo(request)

    assert bodies(exchange(serve(app, limits=LIMITS), get("/x", last=True)))[0]["path"] == "/x"


def test_an_unknown_expectation_gets_417(serve: Serve) -> None:
    refused(exchange(serve(), get("/", "Expect: miracles")), 417)


def test_an_app_that_breaks_gets_500_and_the_connection_stays(
    serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    def app(request: Request) -> Response:
        if request.path == "/bad":
            raise RuntimeError("the model is wrong")
        return echo(request)

    answers = bodies(exchange(serve(app), get("/bad") + get("/good", last=True)))
    assert "the model is wrong" in str(answers[0]["error"])
    assert answers[1]["path"] == "/good"
    assert "RuntimeError" in capfd.readouterr().err


def test_a_header_can_not_smuggle_another(serve: Serve) -> None:
    def app(_request: Request) -> Response:
        return Response(200, {"X-Name": "a\r\nSet-Cookie: b"})

    received = exchange(serve(app), get("/", last=True))
    assert received.startswith(b"HTTP/1.1 500 ")
    assert b"\r\nSet-Cookie" not in received


def test_a_client_that_leaves_early_harms_nobody(serve: Serve) -> None:
    url = serve()
    for _ in range(20):
        with connect(url) as connection:
            connection.sendall(get("/a") * 50)
    assert bodies(exchange(url, get("/after", last=True)))[0]["path"] == "/after"


def test_a_big_answer_waits_for_who_reads_slowly(serve: Serve) -> None:
    body = b"x" * (8 << 20)

    def app(_request: Request) -> Response:
        return Response(200, (), body)

    with connect(serve(app)) as connection:
        connection.sendall(get("/1") + get("/2", last=True))
        received = everything(connection)
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert len(received) > 2 * len(body)


def test_an_injection_may_lose_the_answer_when_the_work_is_done(serve: Serve) -> None:
    worked = []

    def app(request: Request) -> Response:
        worked.append(request.path)
        return echo(request)

    class Lost:
        name = "lost"

        async def __call__(self, request: Request, answer: Answer, wire: Wire) -> None:
            await answer()
            wire.reset()

    def injector(request: Request) -> Injection | None:
        return Lost() if request.path == "/lost" else None

    url = serve(app, injector=injector)
    with pytest.raises(ConnectionResetError):
        exchange(url, get("/lost"))
    assert worked == ["/lost"]
    assert bodies(exchange(url, get("/kept", last=True)))[0]["path"] == "/kept"


def test_an_injection_may_answer_itself_and_the_connection_stays(serve: Serve) -> None:
    class Busy:
        name = "busy"

        async def __call__(self, request: Request, answer: Answer, wire: Wire) -> Response:
            return Response.of_json({"busy": True}, 503)

    def injector(request: Request) -> Injection | None:
        return Busy() if request.path == "/busy" else None

    received = exchange(serve(injector=injector), get("/busy") + get("/x", last=True))
    assert received.startswith(b"HTTP/1.1 503 ")
    assert [one.get("path") for one in bodies(received)] == [None, "/x"]


def test_the_end_of_a_server_waits_for_what_was_asked() -> None:
    async def app(request: Request) -> Response:
        await asyncio.sleep(0.2)
        return echo(request)

    server = ServerThread(lambda: HttpServer(app))
    with connect(server.url) as busy, connect(server.url) as idle:
        busy.sendall(get("/asked"))
        until = time.monotonic() + 5
        while not busy_at(server) and time.monotonic() < until:
            time.sleep(0.005)  # until it has been read
        server.close()
        assert bodies(everything(busy))[0]["path"] == "/asked"
        assert everything(idle) == b""
    with pytest.raises(OSError):
        connect(server.url)


def busy_at(server: ServerThread) -> bool:
    made = server.server
    return made is not None and any(one.busy for one in list(made.connections))
