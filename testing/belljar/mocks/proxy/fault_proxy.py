"""`FaultProxy`: one proxy in this process, in a thread of its own, and its toxics as Python objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

# Imported, the toxics are known.
from belljar.mocks.proxy import toxics as _toxics  # noqa: F401
from belljar.mocks.proxy.attributes import Value
from belljar.mocks.proxy.errors import NotFound
from belljar.mocks.proxy.faults import toxics_for
from belljar.mocks.proxy.items import End
from belljar.mocks.proxy.loop_thread import LoopThread
from belljar.mocks.proxy.planned import Plan
from belljar.mocks.proxy.proxy import Event, Proxy
from belljar.mocks.proxy.splicing import Pipe

__all__ = ["FaultProxy", "ToxicHandle"]

T = TypeVar("T")


class ToxicHandle:
    """A toxic that was added; with `with` it is there for the block."""

    def __init__(self, proxy: FaultProxy, name: str) -> None:
        self.name = name
        self._proxy = proxy

    @property
    def seen(self) -> int:
        """How many cases it counted: connections, requests, statements or commands."""
        return self._count("seen")

    @property
    def applied(self) -> int:
        """To how many of them it happened."""
        return self._count("applied")

    def update(self, *, toxicity: float | None = None, **attributes: Value) -> None:
        """Change what is given; what is not stays, and the counting begins anew."""
        given = {"toxicity": toxicity, "attributes": attributes}
        self._proxy.call(lambda proxy: proxy.update_toxic(self.name, given))

    def remove(self) -> None:
        """Be rid of it; one that is gone already is no error."""

        def removed(proxy: Proxy) -> None:
            if any(toxic.name == self.name for toxic in proxy.toxics):
                proxy.remove_toxic(self.name)

        self._proxy.call(removed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    def _count(self, what: str) -> int:
        return int(self._proxy.call(lambda proxy: getattr(proxy.toxic(self.name), what)))


class FaultProxy:
    """A proxy in front of `upstream`, at `address`, until it is closed.

        with FaultProxy("127.0.0.1:5432") as proxy:
            with proxy.add("postgres", on="commit", action="lose_answer", times=1):
                place_order(database_at=proxy.address)

    `upstream` and `listen` are host:port or unix:/path; `protocol` (postgres, valkey) lets it read
    along from the first byte of each connection, also before there is such a toxic. May be used from
    several threads.
    """

    def __init__(
        self,
        upstream: str,
        *,
        listen: str = "127.0.0.1:0",
        protocol: str = "",
        seed: int = 0,
        name: str = "proxy",
    ) -> None:
        self._thread = LoopThread(f"belljar-proxy-{name}")
        try:
            self._proxy = Proxy(
                self._thread.loop, name, listen, upstream, protocol=protocol, seed=seed
            )
            self._thread.call(self._proxy.start)
        except BaseException:
            self._thread.close()
            raise

    @property
    def address(self) -> str:
        """Where it listens: host:port or unix:/path."""
        return self._proxy.listen

    @property
    def host(self) -> str:
        """The host where it listens; empty for a Unix socket."""
        return self._proxy.address.host

    @property
    def port(self) -> int:
        """The port where it listens; 0 for a Unix socket."""
        return self._proxy.address.port

    @property
    def upstream(self) -> str:
        """Where it connects to."""
        return self._proxy.upstream

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return self.call(lambda proxy: len(proxy.connections))

    @property
    def toxics(self) -> list[dict[str, object]]:
        """Its toxics, as the API shows them."""
        return self.call(lambda proxy: [toxic.as_json() for toxic in proxy.in_order()])

    def record(self) -> list[Event]:
        """Return what its toxics did, in order; the last ten thousand events."""
        return self.call(lambda proxy: list(proxy.record))

    def add(
        self,
        type: str,
        *,
        stream: str = "downstream",
        name: str = "",
        toxicity: float = 1.0,
        **attributes: Value,
    ) -> ToxicHandle:
        """Add a toxic and return it; open connections have it as well. Raises `BadRequest`."""
        given = {
            "type": type,
            "stream": stream,
            "name": name,
            "toxicity": toxicity,
            "attributes": attributes,
        }
        return ToxicHandle(self, self.call(lambda proxy: proxy.add_toxic(given).name))

    def add_fault(self, rule: Mapping[str, object], family: str = "") -> list[ToxicHandle]:
        """Add the toxics that stand for a fault of a plan; see `toxics_for`."""
        bodies = toxics_for(rule, family)
        names = self.call(lambda proxy: [proxy.add_toxic(body).name for body in bodies])
        return [ToxicHandle(self, name) for name in names]

    def remove_toxics(self) -> None:
        """Be rid of all toxics."""
        self.call(lambda proxy: proxy.remove_toxics())

    def plan_by(self, plan: Plan) -> None:
        """Ask this plan about every connection and statement from now on; see `ProxyBoundary`."""
        self.call(lambda proxy: setattr(proxy, "plan", plan))

    def let_go(self) -> None:
        """End what a plan has done to connections that are still there."""
        self.call(lambda proxy: proxy.let_go())

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse clients, and close the connections of those that are there, for the block."""
        self.call(lambda proxy: proxy.stop())
        try:
            yield
        finally:
            self.call(lambda proxy: proxy.start())

    def reset_connections(self) -> None:
        """Reset every connection that there is."""
        self.call(lambda proxy: proxy.end_connections(End.RESET))

    def close(self) -> None:
        """Stop listening and close every connection."""
        if self._thread.loop.is_closed():
            return
        self.call(lambda proxy: proxy.stop())
        self._thread.call(Pipe.close_kept)
        self._thread.close()

    def call(self, function: Callable[[Proxy], T]) -> T:
        """Return what a function of the proxy returns; it is called in the proxy's thread."""
        if self._thread.loop.is_closed():
            raise NotFound("proxy not found", "it was closed: use it within its `with`")
        return self._thread.call(function, self._proxy)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
