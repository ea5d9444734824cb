"""`Boundary`: a place where faults happen; and `RemoteBoundary`, a mock service in another process.

    faults.register(RemoteBoundary("payments", "http", base_url, namespace))

The plan goes to the service's control API, for the test's namespace:
`PUT /_belljar/ns/NAMESPACE/faults?boundary=NAME`; GET gives the record, DELETE forgets it. With `&calls=1`
PUT begins to note calls, GET gives them, DELETE ends it.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from typing import Protocol, runtime_checkable
from urllib.parse import quote, urlsplit

from belljar.faults.ending import ENDS, Ending, Mortal
from belljar.faults.errors import ControlFailed, ImpossibleFault
from belljar.faults.noted import Noted, noted_from_json
from belljar.faults.plan import Plan
from belljar.faults.rule import When

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
        """Let no more faults happen, and note no more calls."""

    def watch(self) -> None:
        """Begin to note calls; what was noted before is forgotten."""

    def calls(self) -> list[Noted]:
        """Give the calls since then, in order; none if it was never watched, or cleared since."""


class RemoteBoundary:
    """A mock service, by its control API; `process` is what `kill` and `restart` end, where it can be."""

    def __init__(
        self,
        name: str,
        family: str,
        base_url: str,
        namespace: str = "default",
        process: Mortal | None = None,
    ) -> None:
        self.name = name
        self.family = family
        self._base_url = base_url
        self._process = process
        self._ending: Ending | None = None
        self._plan = Plan()
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port
        self._path = (
            f"{parts.path.rstrip('/')}/_belljar/ns/{quote(namespace, safe='')}/faults"
            f"?boundary={quote(name, safe='')}"
        )

    def apply(self, plan: Plan) -> None:
        """Send the plan; the service's end is expected then, if it is in it."""
        self._plan = plan
        ends = [rule for rule in plan.rules if rule.on == self.name and rule.kind in ENDS]
        if not ends:
            self._call("PUT", plan.dumps().encode())
            return
        if self._process is None:
            raise ImpossibleFault(
                f"{self.name} is no process of its own that could end",
                place=f"faults.on({self.name!r}): {ends[0].kind}",
                fix="name it in the test's services, or plan reset()",
            )
        if self._ending is None:
            self._ending = Ending(self._process)
        self._ending.expect(ends)
        if self._ending.happened:
            # It ends once: what is planned there by now does not count on.
            never = When(calls=())
            rules = [replace(rule, when=never) if rule in ends else rule for rule in plan.rules]
            plan = replace(plan, rules=tuple(rules))
        self._call("PUT", plan.dumps().encode(), f"{self._path}&may_end=1")

    def record(self) -> Plan:
        """Ask for the record; a service that was ended has taken it along, and what was planned is left."""
        if self._ending is not None and self._ending.happened:
            return self._plan
        return Plan.loads(self._call("GET"), f"the record of {self.name}")

    def clear(self) -> None:
        """Let the service forget it."""
        self._plan = Plan()
        ending, self._ending = self._ending, None
        if ending is not None:
            ending.close()
        self._call("DELETE")

    def watch(self) -> None:
        """Let the service note calls."""
        self._call("PUT", path=f"{self._path}&calls=1")

    def calls(self) -> list[Noted]:
        """Ask for them; those of a service that was ended are gone."""
        if self._ending is not None and self._ending.happened:
            return []
        path = f"{self._path}&calls=1"
        return noted_from_json(self._call("GET", path=path), f"GET {self._base_url}{path}")

    def _call(self, method: str, body: bytes | None = None, path: str = "") -> bytes:
        path = path or self._path
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ControlFailed(
                f"{self.name} did not take the fault plan: {type(error).__name__}: {error}",
                place=f"{method} {self._base_url}{path}",
                fix=f"look at the log of {self.name}: it is gone, or has no control API",
            ) from None
        finally:
            connection.close()
        if response.status >= 300:
            raise ControlFailed(
                f"{self.name} refused the fault plan: {response.status} {_message(answer)}",
                place=f"{method} {self._base_url}{path}",
                fix="mend the plan as it says",
            )
        return answer


def _message(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return repr(answer[:200])
