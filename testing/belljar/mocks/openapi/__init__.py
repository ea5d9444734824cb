"""Any HTTP service from its OpenAPI document: requests checked, answers made, expectations met.

    from belljar.mocks.openapi import OpenApiMock

    with OpenApiMock("petshop.yaml") as mock:
        mock.expect("POST", "/pets", json={"name": "Minka"}).respond(201)
        httpx.post(mock.url + "/pets", json={"name": "Minka", "kind": "cat"})

`openapi_mock(name, spec)` of `//bazel:defs.bzl` makes a service of it, `belljar.mocks.openapi.plugin` has the
fixtures. Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.mocks.openapi.client import Expected, OpenApiClient
    from belljar.mocks.openapi.document import Document
    from belljar.mocks.openapi.errors import (
        BadAnswer,
        BadDocument,
        BadExpectation,
        BadUse,
        ControlFailed,
        MockFailed,
        NoAnswer,
        OpenApiError,
        Problem,
    )
    from belljar.mocks.openapi.loading import load_document
    from belljar.mocks.openapi.matchers import absent, anything, exact, regex
    from belljar.mocks.openapi.mock import OpenApiMock

__all__ = [
    "BadAnswer",
    "BadDocument",
    "BadExpectation",
    "BadUse",
    "ControlFailed",
    "Document",
    "Expected",
    "MockFailed",
    "NoAnswer",
    "OpenApiClient",
    "OpenApiError",
    "OpenApiMock",
    "Problem",
    "absent",
    "anything",
    "exact",
    "load_document",
    "regex",
]

_HOMES = {
    "Document": "document",
    "Expected": "client",
    "OpenApiClient": "client",
    "OpenApiMock": "mock",
    "absent": "matchers",
    "anything": "matchers",
    "exact": "matchers",
    "load_document": "loading",
    "regex": "matchers",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
