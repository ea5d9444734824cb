"""`declared_client`: the mock of an entry that is an OpenAPI document, for a test."""

from __future__ import annotations

import os
from typing import Any

import pytest

from belljar.faults.session import Faults
from belljar.mocks.namespaces import DEFAULT
from belljar.mocks.openapi.errors import OpenApiError
from belljar.mocks.openapi.plugin import make_boundary_known, namespace_of, registered
from belljar.mocks.plugin import own_server, set_scene
from belljar.mocks.registry.errors import BadEntry
from belljar.mocks.registry.mock_entry import Entry

__all__ = ["declared_client"]

# Errors are a mistake of the test: its line is shown, and not those in here.
__tracebackhide__ = True


def declared_client(request: pytest.FixtureRequest, entry: Entry) -> Any:
    """Return the client of the service of that name, or of the document in this process; as new, and judged."""
    service = None
    if os.environ.get("BELLJAR_SERVICES") or "services" in request.fixturenames:
        services = request.getfixturevalue("services")
        service = services.get(entry.name)
    if service is not None:
        url, namespace = service.url, service.exports.get("namespace", DEFAULT)
    else:
        inside = request.node.get_closest_marker("unit") is not None
        start = entry.start_inside if inside else entry.start_served
        name = f"{entry.name} inside" if inside else entry.name
        try:
            url, namespace = own_server(request, name, start).url, namespace_of(request.node)
        except OpenApiError as error:
            raise BadEntry(f"the entry {entry.name!r} can't start: {error}") from None
    client = entry.make_client(url, namespace)
    registered(request, entry.name, client, service)

    def known(faults: Faults) -> None:
        if entry.name not in faults.boundaries:
            make_boundary_known(request, entry.name, client, service)

    set_scene(request, client, entry.name, known)
    return client
