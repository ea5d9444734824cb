"""The documents of these tests, and mocks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from belljar.mocks.openapi import OpenApiMock

DOCUMENTS = Path(__file__).parent / "documents"


@pytest.fixture(scope="session")
def documents() -> Path:
    return DOCUMENTS


@pytest.fixture(scope="module")
def _shop_server() -> Iterator[OpenApiMock]:
    mock = OpenApiMock(DOCUMENTS / "petshop.yaml", name="petshop").start()
    yield mock
    mock.close()


@pytest.fixture
def shop(_shop_server: OpenApiMock) -> OpenApiMock:
    """Give the pet shop's mock with nothing in its namespace."""
    _shop_server.reset()
    return _shop_server


@pytest.fixture
def client(shop: OpenApiMock) -> Iterator[httpx.Client]:
    """Give a customer with a key."""
    with httpx.Client(base_url=f"{shop.url}/v1", headers={"X-Api-Key": "mine"}) as client:
        yield client


@pytest.fixture
def serve() -> Iterator[Callable[[Mapping[str, Any] | Path], OpenApiMock]]:
    """Give a function: a document to its running mock."""
    running: list[OpenApiMock] = []

    def start(spec: Mapping[str, Any] | Path) -> OpenApiMock:
        running.append(OpenApiMock(spec).start())
        return running[-1]

    yield start
    for mock in running:
        mock.close()
