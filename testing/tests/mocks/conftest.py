"""What the tests of belljar.mocks.http share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from belljar.mocks.http import HttpServer, ServerThread
from tests.mocks.http_exchange import Serve, echo


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(app: object = echo, **settings: object) -> str:
            def make() -> HttpServer:
                return HttpServer(app, **settings)  # type: ignore[arg-type]  # the tests' own

            return stack.enter_context(ServerThread(make)).url

        yield start
