"""`Api`: Toxiproxy's HTTP API over a server's proxies, and our own pages under `/_belljar/`."""

from __future__ import annotations

import json
from collections.abc import Callable

from belljar.mocks.proxy.collection import Proxies
from belljar.mocks.proxy.errors import BadRequest, NotAllowed, NotFound, WrongMethod
from belljar.mocks.proxy.http_server import Request, Response
from belljar.mocks.proxy.metrics import metrics

__all__ = ["VERSION", "Api"]

# The Toxiproxy whose API this is; its clients may ask before they use what is newer.
VERSION = "2.12.0"

_Handler = Callable[..., Response]


class Api:
    """Call it with a request. It is called from its loop's thread only."""

    def __init__(self, proxies: Proxies) -> None:
        self._proxies = proxies
        # By the shape of the path, where * is a name, and by method.
        self._routes: dict[tuple[str, ...], dict[str, _Handler]] = {
            ("proxies",): {"GET": self._index, "POST": self._create},
            ("proxies", "*"): {
                "GET": self._show,
                "POST": self._update,
                "PATCH": self._update,
                "DELETE": self._delete,
            },
            ("proxies", "*", "toxics"): {"GET": self._toxics, "POST": self._add_toxic},
            ("proxies", "*", "toxics", "*"): {
                "GET": self._toxic,
                "POST": self._update_toxic,
                "PATCH": self._update_toxic,
                "DELETE": self._remove_toxic,
            },
            ("populate",): {"POST": self._populate},
            ("reset",): {"POST": self._reset},
            ("version",): {"GET": self._version},
            ("metrics",): {"GET": self._metrics},
            ("_belljar", "ready"): {"GET": self._ready},
            ("_belljar", "journal"): {"GET": self._journal},
        }

    def __call__(self, request: Request) -> Response:
        """Return the answer; raises `ProxyError` for one that has none."""
        if request.headers.get("user-agent", "").startswith("Mozilla/"):
            raise NotAllowed(
                "User agent not allowed",
                "call from a program: a browser may be sent here by a page",
            )
        for shape, methods in self._routes.items():
            names = _names(shape, request.parts)
            if names is None:
                continue
            handler = methods.get("GET" if request.method == "HEAD" else request.method)
            if handler is None:
                raise WrongMethod(
                    f"method not allowed: {request.method} {request.path}",
                    f"use {' or '.join(methods)}",
                )
            return handler(request, *names)
        pages = ", ".join("/" + "/".join(shape) for shape in self._routes)
        raise NotFound(f"page not found: {request.path}", f"there are {pages}")

    def _index(self, request: Request) -> Response:
        found = self._proxies.by_name
        return Response.of({name: proxy.as_json() for name, proxy in found.items()})

    def _create(self, request: Request) -> Response:
        return Response.of(self._proxies.create(_object(request)).as_json(), 201)

    def _show(self, request: Request, name: str) -> Response:
        return Response.of(self._proxies.get(name).as_json())

    def _update(self, request: Request, name: str) -> Response:
        self._proxies.get(name)
        return Response.of(self._proxies.update(name, _object(request)).as_json())

    def _delete(self, request: Request, name: str) -> Response:
        self._proxies.remove(name)
        return Response(204)

    def _toxics(self, request: Request, name: str) -> Response:
        toxics = self._proxies.get(name).in_order()
        return Response.of([toxic.as_json() for toxic in toxics])

    def _add_toxic(self, request: Request, name: str) -> Response:
        return Response.of(self._proxies.get(name).add_toxic(_object(request)).as_json())

    def _toxic(self, request: Request, name: str, toxic: str) -> Response:
        return Response.of(self._proxies.get(name).toxic(toxic).as_json())

    def _update_toxic(self, request: Request, name: str, toxic: str) -> Response:
        proxy = self._proxies.get(name)
        proxy.toxic(toxic)
        return Response.of(proxy.update_toxic(toxic, _object(request)).as_json())

    def _remove_toxic(self, request: Request, name: str, toxic: str) -> Response:
        self._proxies.get(name).remove_toxic(toxic)
        return Response(204)

    def _populate(self, request: Request) -> Response:
        given = _json(request)
        if not isinstance(given, list):
            raise BadRequest(f"bad request body: {given!r}", "give a list of proxies")
        proxies, error = self._proxies.populate(given)
        answer: dict[str, object] = {"proxies": [proxy.as_json() for proxy in proxies]}
        if error is None:
            return Response.of(answer, 201)
        return Response.of(error.as_json() | answer, error.status)

    def _reset(self, request: Request) -> Response:
        self._proxies.reset()
        return Response(204)

    def _version(self, request: Request) -> Response:
        return Response.of({"version": VERSION, "server": "belljar"})

    def _metrics(self, request: Request) -> Response:
        text = metrics(list(self._proxies.by_name.values()))
        return Response(200, text.encode(), {"Content-Type": "text/plain; version=0.0.4"})

    def _ready(self, request: Request) -> Response:
        return Response.of({"ready": True})

    def _journal(self, request: Request) -> Response:
        found = self._proxies.by_name
        return Response.of({name: list(proxy.record) for name, proxy in found.items()})


def _names(shape: tuple[str, ...], parts: tuple[str, ...]) -> list[str] | None:
    if len(shape) != len(parts):
        return None
    names = []
    for wanted, part in zip(shape, parts, strict=True):
        if wanted == "*":
            names.append(part)
        elif wanted != part:
            return None
    return names


def _json(request: Request) -> object:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError) as error:
        what = "EOF" if not request.body.strip() else str(error)
        raise BadRequest(f"bad request body: {what}", "send JSON") from None


def _object(request: Request) -> dict[str, object]:
    given = _json(request)
    if not isinstance(given, dict):
        raise BadRequest(f"bad request body: {given!r}", 'give an object, such as {"name": "db"}')
    return given
