"""`FaultBoundaries`: where belljar.faults reaches into a mock; it is imported with the first plan.

A mock has a boundary of its name for its requests, and may have more, such as `payments.webhooks`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from belljar.mocks.errors import ControlRefused
from belljar.mocks.http.injecting import Answer, Injection, Wire
from belljar.mocks.http.messages import Request, Response

if TYPE_CHECKING:
    from belljar.faults.engine import Engines
    from belljar.faults.fault import Fault

__all__ = ["FaultBoundaries"]


class FaultBoundaries:
    """The plans of every namespace at the boundaries of one mock: name -> family, its own first."""

    def __init__(self, mock: str, boundaries: Mapping[str, str]) -> None:
        self._mock = mock
        self._families = dict(boundaries)
        self._first = next(iter(self._families))
        self._engines: dict[str, Engines] = {}

    @property
    def planned(self) -> bool:
        """Whether there has ever been a plan: without one, nobody need look."""
        return bool(self._engines)

    def control(self, namespace: str, request: Request) -> Response:
        """The answer to `/_belljar/ns/NAME/faults`."""
        try:
            from belljar.faults.control import answer_control
            from belljar.faults.engine import Engines
        except ImportError:
            raise ControlRefused(
                "this mock runs without belljar.faults", "add it to the deps of its binary", 501
            ) from None
        for name, family in self._families.items():
            if name not in self._engines:
                self._engines[name] = Engines(name, family)
        if request.argument("may_end") != "1":
            self._refuse_kills(request)
        status, body = answer_control(
            self._engines, request.method, namespace, request.query, request.body
        )
        return Response(status, {"Content-Type": "application/json"}, body)

    def injection(
        self,
        namespace: str,
        request: Request,
        attributes: Mapping[str, str],
        formed: Callable[[Fault], Fault],
    ) -> Injection | None:
        """What is injected into a request, if anything is."""
        due = self.decide(self._first, namespace, request.method, request.path, attributes)
        return _Faulted([formed(fault) for fault in due]) if due else None

    def deliveries(self, boundary: str, namespace: str, event: str, path: str) -> Sequence[Fault]:
        """The faults of a delivery of an event."""
        return self.decide(boundary, namespace, event, path, {"event": event})

    def decide(
        self, boundary: str, namespace: str, method: str, path: str, attributes: Mapping[str, str]
    ) -> Sequence[Fault]:
        """The faults of a call; it is asked once for each."""
        if not self._engines:
            return ()
        from belljar.faults.matching import Call

        return self._engines[boundary].decide(namespace, Call(method, path, attributes))

    def clear(self, namespace: str) -> None:
        """Forget the plans of a namespace."""
        for engines in self._engines.values():
            engines.clear(namespace)

    def _refuse_kills(self, request: Request) -> None:
        """Refuse a plan that ends the process, where nobody has said that its end is expected."""
        try:
            rules = json.loads(request.body or b"{}").get("faults", [])
            kinds = {rule["kind"] for rule in rules if rule["on"] in self._families}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return  # whoever reads the plan says better what is wrong with it
        if not kinds.isdisjoint(("kill", "restart")):
            raise ControlRefused(
                f"the mock {self._mock} does not end itself",
                f"call services[{self._mock!r}].kill() in the test, or plan `reset`",
            )


class _Faulted:
    """Faults of one request: the answer goes out as they have it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        from belljar.faults.wire import injected

        self.name = injected(faults)
        self._faults = faults

    async def __call__(self, request: Request, answer: Answer, wire: Wire) -> Response | None:
        from belljar.faults import wire as faulty

        # Of a request that is not worked on, there is nothing to be told but the fault.
        response = Response(500) if faulty.instead(self._faults) else await answer()
        headers = list(response.headers)
        if not request.keep_alive:
            headers.append(("Connection", "close"))
        whole = faulty.Answer(
            response.status, headers, response.body, head=request.method == "HEAD"
        )
        actions = faulty.schedule(whole, self._faults)
        if request.entry is not None:
            request.entry.status = _status_of(actions)
        keep = await faulty.play(actions, wire.transport, gone=wire.gone, kill=faulty.end_process)
        if not keep or not request.keep_alive:
            wire.close()
        return None


def _status_of(actions: Sequence[object]) -> int:
    for action in actions:
        data = getattr(action, "data", b"")
        if data:
            words = data[:32].split()
            return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return 0
