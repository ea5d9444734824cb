"""`OpenApiMock`: a mock in the test's own process.

with OpenApiMock("petshop.yaml") as mock:
    mock.expect("POST", "/pets", json={"name": "Minka"}).respond(201, json={...})
    httpx.post(mock.url + "/pets", json={"name": "Minka"})
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from belljar.mocks.control import controlled_server
from belljar.mocks.http.thread import ServerThread
from belljar.mocks.openapi.client import OpenApiClient
from belljar.mocks.openapi.document import Document
from belljar.mocks.openapi.errors import BadUse
from belljar.mocks.openapi.loading import load_document
from belljar.mocks.openapi.service import OpenApiService

__all__ = ["OpenApiMock"]


class OpenApiMock(OpenApiClient):
    """A server in a thread, from `with` to its end, where it is verified if nothing else has failed.

    `spec` is a file, a mapping or a `Document`. Raises `BadDocument`. `client(namespace)` gives another
    namespace of the same server.
    """

    def __init__(
        self,
        spec: Path | str | Mapping[str, Any] | Document,
        *,
        name: str = "openapi",
        namespace: str = "default",
    ) -> None:
        self.document = spec if isinstance(spec, Document) else load_document(spec)
        self._service = OpenApiService(self.document, name)
        self._thread: ServerThread | None = None
        super().__init__("http://127.0.0.1", namespace, callables=self._service.callables)

    def start(self) -> OpenApiMock:
        """Return itself, answering requests."""
        if self._thread is not None:
            raise BadUse(f"the mock of {self.document.name} runs already")
        self._thread = ServerThread(lambda: controlled_server(self._service))
        super().__init__(self._thread.url, self.namespace, callables=self._service.callables)
        return self

    def close(self) -> None:
        """Return when the server has ended."""
        if self._thread is not None:
            self._thread.close()
            self._thread = None

    def client(self, namespace: str) -> OpenApiClient:
        """Return another namespace of this mock."""
        return OpenApiClient(self.base_url, namespace, callables=self.callables)

    def __enter__(self) -> OpenApiMock:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.verify()
        finally:
            self.close()
