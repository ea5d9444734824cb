"""`OpenApiClient`: what a test says to a mock, and asks of it.

mock.expect("POST", "/pets", json={"name": "Minka"}).respond(201, json={...})
...
mock.verify()
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from belljar.mocks.client import MockClient
from belljar.mocks.http.messages import Request
from belljar.mocks.openapi.controlling import Control
from belljar.mocks.openapi.errors import BadExpectation, MockFailed
from belljar.mocks.openapi.matchers import Callables, as_json
from belljar.mocks.openapi.service import NAMESPACE_HEADER

__all__ = ["Expected", "OpenApiClient"]

_UNSET: Any = object()
_SEQUENCE = "the order"

Times = int | tuple[int, int | None] | None
Answering = Callable[[Request], Any]


class Expected:
    """An expectation that the mock has; `respond` says what it is answered with.

    Without an answer of its own it has the document's: an example, or one made from the schema.
    """

    def __init__(self, client: OpenApiClient, number: int, text: str) -> None:
        self._client = client
        self.number = number
        self._text = text

    def __repr__(self) -> str:
        return f"<Expected {self.number}: {self._text}>"

    @overload
    def respond(self, status: Answering, *, check: bool = True) -> Expected: ...

    @overload
    def respond(
        self,
        status: int | None = None,
        *,
        json: Any = ...,
        text: str | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        example: str | None = None,
        check: bool = True,
    ) -> Expected: ...

    def respond(
        self,
        status: int | Answering | None = None,
        *,
        json: Any = _UNSET,
        text: str | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        example: str | None = None,
        check: bool = True,
    ) -> Expected:
        """Return itself, with one more answer: the first for the first request, the last for the rest.

        Only a status has the document make the rest; `example` takes one of the document's by name. A
        function of the request gives the JSON, in the test's own process. Raises `BadAnswer` where the
        document does not allow the answer; `check=False` sends it nonetheless.
        """
        said: dict[str, Any] = {"check": check}
        if callable(status):
            said["call"] = as_json(status, self._client.callables)["value"]
        elif status is not None:
            said["status"] = status
        given = {"text": text, "example": example, "headers": dict(headers) if headers else None}
        said |= {name: value for name, value in given.items() if value is not None}
        if json is not _UNSET:
            said["json"] = json
        if body is not None:
            said["body"] = base64.b64encode(body).decode()
        _sendable(said)
        self._client.control.send("POST", f"expectations/{self.number}/answers", said)
        return self

    @property
    def count(self) -> int:
        """How often it came."""
        for each in self._client.control.send("GET", "expectations")["expectations"]:
            if each["number"] == self.number:
                return int(each["count"])
        return 0


class OpenApiClient:
    """One namespace of a mock that runs at `base_url`.

    Requests to `url` are of this namespace, and so are those with `headers`, which a client may be
    given instead. `verify()` raises `MockFailed` for what was not as it should be.
    """

    # Its entry in the registry, or its name, and what plans faults in the test's own plan: a fixture says so.
    entry: Any = ""
    faults_of_test: Callable[[], Any] | None = None

    def __init__(
        self, base_url: str, namespace: str = "default", *, callables: Callables | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.namespace = namespace
        self.callables = callables
        self.control = Control(self.base_url, namespace)
        self._seen = 0

    @property
    def url(self) -> str:
        """The address of the mock for this namespace."""
        return f"{self.base_url}/_ns/{self.namespace}"

    @property
    def headers(self) -> dict[str, str]:
        """The header that says whose a request is, for a client that keeps to `base_url`."""
        return {NAMESPACE_HEADER: self.namespace}

    def expect(
        self,
        method: str,
        path: str | None = None,
        *,
        path_params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        json: Any = _UNSET,
        form: Mapping[str, Any] | None = None,
        text: Any = None,
        when: Callable[[Request], bool] | None = None,
        times: Times = None,
        in_order: bool | str = False,
        scenario: str = "",
        when_state: str = "",
        then_state: str = "",
        valid: bool = True,
    ) -> Expected:
        """Return an expectation: of a method and a path, or of an operationId alone.

        It is permanent, and has to come once at least; `times=1` is once, `times=(0, 3)` up to three
        times. Those with `in_order=True` come one after the other, each once. With `when_state` it counts
        only in that state of its scenario (which begins as "started"), and `then_state` is the one after it.
        `valid=False` expects a request that violates the document. Raises `BadExpectation`.
        """
        said: dict[str, Any] = (
            {"operation": method} if path is None else {"method": method, "path": path}
        )
        matched = {
            "path_params": path_params,
            "query": query,
            "headers": headers,
            "form": form,
            "text": text,
            "when": when,
        }
        if json is not _UNSET:
            matched["json"] = json
        said |= {
            name: as_json(value, self.callables)
            for name, value in matched.items()
            if value is not None or name == "json"
        }
        if in_order and times is None:
            times = 1
        said["times"] = _times(times)
        texts = {
            "sequence": _SEQUENCE if in_order is True else in_order or "",
            "scenario": scenario,
            "when_state": when_state,
            "then_state": then_state,
        }
        said |= {name: value for name, value in texts.items() if value}
        if not valid:
            said["valid"] = False
        answer = self.control.send("POST", "expectations", said)
        return Expected(self, int(answer["number"]), str(answer["expected"]))

    def stub(self, method: str, path: str | None = None, **matching: Any) -> Expected:
        """Return an expectation that need not come; it takes what `expect` takes."""
        return self.expect(method, path, **{"times": (0, None), **matching})

    def only_expected(self, only: bool = True) -> None:
        """Have every request that no expectation matches fail the test; else the document answers."""
        self.control.send("PUT", "settings", {"only_expected": only})

    def state(self, scenario: str = "default") -> str:
        """Return the state of a scenario."""
        return str(self.control.send("GET", "states")["states"].get(scenario, "started"))

    def set_state(self, state: str, scenario: str = "default") -> None:
        """Put a scenario into a state."""
        self.control.send("PUT", "states", {scenario: state})

    def scenario(self, name: str) -> None:
        """Bring the mock into a scenario of its entry in the registry: `"down"`, `"slow"`, ..."""
        from belljar.mocks.registry.scenarios import set_up

        set_up(self, name)

    def set_faults(self, plan: Mapping[str, Any]) -> None:
        """Have the mock inject the faults of a plan."""
        self.control.send("PUT", "faults", plan)

    def clear_faults(self) -> None:
        """Have it inject none."""
        self.control.send("DELETE", "faults")

    def journal(self) -> list[dict[str, Any]]:
        """Return the requests so far, and what was answered."""
        return list(self.control.send("GET", "journal")["entries"])

    def reset(self) -> None:
        """Forget everything of this namespace: expectations, states, journal and faults."""
        self.control.send("POST", "reset")
        self._seen = 0

    def take_unexpected(self) -> list[str]:
        """Return what should not have come so far, and have dealt with it: it fails nothing any more."""
        entries = self._unexpected(self.control.send("GET", "verify")["unexpected"])
        self._seen = max([self._seen, *(entry["number"] for entry in entries)])
        return [str(entry["unmatched"]) for entry in entries]

    def effects(self) -> Counter[str]:
        """The requests other than GET that were answered with 2xx, by method and path without ids."""
        return MockClient(self.base_url, self.namespace).effects()

    def verify(self) -> None:
        """Raise `MockFailed` for expectations that were not met, and requests that were not expected."""
        said = self.control.send("GET", "verify")
        unexpected = [str(each["unmatched"]) for each in self._unexpected(said["unexpected"])]
        unmet = [str(text) for text in said["unmet"]]
        if unexpected or unmet:
            raise MockFailed("\n".join([*_listed(unexpected), *_listed(unmet)]))

    def _unexpected(self, entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [entry for entry in entries if entry["number"] > self._seen]


def _listed(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _times(times: Times) -> list[int | None]:
    if times is None:
        return [1, None]
    if isinstance(times, int):
        return [times, times] if times > 0 else [0, 0]
    return list(times)


def _sendable(said: Mapping[str, Any]) -> None:
    import json

    try:
        json.dumps(said)
    except (TypeError, ValueError) as error:
        raise BadExpectation(f"the answer can't be sent: {error}; give what JSON has") from None
