"""What the fence is told of a graph: who listens where, and who may reach whom."""

from __future__ import annotations

from collections.abc import Callable, Collection

from belljar.fence import Breach
from belljar.services import Service, ServiceGraph

Serve = Callable[..., Service]
Start = Callable[..., ServiceGraph]


class Noting:
    """A fence that keeps nobody from anything, and notes what it is told."""

    def __init__(self) -> None:
        self.listening: dict[str, tuple[str, str]] = {}
        self.allowed: dict[str, list[str]] = {}

    def register(self, address: str, label: str, name: str) -> None:
        """Note it."""
        assert address not in self.listening
        self.listening[address] = (label, name)

    def unregister(self, address: str) -> None:
        """Note it."""
        del self.listening[address]

    def allow(self, source: str, labels: Collection[str]) -> None:
        """Note it."""
        self.allowed[source] = sorted(labels)

    def breaches(self) -> list[Breach]:
        """There are none."""
        return []


def test_a_service_may_reach_its_deps_and_the_test_its_roots(start: Start, serve: Serve) -> None:
    fence = Noting()
    start(
        serve("orders", deps=["payments"], after=["mail"], env={"A": "{url:payments}"}),
        serve("payments", label="//mocks:payments"),
        serve("mail"),
        fence=fence,
        roots=["orders"],
    )
    assert fence.allowed[""] == ["orders"]
    assert fence.allowed["orders"] == ["//mocks:payments", "orders"]
    assert fence.allowed["//mocks:payments"] == ["//mocks:payments"]


def test_who_may_call_back_may_reach_it(start: Start, serve: Serve) -> None:
    fence = Noting()
    start(
        serve("orders", deps=["payments"], env={"A": "{url:payments}"}, callbacks=["payments"]),
        serve("payments", label="//mocks:payments"),
        fence=fence,
    )
    assert fence.allowed["//mocks:payments"] == ["//mocks:payments", "orders"]


def test_a_proxy_stands_for_what_is_behind_it_and_may_go_there(start: Start, serve: Serve) -> None:
    fence = Noting()
    graph = start(
        serve("orders", deps=["search"], env={"A": "{address:search}"}),
        serve("search", label="//search"),
        fence=fence,
        roots=["orders"],
        proxied=True,
    )
    assert fence.allowed[""] == ["//search"]  # besides what it was let before
    places = [address for address, who in fence.listening.items() if who == ("//search", "search")]
    assert graph["search"].address in places
    assert len(places) == 2
    graph.stop()
    assert fence.listening == {}


def test_every_address_is_known_while_its_service_is_ready(start: Start, serve: Serve) -> None:
    fence = Noting()
    report = {"log": r"listening on .*:(?P<port>\d+)"}
    graph = start(
        serve("orders", args=["--report"], ready=report),
        serve("local", ports={"main": "unix"}, label="//mocks:local", instances=2),
        fence=fence,
    )
    addresses = [graph["orders"].address, *[one.address for one in graph["local"].instances]]
    assert sorted(fence.listening) == sorted(addresses)
    assert fence.listening[graph["local"].address] == ("//mocks:local", "local")
    graph["orders"].restart()
    graph["local"].restart()
    assert sorted(fence.listening) == sorted([graph["orders"].address, *addresses[1:]])
    graph.stop()
    assert fence.listening == {}
