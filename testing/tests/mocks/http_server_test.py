"""belljar.mocks.http on the wire: pipelines, bodies, early leavers, injections, and a graceful end."""

from __future__ import annotations

import asyncio
import time

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
from tests.mocks.http_exchange import Serve, bodies, connect, echo, everything, exchange, get


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
        exchange(url, get("/lost") + get("/behind"))
    assert worked == ["/lost"], "who is behind it on the connection is not heard"
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


@pytest.mark.parametrize("broken", ["a\nb", "a\rb", "a\r\nX-Other: b"])
def test_a_header_with_a_line_break_never_leaves_the_server(serve: Serve, broken: str) -> None:
    def app(_request: Request) -> Response:
        return Response(200, {"X-First": "good", "X-Second": broken}, b"yes")

    answer = exchange(serve(app), get("/", last=True))
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"X-Second" in answer.partition(b"\r\n\r\n")[2]
    assert b"X-Other: b" not in answer.partition(b"\r\n\r\n")[0]
