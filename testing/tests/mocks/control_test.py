"""Every mock has the same control API: namespaces, journal, reset, faults, and routes of its own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from belljar.mocks import ControlRefused, Mock, MockClient, controlled_server
from belljar.mocks.control_api import json_of
from belljar.mocks.email import EmailServer
from belljar.mocks.email import main as email_main
from belljar.mocks.http import Limits, Request, Response, ServerThread
from belljar.mocks.namespaces import Namespace
from belljar.mocks.openapi import OpenApiMock
from belljar.mocks.payments import payments_server
from belljar.mocks.storage import StorageServer
from belljar.mocks.storage import main as storage_main


class Counter(Mock[list[str]]):
    """The least that a mock is: it answers with how often it was asked."""

    name = "counter"
    routes = ("last",)
    boundaries = {"counter": "http"}  # noqa: RUF012  # as a mock's author writes it
    limits = Limits(body=1 << 20)

    def new(self, namespace: str) -> list[str]:
        return []

    def namespace_of(self, request: Request) -> str:
        return request.headers.get("x-namespace", "default")

    def answer(self, space: Namespace[list[str]], request: Request) -> Response:
        space.state.append(request.path)
        return Response.of_json({"count": len(space.state)})

    def control(self, space: Namespace[list[str]], request: Request, route: str) -> Response | None:
        if route == "last" and request.method == "PUT":
            space.state.append(str(json_of(request)["path"]))
        return Response.of_json({"last": space.state[-1:]}) if route == "last" else None


DOCUMENT = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {}}
SERVERS: dict[str, Callable[[], Any]] = {
    "counter": lambda: ServerThread(lambda: controlled_server(Counter())),
    "email": EmailServer,
    "openapi": lambda: OpenApiMock(DOCUMENT).start(),
    "payments": lambda: ServerThread(payments_server),
    "storage": StorageServer,
}


@pytest.fixture(name="mock", params=sorted(SERVERS), scope="module")
def _mock(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Give name and address of each mock in turn."""
    server = SERVERS[request.param]()
    yield request.param, getattr(server, "base_url", server.url)
    server.close()


@pytest.fixture(name="counter")
def _counter() -> Iterator[str]:
    with ServerThread(lambda: controlled_server(Counter())) as server:
        yield server.url


def ask(
    url: str, method: str, path: str, body: bytes = b"", namespace: str = ""
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        headers = {"X-Namespace": namespace} if namespace else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("main", "option"),
    [(email_main, "--smtp-port"), (email_main, "--ca"), (storage_main, "--secret-key")],
)
def test_the_options_of_a_mock_are_in_its_help_beside_those_of_all(
    main: Callable[[list[str]], int], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert option in told and "--port" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--ca", "/dev/null/ca.pem"], "email: --ca /dev/null/ca.pem: "),
        (["--smtp-fd", "999"], "email: for smtp: --fd 999: "),
    ],
)
def test_a_mail_server_that_cannot_start_says_why(
    arguments: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert email_main(arguments) == 2
    assert told in capfd.readouterr().err


def test_it_is_ready_and_names_itself(mock: tuple[str, str]) -> None:
    name, url = mock
    assert ask(url, "GET", "/_belljar/ready") == (200, {"ready": True, "mock": name})


def test_a_namespace_is_there_when_it_is_first_asked_for(mock: tuple[str, str]) -> None:
    client = MockClient(mock[1], "new-one")
    assert client.journal() == []
    client.reset()
    assert "new-one" in ask(mock[1], "GET", "/_belljar/ns")[1]["namespaces"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_belljar/nonsense", 404),
        ("GET", "/_belljar/ns/x/nonsense", 404),
        ("GET", "/_belljar/ns/x/reset", 404),
        ("GET", "/_belljar/ns//journal", 400),
        ("GET", "/_belljar/ns/%C3%A4/journal", 400),
        ("GET", "/_belljar/ns/x/journal?after=-1", 400),
        ("GET", "/_belljar/ns/x/journal?after=%C2%B2", 400),
        ("GET", f"/_belljar/ns/x/journal?after={'9' * 5000}", 400),
        ("GET", "/_belljar/ns/x/faults?boundary=nonsense", 400),
        ("POST", "/_belljar/ns/x/faults", 405),
    ],
)
def test_what_cannot_be_is_told_with_the_fix(
    mock: tuple[str, str], method: str, path: str, status: int
) -> None:
    found, answer = ask(mock[1], method, path)
    assert found == status
    assert answer["error"]["message"]
    assert "fix" in answer["error"]


@pytest.mark.parametrize("body", [b"\xff\xfe{", b"[" * 100_000, b"[1]", b'{"version": 9}'])
def test_a_plan_that_is_none_is_refused(mock: tuple[str, str], body: bytes) -> None:
    status, answer = ask(mock[1], "PUT", "/_belljar/ns/x/faults", body)
    assert status == 400
    assert answer["error"]["message"]


@pytest.mark.parametrize("kind", ["kill", "restart"])
def test_a_plan_does_not_end_a_mock_that_others_use(mock: tuple[str, str], kind: str) -> None:
    name, url = mock
    plan = {"version": 1, "faults": [{"on": name, "kind": kind}]}
    with pytest.raises(ControlRefused, match=rf"fix: .*services\['{name}'\]\.kill\(\)"):
        MockClient(url, "x").set_faults(plan)


def test_routes_of_its_own_are_named_where_one_is_missed(counter: str) -> None:
    ask(counter, "GET", "/somewhere")
    client = MockClient(counter)
    assert client.call("GET", "last") == {"last": ["/somewhere"]}
    with pytest.raises(ControlRefused, match="routes are journal, reset, faults, last"):
        client.call("GET", "first")


@pytest.mark.parametrize("body", [b"\xff", b"[" * 100_000, b"[1]", b"{", b"5"])
def test_a_command_that_is_no_object_is_refused(counter: str, body: bytes) -> None:
    status, answer = ask(counter, "PUT", "/_belljar/ns/x/last", body)
    assert (status, answer["error"]["fix"]) == (400, "send a JSON object")


def test_what_a_mock_does_not_say_is_as_for_most(counter: str) -> None:
    rule = {"on": "counter", "match": {"query": "a=*"}, "kind": "status", "with": {"status": 503}}
    client = MockClient(counter, "mine")
    client.set_faults({"version": 1, "faults": [rule]})
    assert ask(counter, "GET", "/x", namespace="mine") == (200, {"count": 1})
    with pytest.raises(ValueError):
        ask(counter, "GET", "/x?a=1", namespace="mine")  # the fault has no JSON
    assert [one["status"] for one in client.journal()] == [200, 503]
    client.reset()
    assert ask(counter, "GET", "/x?a=1", namespace="mine") == (200, {"count": 1})


def test_its_limits_are_its_own(counter: str) -> None:
    status, answer = ask(counter, "POST", "/x", b"x" * (2 << 20))
    assert (status, "1048576 are taken" in answer["error"]["message"]) == (413, True)


def test_a_namespace_that_cannot_be_is_refused_in_the_services_own_form(counter: str) -> None:
    status, answer = ask(counter, "GET", "/x", namespace="no/name")
    assert status == 400
    assert answer["error"]["fix"].startswith("use 1 to 128 of the characters")
