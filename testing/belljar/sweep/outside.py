"""`graph_mocks`: the mock services of a test's graph, found by asking; with a client of each.

for name, client in graph_mocks(services).items():
    client.effects()
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from belljar.fence import current
from belljar.mocks.client import MockClient

if TYPE_CHECKING:
    from belljar.services.access import Services

__all__ = ["FIXTURES", "GraphMock", "graph_mocks", "known_mock"]

# What mock services are ready by.
CONTROL_API = "/_belljar/"
# Which mock it is: one that is there answers in milliseconds.
SECONDS = 2.0
# What a mock calls itself -> its client, and the export that says which namespace its dependents use.
CLIENTS = {
    "payments": ("belljar.mocks.payments.client", "PaymentsClient", "api_key"),
    "email": ("belljar.mocks.email.client", "Inbox", "user"),
    "storage": ("belljar.mocks.storage.client", "Storage", "access_key"),
}
# The fixtures that give a test such a client, and make its boundaries known.
FIXTURES = {"payments": "payments", "email": "inbox", "storage": "storage"}


class GraphMock(MockClient):
    """A mock of which nothing more is known: its boundary has the service's name."""

    def __init__(self, base_url: str, namespace: str, name: str) -> None:
        super().__init__(base_url, namespace)
        self.boundaries = {name: "http"}  # type: ignore[misc]  # of this one mock


def graph_mocks(services: Services) -> dict[str, tuple[str, MockClient]]:
    """Give service name -> what it calls itself, and a client of the namespace that its dependents use.

    A sweep looks at all of them, also at those that the test itself does not name.
    """
    graph = getattr(services, "_graph", None)
    found = {}
    for name, node in graph.nodes.items() if graph is not None else ():
        if not str((node.ready or {}).get("http", "")).startswith(CONTROL_API):
            continue
        current().allow("", [node.title])
        running = services[name]
        if kind := _kind(running.url):
            found[name] = (kind, known_mock(kind, running.url, running.exports))
    return found


def known_mock(kind: str, url: str, exports: Mapping[str, str]) -> MockClient:
    """Give the client of a mock by what it calls itself."""
    if kind in CLIENTS:
        module, name, credential = CLIENTS[kind]
        try:
            client: type[MockClient] = getattr(import_module(module), name)
        except ImportError:
            pass  # its library is not among the test's: the journal tells enough
        else:
            said = dict(exports).get(credential, "")
            return client(url, client.namespace_in(said))
    return GraphMock(url, dict(exports).get("namespace", "default"), kind)


def _kind(url: str) -> str:
    """Give what a mock at this address calls itself; nothing if there is none."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        connection.request("GET", "/_belljar/ready")
        answer = json.loads(connection.getresponse().read())
        return str(answer["mock"]) if answer.get("ready") is True else ""
    except (OSError, http.client.HTTPException, ValueError, KeyError, AttributeError):
        return ""
    finally:
        connection.close()
