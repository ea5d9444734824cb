"""`Call`, what a handler is given, and `endpoint`, which puts it into the table of routes.

@endpoint("POST /v1/customers/:id", "email name metadata")
def update(call: Call) -> Record: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from belljar.mocks.payments.forms import Params
from belljar.mocks.payments.state import Record, State

__all__ = ["ROUTES", "Call", "Listed", "Route", "endpoint", "find", "nearest"]


@dataclass(slots=True)
class Call:
    """One request to the API, taken apart."""

    state: State
    params: Params
    ids: list[str] = field(default_factory=list)
    path: str = ""
    base_url: str = ""
    version: str = ""

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.ids[0]


class Listed(NamedTuple):
    """A page of a list, rendered already; `object` is "list" or "search_result"."""

    data: list[dict[str, Any]]
    has_more: bool
    url: str
    object: str = "list"
    next_page: str | None = None


Handler = Callable[[Call], Record | Listed]


class Route(NamedTuple):
    """An endpoint: what answers it, and the parameters that it knows."""

    shown: str
    handler: Handler
    known: frozenset[str]


# (method, collection, segments, last word) -> route; see `_key`.
ROUTES: dict[tuple[str, str, int, str], Route] = {}


def endpoint(shown: str, params: str = "") -> Callable[[Handler], Handler]:
    """Have the function answer `POST /v1/things/:id/verb` with these parameters, and `expand`."""

    def put(handler: Handler) -> Handler:
        method, path = shown.split()
        parts = path.split("/")
        word = parts[-1] if len(parts) > 3 and not parts[-1].startswith(":") else ""
        if len(parts) == 6:
            word = parts[4]
        known = frozenset(params.split()) | {"expand"}
        ROUTES[method, parts[2], len(parts), word] = Route(shown, handler, known)
        return handler

    return put


def find(method: str, path: str) -> tuple[Route, list[str]] | None:
    """The route for a path, and the ids in it."""
    parts = path.split("/")
    count = len(parts)
    if count < 3 or parts[1] != "v1" or "" in parts[2:]:
        return None
    collection = parts[2]
    if count == 3:
        route = ROUTES.get((method, collection, 3, ""))
        return None if route is None else (route, [])
    if count == 4:
        route = ROUTES.get((method, collection, 4, parts[3]))
        if route is not None:
            return route, []
        route = ROUTES.get((method, collection, 4, ""))
        return None if route is None else (route, [parts[3]])
    if count in (5, 6):
        route = ROUTES.get((method, collection, count, parts[4]))
        return None if route is None else (route, parts[3::2])
    return None


def nearest(method: str, path: str) -> str:
    """The known route that comes nearest to what nothing answers."""
    wanted = f"{method} {path}"

    def likeness(shown: str) -> float:
        return SequenceMatcher(None, wanted, shown).ratio()

    return max((route.shown for route in ROUTES.values()), key=likeness)
