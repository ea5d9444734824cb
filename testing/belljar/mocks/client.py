"""`MockClient`: a test's hand on a mock's control API, for one namespace."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self
from urllib.parse import quote, urlsplit

from belljar.mocks.errors import ControlRefused, MockNotReached
from belljar.mocks.stable import stable

__all__ = ["MockClient"]

SECONDS = 10.0
STEP = 0.01
# Requests that change nothing.
SAFE = ("GET", "HEAD", "OPTIONS")


class MockClient:
    """The journal, the faults and the reset of one namespace of a mock.

    `url` is where the service is, for the code under test. Raises `MockNotReached` when the mock is
    gone and `ControlRefused` when it refuses. Threads may share it. `boundaries` are the mock's places
    for faults, name -> family.
    """

    boundaries: ClassVar[Mapping[str, str]] = {}
    # Which export of a service says whose namespace its dependents use.
    credential: ClassVar[str] = "namespace"
    # Its entry in the registry, or its name, and what plans faults in the test's own plan: a fixture says so.
    entry: Any = ""
    faults_of_test: Callable[[], Any] | None = None

    def __init__(self, base_url: str, namespace: str = "default") -> None:
        self.url = base_url.rstrip("/")
        self.namespace = namespace
        parts = urlsplit(self.url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._accepts_unmatched = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url} {self.namespace}>"

    @classmethod
    def namespace_in(cls, credential: str) -> str:
        """The namespace that a credential of the service is for."""
        return credential or "default"

    @classmethod
    def of_service(cls, url: str, exports: Mapping[str, str]) -> Self:
        """The client of a mock that is a service, for what the service's dependents are told."""
        return cls(url, cls.namespace_in(exports.get(cls.credential, "")))

    def journal(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Requests and answers, oldest first: `number`, `method`, `path`, `status`, `fault`, ..."""
        entries: list[dict[str, Any]] = self.call("GET", f"journal?after={after}")["entries"]
        return entries

    def unmatched(self) -> list[dict[str, Any]]:
        """Requests to which the mock had no answer; `unmatched` says why, and what is nearest."""
        entries: list[dict[str, Any]] = self.call("GET", "journal?unmatched=1")["entries"]
        return entries

    def effects(self) -> Counter[str]:
        """What has durably happened here, in words that are the same in every run, by how often.

        Here: the requests other than GET that were answered with 2xx, or whose answer got lost. A mock
        that knows better says so.
        """
        return Counter(
            f"{entry['method']} {stable(entry['path'].partition('?')[0])}"
            for entry in self.journal()
            if entry["method"] not in SAFE
            and (200 <= entry["status"] < 300 or "lose_answer" in (entry["fault"] or ""))
        )

    def accept_unmatched(self) -> None:
        """Let this test ask for what the mock does not have."""
        self._accepts_unmatched = True

    def complaint(self) -> str:
        """Why the test fails for what it asked; empty when it does not."""
        entries = [] if self._accepts_unmatched else self.unmatched()
        if not entries:
            return ""
        lines = [f"the mock at {self.url} had no answer:"]
        lines += [f"  {entry['unmatched']} (answered {entry['status']})" for entry in entries]
        lines.append("  fix: mend the request, or call accept_unmatched() in a test that means it")
        return "\n".join(lines)

    def reset(self) -> None:
        """Make the namespace as new: no state, no journal, no faults."""
        self.call("POST", "reset")
        self._accepts_unmatched = False

    def scenario(self, name: str) -> None:
        """Bring the mock into a scenario of its entry in the registry: `"down"`, `"slow"`, ..."""
        from belljar.mocks.registry.scenarios import set_up

        __tracebackhide__ = True  # a mistake in the name is in the test's line
        set_up(self, name)

    def set_faults(self, plan: Mapping[str, Any]) -> None:
        """Have the faults of a plan happen from now on."""
        self.call("PUT", "faults", plan)

    def clear_faults(self) -> None:
        """Have no faults happen."""
        self.call("DELETE", "faults")

    def faults_record(self) -> dict[str, Any]:
        """The plan that does again exactly what has happened."""
        return self.call("GET", "faults")

    def wait_for(
        self, method: str = "", path: str = "", *, count: int = 1, timeout: float = 10.0
    ) -> list[dict[str, Any]]:
        """The first `count` entries of the journal with this method and path, as soon as there are so many.

        Raises `TimeoutError` with what came instead.
        """
        until = time.monotonic() + timeout
        while True:
            entries = self.journal()
            found = [
                entry
                for entry in entries
                if method in ("", entry["method"]) and path in ("", entry["path"].partition("?")[0])
            ]
            if len(found) >= count:
                return found[:count]
            if time.monotonic() > until:
                came = ", ".join(f"{one['method']} {one['path']}" for one in entries[-20:])
                raise TimeoutError(
                    f"{len(found)} of {count} requests {method or '*'} {path or '*'} came within "
                    f"{timeout:g} s; the journal has: {came or 'nothing'}"
                )
            time.sleep(STEP)  # between two looks

    def call(self, method: str, route: str, content: object = None) -> dict[str, Any]:
        """What the control API answers to `METHOD /_belljar/ns/NAMESPACE/{route}`."""
        target = f"{urlsplit(self.url).path}/_belljar/ns/{quote(self.namespace, safe='')}/{route}"
        body = None if content is None else json.dumps(content).encode()
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise MockNotReached(
                f"the mock at {self.url} does not answer {method} {target}: "
                f"{type(error).__name__}: {error}\n"
                "  fix: look at its log; a service that a test has stopped is up again for the next"
            ) from error
        finally:
            connection.close()
        try:
            read: dict[str, Any] = json.loads(answer)
        except ValueError as error:
            raise ControlRefused(
                f"{method} {self.url}{target} answered {response.status} and no JSON: {answer[:200]!r}",
                "give the address of a mock service",
                response.status,
            ) from error
        if response.status >= 300:
            told = read.get("error") or {}
            message, fix = str(told.get("message", read)), str(told.get("fix", ""))
            # Some messages have it already.
            raise ControlRefused(message, fix, response.status, shown=fix not in message)
        return read
