"""`openapi_mock()` as a service of a test's graph: only under Bazel, whose macro it is about."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest

from belljar.services import Services

pytestmark = pytest.mark.skipif(
    not os.environ.get("BELLJAR_SERVICES"), reason="the macro's services are Bazel's"
)


def test_a_mock_is_a_service_and_takes_expectations(services: Services, mocks: Any) -> None:
    mocks["petshop"].expect("GET", "/pets/{petId}").respond(404)
    address = f"{services['petshop'].url}/v1/pets/1"
    assert httpx.get(address, headers={"X-Api-Key": "k"}).status_code == 404


def test_a_document_of_several_files_is_served(services: Services, mocks: Any) -> None:
    assert "left" in httpx.get(f"{services['tree'].url}/nodes/1").json()
    mocks["tree"].verify()


def test_the_next_test_has_nothing_of_it(services: Services, mocks: Any) -> None:
    assert mocks["petshop"].journal() == []
