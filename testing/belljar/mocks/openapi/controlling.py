"""`Control`: commands to a mock, over its control API, with the errors of this package."""

from __future__ import annotations

from typing import Any

from belljar.mocks.client import MockClient
from belljar.mocks.errors import ControlRefused, MockNotReached
from belljar.mocks.openapi.errors import BadAnswer, BadExpectation, ControlFailed

__all__ = ["Control"]

_WRONG_ANSWER = 422


class Control:
    """Sends commands for one namespace."""

    def __init__(self, base_url: str, namespace: str) -> None:
        self._client = MockClient(base_url, namespace)

    def send(self, method: str, route: str, content: object = None) -> dict[str, Any]:
        """Return the answer. Raises `BadExpectation`, `BadAnswer`, `ControlFailed`."""
        try:
            return self._client.call(method, route, content)
        except MockNotReached as error:
            raise ControlFailed(str(error)) from None
        except ControlRefused as error:
            if error.status == _WRONG_ANSWER:
                raise BadAnswer(str(error)) from None
            if route.startswith("expectations"):
                raise BadExpectation(str(error)) from None
            raise ControlFailed(str(error)) from None
