"""An HTTP server for mocks: fast, small, hard to upset, and with a hand on the wire for faults.

    from belljar.mocks.http import HttpServer, Request, Response, ServerThread

    def app(request: Request) -> Response:
        return Response.of_json({"path": request.path})

    with ServerThread(lambda: HttpServer(app)) as server:
        httpx.get(server.url + "/here").json()

An app is a function from a `Request` to a `Response`, or to an awaitable of one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.mocks.http.injecting import Answer, Injection, Injector, Wire
    from belljar.mocks.http.limits import Limits, Refusal, Refuse, refuse_in_json
    from belljar.mocks.http.listening import open_socket, url_of
    from belljar.mocks.http.main import run
    from belljar.mocks.http.messages import App, Request, Response
    from belljar.mocks.http.server import HttpServer
    from belljar.mocks.http.thread import ServerThread

__all__ = [
    "Answer",
    "App",
    "HttpServer",
    "Injection",
    "Injector",
    "Limits",
    "Refusal",
    "Refuse",
    "Request",
    "Response",
    "ServerThread",
    "Wire",
    "open_socket",
    "refuse_in_json",
    "run",
    "url_of",
]

_HOMES = {
    "Answer": "injecting",
    "App": "messages",
    "HttpServer": "server",
    "Injection": "injecting",
    "Injector": "injecting",
    "Limits": "limits",
    "Refusal": "limits",
    "Refuse": "limits",
    "Request": "messages",
    "Response": "messages",
    "ServerThread": "thread",
    "Wire": "injecting",
    "open_socket": "listening",
    "refuse_in_json": "limits",
    "run": "main",
    "url_of": "listening",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
