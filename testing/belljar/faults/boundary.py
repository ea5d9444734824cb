"""`Boundary`: a place where faults happen; and `RemoteBoundary`, a mock service in another process.

    faults.register(RemoteBoundary("payments", "http", base_url, namespace))

The plan goes to the service's control API, for the test's namespace:
`PUT /_belljar/ns/NAMESPACE/faults?boundary=NAME`; GET gives the record, DELETE forgets it.
"""

from __future__ import annotations

import http.client
import json
from typing import Protocol, runtime_checkable
from urllib.parse import quote, urlsplit

from belljar.faults.errors import ControlFailed
from belljar.faults.plan import Plan

__all__ = ["Boundary", "RemoteBoundary"]

# Of a control call; a service that is there answers in milliseconds.
SECONDS = 10.0


@runtime_checkable
class Boundary(Protocol):
    """A place where faults happen: its name in plans, and its family."""

    @property
    def name(self) -> str:
        """Its name in plans."""

    @property
    def family(self) -> str:
        """Its family, a name of `FAMILIES`."""

    def apply(self, plan: Plan) -> None:
        """Work by this plan from now on; rules that were there before go on counting."""

    def record(self) -> Plan:
        """Give the plan that does exactly what has happened here."""

    def clear(self) -> None:
        """Let no more faults happen."""


class RemoteBoundary:
    """A mock service, by its control API."""

    def __init__(self, name: str, family: str, base_url: str, namespace: str = "default") -> None:
        self.name = name
        self.family = family
        self._base_url = base_url
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port
        self._path = (
            f"{parts.path.rstrip('/')}/_belljar/ns/{quote(namespace, safe='')}/faults"
            f"?boundary={quote(name, safe='')}"
        )

    def apply(self, plan: Plan) -> None:
        """Send the plan."""
        self._call("PUT", plan.dumps().encode())

    def record(self) -> Plan:
        """Ask for the record."""
        return Plan.loads(self._call("GET"), f"the record of {self.name}")

    def clear(self) -> None:
        """Let the service forget it."""
        self._call("DELETE")

    def _call(self, method: str, body: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, self._path, body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ControlFailed(
                f"{self.name} did not take the fault plan: {type(error).__name__}: {error}",
                place=f"{method} {self._base_url}{self._path}",
                fix=f"look at the log of {self.name}: it is gone, or has no control API",
            ) from None
        finally:
            connection.close()
        if response.status >= 300:
            raise ControlFailed(
                f"{self.name} refused the fault plan: {response.status} {_message(answer)}",
                place=f"{method} {self._base_url}{self._path}",
                fix="mend the plan as it says",
            )
        return answer


def _message(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return repr(answer[:200])
