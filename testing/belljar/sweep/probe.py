"""`Probe`: what a sweep sees of one run of a test: its boundaries, watched; its mocks; its services.

The fixture `_swept` hands it the run's fixtures while the test is set up, and the plugin tells it when the
test's body begins and ends.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import pytest

from belljar.faults.noted import Noted
from belljar.faults.points import POINTS
from belljar.mocks.errors import MockError
from belljar.sweep.outside import FIXTURES, graph_mocks

if TYPE_CHECKING:
    from belljar.faults.boundary import Boundary
    from belljar.faults.session import Faults
    from belljar.mocks.client import MockClient
    from belljar.services.access import Services
    from belljar.sweep.settling import Effects, Invariant

__all__ = ["Probe", "has_graph", "register_graph_mocks"]

# Without a graph the test's own process is what calls. Files are asked for.
OWN_POINTS = ("client", "sql", "subprocess")
# Where plugins keep the clients of a test's mocks.
STASHES = (("belljar.mocks.plugin", "CLIENTS"), ("belljar.mocks.openapi.plugin", "_CLIENTS"))


class Told(Protocol):
    """A mock's client, as far as a sweep asks it."""

    namespace: str

    @property
    def url(self) -> str:
        """Where the code under test reaches it."""

    def effects(self) -> Counter[str]:
        """What has durably happened there."""


def has_graph(item: pytest.Item) -> bool:
    """Tell whether services run while the test does."""
    return "services" in getattr(item, "fixturenames", ())


class Probe:
    """One run of one test. `wanted` are the boundaries to be swept; none are the usual ones."""

    def __init__(self, item: pytest.Item, wanted: Sequence[str], limit: float) -> None:
        self.item = item
        self.limit = limit
        self.begun = self.ended = 0.0
        self.hung = ""
        self.mock_services: set[str] = set()
        self.faults: Faults | None = None
        self._wanted = wanted
        self._watched: dict[str, Boundary] = {}
        self._mocks: dict[str, MockClient] = {}
        self._services: Services | None = None
        self._effects_before: dict[str, Counter[str]] = {}

    def open(self, request: pytest.FixtureRequest, faults: Faults) -> None:
        """Watch what is there, and what will be registered."""
        self.faults = faults
        known = faults.register

        def register(boundary: Boundary) -> None:
            known(boundary)
            self._watch(boundary.name, boundary.family)

        # Of this one object: boundaries come with other fixtures, in their own time.
        faults.register = register  # type: ignore[method-assign]
        points = [name for name in self._wanted if name in POINTS]
        if not self._wanted and not has_graph(self.item):
            points = list(OWN_POINTS)
        for name in points:
            self._watch(name, name)
        if has_graph(self.item):
            self._services = request.getfixturevalue("services")
            found = register_graph_mocks(request, self._services)
            self._mocks = {name: client for name, (_, client) in found.items()}
            self.mock_services = set(found)

    def begin(self) -> None:
        """Let the test's body begin."""
        self._effects_before = self._effects_now()
        self.begun = time.monotonic()

    def end(self) -> None:
        """The body is over."""
        self.ended = time.monotonic()

    @property
    def families(self) -> Mapping[str, str]:
        """The boundaries that are watched, each with its family."""
        return {name: boundary.family for name, boundary in self._watched.items()}

    def boundaries(self) -> tuple[str, ...]:
        """The names of all that there are."""
        assert self.faults is not None, "open has been called"
        return tuple(sorted(self.faults.boundaries))

    def calls(self) -> dict[str, list[Noted]]:
        """What was noted so far, without requests that are noted at a mock as well."""
        own = {one.url.partition("//")[2].partition("/")[0] for one in self._known().values()}
        found = {name: boundary.calls() for name, boundary in self._watched.items()}
        if "client" in found:
            found["client"] = [one for one in found["client"] if one.call.get("host") not in own]
        return found

    def fired(self) -> bool:
        """Whether the first fault of the plan has happened."""
        assert self.faults is not None, "open has been called"
        rules = self.faults.record().rules
        return bool(rules and (rules[0].when.calls is None or rules[0].when.calls))

    def clear(self) -> list[str]:
        """Let no more faults happen; give what the points complain about."""
        assert self.faults is not None, "likewise"
        self.faults.close()
        return list(dict.fromkeys(self.faults.complaints))

    def effects(self) -> Effects:
        """What has happened at each mock since the body began."""
        now = self._effects_now()
        return {
            name: counted - self._effects_before.get(name, Counter())
            for name, counted in now.items()
        }

    def invariants(self) -> list[Invariant]:
        """What the fixture `invariants` has given."""
        given = getattr(self.item, "funcargs", {}).get("invariants") or []
        return [given] if callable(given) else list(given)

    def kill_services(self) -> None:
        """End the services that are no mocks: they are new when the next run begins."""
        for name, running in (self._services or {}).items():
            if name not in self.mock_services:
                running.kill()

    def _watch(self, name: str, family: str) -> None:
        assert self.faults is not None, "likewise"
        wanted = name in self._wanted if self._wanted else family != "process"
        if wanted:
            boundary = self.faults.boundary(name)
            boundary.watch()
            self._watched[name] = boundary

    def _known(self) -> dict[str, Told]:
        """Give every mock of the test by a name that is the same in each run; some come while it runs."""
        found: dict[str, Told] = dict(self._mocks)
        seen = {(one.url, one.namespace) for one in self._mocks.values()}
        for number, one in enumerate(_clients(self.item), 1):
            if (one.url, one.namespace) not in seen:
                seen.add((one.url, one.namespace))
                found[next(iter(getattr(one, "boundaries", ())), f"mock {number}")] = one
        return found

    def _effects_now(self) -> dict[str, Counter[str]]:
        found = {}
        for name, one in self._known().items():
            try:
                found[name] = one.effects()
            except MockError:
                found[name] = self._effects_before.get(name, Counter())  # it is gone
        return found


def _clients(item: pytest.Item) -> list[Told]:
    """Give the clients that the test's fixtures have made, of all mocks."""
    found: list[Told] = []
    for module, name in STASHES:
        # Only those that are in use: some have libraries of their own.
        if module in sys.modules:
            found += item.stash.get(getattr(sys.modules[module], name), [])
    return found


def register_graph_mocks(
    request: pytest.FixtureRequest, services: Services
) -> dict[str, tuple[str, MockClient]]:
    """Make the boundaries of the graph's mocks known, but of those whose fixture the test uses; give all mocks."""
    from belljar.faults.boundary import RemoteBoundary
    from belljar.faults.plugin import register

    found = graph_mocks(services)
    for service, (kind, client) in found.items():
        if FIXTURES.get(kind) not in request.fixturenames:
            for name, family in client.boundaries.items():
                where = (client.url, client.namespace, services[service])
                register(request, RemoteBoundary(name, family, *where))
    return found
