"""`Entry`: a dependency's mock with all that is known of it; `Scenario`, a named state of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from belljar.mocks.registry.errors import UnknownScenario, nearest
from belljar.mocks.registry.wellformed import check

if TYPE_CHECKING:
    from belljar.mocks.http.server import HttpServer
    from belljar.mocks.openapi.service import OpenApiService
    from belljar.mocks.registry.fallback import Fallback
    from belljar.mocks.registry.recording import Record

__all__ = ["Entry", "OwnServer", "Scenario"]

# Errors are a mistake of the test: its line is shown, and not those in here.
__tracebackhide__ = True


class OwnServer(Protocol):
    """A mock's server that the tests have started themselves."""

    @property
    def url(self) -> str:
        """Where it is."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True)
class Scenario:
    """A set-up with a name: `state` is done to the mock's client, `faults` are planned at its boundary.

    Scenario("the card is declined", state=lambda payments: payments.decline("lost_card"))
    Scenario("each answer takes a second", faults=lambda on: on(method="POST").latency(mean=1.0))
    """

    summary: str
    state: Callable[[Any], object] | None = None
    faults: Callable[[Callable[..., Any]], object] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Entry:
    """What the registry has under a name.

    `mock` makes the model: the same one is asked inside the test's process and behind the server. Without it
    there is a `document` (OpenAPI), which is the model then; with both, the model's answers are checked by the
    document. `client` is what a test gets. `operations` are the calls of the contract: functions of a client and
    a `Record`; `ignored` says which values may differ between the two sides, and why: pattern -> reason.
    `fallback` is what code that uses the dependency does when it fails.

    `inside`, `served` and `command` are for what is no `Mock`: how it starts in the process, on the loopback, and
    as a process that prints `NAME: listening on URL`.
    """

    name: str = field(kw_only=False)
    mock: Callable[[], Any] | None = None
    client: type[Any] | None = None
    document: Path | str | None = None
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    fallback: Fallback | None = None
    operations: Sequence[Callable[[Any, Record], object]] = ()
    ignored: Mapping[str, str] = field(default_factory=dict)
    inside: Callable[[], OwnServer] | None = None
    served: Callable[[], OwnServer] | None = None
    command: Sequence[str] = ()

    def __post_init__(self) -> None:
        check(self)
        object.__setattr__(self, "scenarios", MappingProxyType(dict(self.scenarios)))

    @property
    def client_type(self) -> type[Any]:
        """What a test gets for it."""
        if self.client is not None:
            return self.client
        if self.mock is None:
            from belljar.mocks.openapi.client import OpenApiClient

            return OpenApiClient
        from belljar.mocks.client import MockClient

        mock = self.mock
        # A client of a team's own may know more; this one has the boundaries that the model says.
        return type("Client", (MockClient,), {"boundaries": getattr(mock, "boundaries", {})})

    def scenario(self, name: str) -> Scenario:
        """Return a scenario. Raises `UnknownScenario`."""
        from belljar.mocks.registry.scenarios import scenarios_of

        known = scenarios_of(self)
        if name not in known:
            raise UnknownScenario(
                f"{self.name} has no scenario {name!r}",
                choices=sorted(known),
                fix=nearest(
                    name, known, f"add it: Entry({self.name!r}, scenarios={{{name!r}: ...}})"
                ),
            )
        return known[name]

    def start_inside(self) -> OwnServer:
        """Return the model, running in this process, without a socket of the network."""
        from belljar.mocks.inside import InsideServer, install

        install()
        return self.inside() if self.inside is not None else InsideServer(self.server)

    def start_served(self) -> OwnServer:
        """Return the model, running in this process, behind a socket of the loopback."""
        from belljar.mocks.http.thread import ServerThread

        return self.served() if self.served is not None else ServerThread(self.server)

    def server(self) -> HttpServer:
        """Return a server of a new model."""
        from belljar.mocks.control import controlled_server

        return controlled_server(self.model())

    def model(self) -> Any:
        """Return a new model."""
        return self.mock() if self.mock is not None else self._of_document()

    def make_client(self, url: str, namespace: str) -> Any:
        """Return a client of a namespace of its mock, which knows the entry's scenarios."""
        made = self.client_type(url, namespace)
        made.entry = self
        return made

    def _of_document(self) -> OpenApiService:
        from belljar.mocks.openapi.loading import load_document
        from belljar.mocks.openapi.service import OpenApiService

        assert self.document is not None
        return OpenApiService(load_document(Path(self.document)), self.name)
