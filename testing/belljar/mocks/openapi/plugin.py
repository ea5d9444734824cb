"""The fixtures `openapi_mock` and `mocks`: mocks of HTTP services, as new for each test.

    def test_a_pet_is_bought(openapi_mock):
        shop = openapi_mock("petshop.yaml")          # a file beside the test: a server in this process
        shop.expect("POST", "/pets").respond(201)
        buy(shop.url)

    def test_with_services(mocks):
        mocks["petshop"].expect("POST", "/pets")     # services = [":petshop"] of the target

Load it with `-p belljar.mocks.openapi.plugin`. A test fails for each request that it should not have sent, and
for each expectation that was not met; the report of a failed test has the requests that came.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from belljar.mocks.openapi.client import OpenApiClient
    from belljar.mocks.openapi.mock import OpenApiMock
    from belljar.services import RunningService, Services

__all__ = ["Mocks", "make_boundary_known", "mocks", "namespace_of", "openapi_mock", "registered"]

_CLIENTS = pytest.StashKey[list["OpenApiClient"]]()
BELLJAR_LAYERS = {"mocks": "integration e2e perf"}
_TITLE = "mocks"
_REPORTING = "belljar-openapi-reporting"
# Of the journal, in the report of a failed test.
_LINES = 20


class Mocks(Mapping[str, "OpenApiClient"]):
    """Service name -> the client of that mock; of an OpenAPI mock, whatever else the services are."""

    def __init__(self, services: Services, give: Callable[[str], OpenApiClient]) -> None:
        self._services = services
        self._give = give
        self._given: dict[str, OpenApiClient] = {}

    def __getitem__(self, name: str) -> OpenApiClient:
        if name not in self._given:
            self._given[name] = self._give(name)
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._services)

    def __len__(self) -> int:
        return len(self._services)


@pytest.fixture(scope="session")
def _openapi_servers() -> Iterator[dict[Path, OpenApiMock]]:
    servers: dict[Path, OpenApiMock] = {}
    yield servers
    for server in servers.values():
        server.close()


@pytest.fixture
def openapi_mock(
    request: pytest.FixtureRequest, _openapi_servers: dict[Path, OpenApiMock]
) -> Callable[[str | Path], OpenApiClient]:
    """Give a function: a document's path, relative to the test's file, to the mock of it.

    The server is of this process, and of all its tests; the namespace is this test's own.
    """
    from belljar.mocks.openapi.errors import OpenApiError
    from belljar.mocks.openapi.mock import OpenApiMock

    def give(spec: str | Path) -> OpenApiClient:
        path = request.path.parent / spec
        text = ""
        if path not in _openapi_servers:
            try:
                _openapi_servers[path] = OpenApiMock(path, name=path.stem).start()
            except OpenApiError as error:
                text = str(error)
        if text:  # out of the handler, or pytest would tell it twice
            pytest.fail(text, pytrace=False)
        client = _openapi_servers[path].client(namespace_of(request.node))
        return registered(request, path.stem, client)

    return give


@pytest.fixture
def mocks(request: pytest.FixtureRequest, services: Services) -> Mocks:
    """Give the mocks among the services of this test by name."""
    from belljar.mocks.namespaces import DEFAULT
    from belljar.mocks.openapi.client import OpenApiClient

    def give(name: str) -> OpenApiClient:
        service = services[name]
        # Other services have the address and know no namespace: theirs is `default`, or what the
        # mock exports. Nobody else uses this graph meanwhile.
        namespace = service.exports.get("namespace", DEFAULT)
        return registered(request, name, OpenApiClient(service.url, namespace), service)

    return Mocks(services, give)


def registered(
    request: pytest.FixtureRequest,
    name: str,
    client: OpenApiClient,
    service: RunningService | None = None,
) -> OpenApiClient:
    """Return the client with nothing in its namespace; its test is judged by it, and has faults there."""
    item = request.node
    client.reset()  # the test before this one, or an attempt, may have left something
    item.stash.setdefault(_CLIENTS, []).append(client)
    if not request.config.pluginmanager.has_plugin(_REPORTING):
        request.config.pluginmanager.register(_Reporting(), _REPORTING)
    make_boundary_known(request, name, client, service)
    return client


def make_boundary_known(
    request: pytest.FixtureRequest,
    name: str,
    client: OpenApiClient,
    service: RunningService | None = None,
) -> None:
    """Let the test's faults, if it has any, happen at the mock."""
    if request.config.pluginmanager.has_plugin("belljar.faults.plugin"):
        from belljar.faults.boundary import RemoteBoundary
        from belljar.faults.plugin import register

        boundary = RemoteBoundary(name, "http", client.base_url, client.namespace, service)
        register(request, boundary)


def namespace_of(item: pytest.Item) -> str:
    """Return a name that is this test's own, wherever it runs, and tells people whose it is."""
    word = re.sub(r"[^A-Za-z0-9_.-]+", "-", item.name)[:60].strip("-")
    return f"{word}-{hashlib.sha256(item.nodeid.encode()).hexdigest()[:10]}"


class _Reporting:
    """What judges tests by their mocks, once there is one: it would be a cost of every test."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fail a test whose requests or expectations were not as they should be."""
        report = yield
        clients = item.stash.get(_CLIENTS, [])
        skipped = report.outcome == "skipped" and not _expected(report)
        if call.when != "call" or not clients or skipped:
            return report
        texts = [text for client in clients if (text := _complaint(client))]
        if texts and report.outcome != "failed":
            report.outcome = "failed"
            report.longrepr = "\n".join(texts)
            if _expected(report):
                del report.wasxfail  # an expected failure is not what this is
        elif texts:
            report.sections.append((_TITLE, "\n".join(texts)))
        if report.outcome == "failed":
            report.sections += [
                (f"{_TITLE}: requests at {client.url}", came)
                for client in clients
                if (came := _journal(client))
            ]
        return report


def _expected(report: pytest.TestReport) -> bool:
    return hasattr(report, "wasxfail")


def _complaint(client: OpenApiClient) -> str:
    from belljar.mocks.openapi.errors import ControlFailed, MockFailed

    try:
        client.verify()
    except (MockFailed, ControlFailed) as error:
        return str(error)
    return ""


def _journal(client: OpenApiClient) -> str:
    from belljar.mocks.openapi.errors import ControlFailed

    try:
        entries = client.journal()
    except ControlFailed:
        return ""  # it is gone, and that was said
    return "\n".join(
        f"{entry['time']:9.3f} s  {entry['method']} {entry['path']} -> {entry['status']}"
        + (f"  (fault: {entry['fault']})" if entry["fault"] else "")
        for entry in entries[-_LINES:]
    )
