"""What the tests of belljar.mocks.http speak with: bytes to a server, and what comes back."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

from belljar.mocks.http import Limits, Request, Response

Serve = Callable[..., str]
LIMITS = Limits(body=1000, headers=2000, head_seconds=0.3, body_seconds=0.3, idle_seconds=0.3)


def echo(request: Request) -> Response:
    """Answer with the request."""
    return Response.of_json(
        {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "body": request.body.decode("latin-1"),
            "size": len(request.body),
        }
    )


def connect(url: str) -> socket.socket:
    """Give a connection to a server."""
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=5)


def exchange(url: str, *pieces: bytes) -> bytes:
    """All that comes back until the server closes."""
    with connect(url) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return everything(connection)


def everything(connection: socket.socket) -> bytes:
    """Give all that comes until the server closes."""
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
    """Give the message of a refusal, after which the connection ends."""
    assert received.startswith(b"HTTP/1.1 %d " % status), received
    assert b"\r\nConnection: close\r\n" in received
    [content] = bodies(received)
    error = content["error"]
    assert isinstance(error, dict) and error["fix"]
    return str(error["message"])


def get(path: str, *headers: str, last: bool = False) -> bytes:
    """Give a request; after the last one the server closes."""
    lines = [f"GET {path} HTTP/1.1", "Host: x", *headers, *(["Connection: close"] if last else [])]
    return "\r\n".join([*lines, "", ""]).encode()
