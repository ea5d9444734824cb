"""The fixture `payments`: Stripe's API as a mock, an account of its own for each test.

    def test_an_order_is_paid(payments):
        client = stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})
        ...
        assert payments.journal()[0]["path"] == "/v1/payment_intents"

Where the target's `services` have one named `payments`, it is that, with the account of the API key
that it exports as `api_key`, emptied before each test; else a server in this process, started by the
first test that asks: in a unit test without a socket of the network, in others on the loopback. A
request to which a mock has no answer fails the test that sent it.

`mock_client` is what this fixture is made with; others may be, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest

if TYPE_CHECKING:
    from belljar.faults.session import Faults
    from belljar.mocks.client import MockClient
    from belljar.mocks.payments.client import PaymentsClient
    from belljar.services.running import RunningService

__all__ = ["mock_client", "own_server", "payments", "set_scene"]

C = TypeVar("C", bound="MockClient")


class OwnServer(Protocol):
    """A mock's server that the tests have started themselves."""

    @property
    def url(self) -> str:
        """Where it is."""

    def close(self) -> None:
        """End it."""


SERVERS = pytest.StashKey[dict[str, OwnServer]]()
CLIENTS = pytest.StashKey[list["MockClient"]]()


@pytest.fixture
def payments(request: pytest.FixtureRequest) -> PaymentsClient:
    """Give the payments mock: `.url` and `.api_key` for the code under test, and control."""
    from belljar.mocks.payments.client import PaymentsClient

    return mock_client(request, "payments", _payments_server, PaymentsClient, _payments_inside)


def mock_client(
    request: pytest.FixtureRequest,
    service: str,
    start: Callable[[], OwnServer],
    client: type[C],
    inside: Callable[[], OwnServer] | None = None,
) -> C:
    """A client of the mock for this test, whose namespace is as new.

    `start` makes a server where no service of that name is declared, and `inside` one without a socket of the
    network, for unit tests; they are kept for the session. What a service exports says which namespace its
    dependents use. A scenario that the test's marker names is set up.
    """
    running = _service(request, service)
    if running is not None:
        made = client.of_service(running.url, running.exports)
    elif inside is not None and request.node.get_closest_marker("unit") is not None:
        from belljar.mocks.inside.hooks import install
        from belljar.mocks.inside.proxies import go_past_proxies

        install()  # each time: a patch that was undone may have taken it along
        go_past_proxies(request)
        own = own_server(request, f"{service} inside", inside)
        made = client(own.url, _namespace(request.node))
    else:
        made = client(own_server(request, service, start).url, _namespace(request.node))
    made.reset()
    request.node.stash.setdefault(CLIENTS, []).append(made)
    _register_faults(request, made, running)
    _set_scene(request, made, service, running)
    return made


def pytest_configure(config: pytest.Config) -> None:
    """Have a place for servers."""
    config.stash[SERVERS] = {}


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers that tests have started."""
    servers = config.stash.get(SERVERS, {})
    while servers:
        servers.popitem()[1].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that asked a mock for what it does not have; tell of it when it failed anyway."""
    try:
        yield
    except BaseException:
        if complaint := _complaints(item):
            item.add_report_section("call", "unmatched requests", complaint)
        raise
    if complaint := _complaints(item):
        pytest.fail(complaint, pytrace=False)


def _complaints(item: pytest.Item) -> str:
    clients = item.stash.get(CLIENTS, [])
    if not clients:
        return ""
    from belljar.mocks.errors import MockNotReached

    found = []
    for client in clients:
        try:
            found.append(client.complaint())
        except MockNotReached:
            continue  # the test has stopped it: what it knew is gone
    return "\n".join(filter(None, found))


def _service(request: pytest.FixtureRequest, name: str) -> RunningService | None:
    # belljar.services is another part, which need not be there.
    if not os.environ.get("BELLJAR_SERVICES") and "services" not in request.fixturenames:
        return None
    services = request.getfixturevalue("services")
    if not type(services).__module__.startswith("belljar.services"):
        return None  # a team's own fixture of that name
    found: RunningService | None = services.get(name)
    return found


def own_server(
    request: pytest.FixtureRequest, service: str, start: Callable[[], OwnServer]
) -> OwnServer:
    """The server of that name that the tests have started themselves; the session ends it."""
    servers = request.config.stash[SERVERS]
    if service not in servers:
        servers[service] = start()
    return servers[service]


def _namespace(item: pytest.Item) -> str:
    """A name that no other test has, and this test has in each run: its ids are the same then."""
    readable = "".join(letter if letter.isalnum() else "_" for letter in item.name[:40])
    readable = readable.encode("ascii", "replace").decode().replace("?", "_")
    return f"{readable}_{blake2b(item.nodeid.encode(), digest_size=5).hexdigest()}"


def _register_faults(
    request: pytest.FixtureRequest, client: MockClient, running: RunningService | None
) -> None:
    if not client.boundaries or not request.config.pluginmanager.has_plugin(
        "belljar.faults.plugin"
    ):
        return
    from belljar.faults.boundary import RemoteBoundary
    from belljar.faults.plugin import register

    for name, family in client.boundaries.items():
        register(request, RemoteBoundary(name, family, client.url, client.namespace, running))


def _set_scene(
    request: pytest.FixtureRequest, client: MockClient, name: str, running: RunningService | None
) -> None:
    def known(faults: Faults) -> None:
        if next(iter(client.boundaries)) not in faults.boundaries:
            _register_faults(request, client, running)

    set_scene(request, client, name, known)


def set_scene(
    request: pytest.FixtureRequest, client: Any, name: str, make_known: Callable[[Faults], None]
) -> None:
    """Let the client know its scenarios, and bring it into those of the test's marker.

    `make_known` tells the test's faults of its boundaries, if they do not know them yet.
    """
    client.entry = client.entry or name
    if request.config.pluginmanager.has_plugin("belljar.faults.plugin"):

        def faults() -> Faults:
            given: Faults = request._pyfuncitem._request.getfixturevalue("faults")
            make_known(given)
            return given

        client.faults_of_test = faults
    if "scenario" in request.node.keywords:
        for marker in reversed(list(request.node.iter_markers("scenario"))):
            if marker.args[:1] == (name,):
                client.scenario(*marker.args[1:])


def _payments_inside() -> OwnServer:
    from belljar.mocks.inside import InsideServer
    from belljar.mocks.payments.mock import payments_server

    return InsideServer(payments_server, name="belljar-payments-inside")


def _payments_server() -> OwnServer:
    from belljar.mocks.http.thread import ServerThread
    from belljar.mocks.payments.mock import payments_server

    return ServerThread(payments_server, name="belljar-payments")
