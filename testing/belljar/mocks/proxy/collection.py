"""`Proxies`: the proxies of one server, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from belljar.mocks.proxy.addresses import parse_address
from belljar.mocks.proxy.errors import (
    AlreadyExists,
    BadRequest,
    MissingField,
    NotFound,
    ProxyError,
)
from belljar.mocks.proxy.proxy import Proxy

__all__ = ["Proxies"]


class Proxies:
    """Proxies by name. Its methods are called from its loop's thread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, seed: int = 0) -> None:
        self.by_name: dict[str, Proxy] = {}
        self._loop = loop
        self._seed = seed

    def get(self, name: str) -> Proxy:
        """Return the proxy of this name; raises `NotFound`."""
        if name not in self.by_name:
            names = ", ".join(self.by_name) or "none yet"
            raise NotFound("proxy not found", f"there is no {name!r}; there are: {names}")
        return self.by_name[name]

    def create(self, given: Mapping[str, object]) -> Proxy:
        """Make the proxy that a request's body describes, and start it unless it is not enabled."""
        proxy, enabled = self._described(given)
        if proxy.name in self.by_name:
            raise AlreadyExists(
                "proxy already exists",
                f"give it another name, or delete or update the one called {proxy.name!r}",
            )
        return self._start(proxy, enabled)

    def update(self, name: str, given: Mapping[str, object]) -> Proxy:
        """Change what is given of a proxy."""
        proxy = self.get(name)
        listen = _text(given, "listen", proxy.listen)
        upstream = _text(given, "upstream", proxy.upstream)
        proxy.update(listen, upstream, _flag(given, proxy.enabled))
        return proxy

    def populate(self, given: Sequence[object]) -> tuple[list[Proxy], ProxyError | None]:
        """Make or replace proxies; return those that are there now, and what stopped the rest.

        Nothing is changed where one of them is described wrongly. One that is there at the same
        addresses is left as it is, with its toxics and connections.
        """
        described: list[tuple[Proxy, bool, str]] = []
        names: set[str] = set()
        try:
            for number, one in enumerate(given, 1):
                place = f" at proxy {number}"
                if not isinstance(one, dict):
                    raise BadRequest(f"bad request body: {one!r}{place}", "give objects")
                proxy, enabled = self._described(one, place)
                if proxy.name in names:
                    raise BadRequest(
                        f"bad request body: duplicate proxy name {proxy.name!r}",
                        "name each proxy once",
                    )
                names.add(proxy.name)
                described.append((proxy, enabled, _text(one, "listen", "")))
        except ProxyError as error:
            return [], error
        there: list[Proxy] = []
        try:
            for proxy, enabled, listen in described:
                old = self.by_name.get(proxy.name)
                if old and old.same_as(listen, proxy.upstream):
                    if enabled != old.enabled:
                        old.update(old.listen, old.upstream, enabled)
                    there.append(old)
                    continue
                if old:
                    self.remove(old.name)
                there.append(self._start(proxy, enabled))
        except ProxyError as error:
            return there, error
        return there, None

    def remove(self, name: str) -> None:
        """Stop a proxy and forget it."""
        self.get(name).stop()
        del self.by_name[name]

    def reset(self) -> None:
        """Enable all proxies and remove all toxics."""
        for proxy in self.by_name.values():
            proxy.start()
            proxy.remove_toxics()

    def close(self) -> None:
        """Stop and forget them all."""
        for name in list(self.by_name):
            self.remove(name)

    def _start(self, proxy: Proxy, enabled: bool) -> Proxy:
        if enabled:
            proxy.start()
        self.by_name[proxy.name] = proxy
        return proxy

    def _described(self, given: Mapping[str, object], place: str = "") -> tuple[Proxy, bool]:
        name, upstream = _text(given, "name", ""), _text(given, "upstream", "")
        for field, value in (("name", name), ("upstream", upstream)):
            if not value:
                raise MissingField(
                    f"missing required field: {field}{place}",
                    'give at least {"name": "orders_db", "upstream": "127.0.0.1:5432"}',
                )
        parse_address(upstream, what="upstream")
        return Proxy(
            self._loop,
            name,
            _text(given, "listen", ""),
            upstream,
            protocol=_text(given, "protocol", ""),
            seed=self._seed,
        ), _flag(given, True)


def _text(given: Mapping[str, object], field: str, default: str) -> str:
    value = given.get(field)
    if value is None:
        return default
    if not isinstance(value, str):
        raise BadRequest(f"bad request body: {field} is {value!r}", "give a text")
    return value


def _flag(given: Mapping[str, object], default: bool) -> bool:
    value = given.get("enabled")
    if value is None:
        return default
    if not isinstance(value, bool):
        raise BadRequest(f"bad request body: enabled is {value!r}", "give true or false")
    return value
