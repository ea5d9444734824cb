"""A mock service in another process: its plan goes through its control API, for the test's namespace."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from belljar.faults import (
    Call,
    ControlFailed,
    Engines,
    Faults,
    ImpossibleFault,
    Noted,
    Plan,
    Planner,
    RemoteBoundary,
    answer_control,
)


@pytest.fixture
def mock() -> Iterator[str]:
    """A server with two boundaries; its answer to a namespace's call are the faults, in a word."""
    boundaries = {
        "payments": Engines("payments", "http"),
        "payments.webhooks": Engines("payments.webhooks", "webhook"),
    }

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            words = parts.path.split("/")
            if words[1] == "_belljar":
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = answer_control(
                    boundaries, self.command, words[3], parts.query, body
                )
            else:
                due = boundaries["payments"].decide(words[1], Call(self.command, parts.path))
                due += boundaries["payments.webhooks"].decide(words[1], Call("charge.succeeded"))
                status, answer = 200, ",".join(fault.kind for fault in due).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_PUT = do_DELETE = do_PATCH = do_GET

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def ask(mock: str, namespace: str = "one") -> str:
    return httpx.get(f"{mock}/{namespace}/charges").text


def test_faults_happen_there_for_this_namespace_only(mock: str, faults: Faults) -> None:
    faults.register(RemoteBoundary("payments", "http", mock, "one"))
    faults.on("payments").fail(status=503, times=2)
    assert [ask(mock, "two"), ask(mock), ask(mock), ask(mock)] == ["", "status", "status", ""]


def test_a_later_fault_does_not_begin_the_earlier_ones_anew(mock: str, faults: Faults) -> None:
    faults.register(RemoteBoundary("payments", "http", mock, "one"))
    faults.on("payments").fail(times=1)
    assert ask(mock) == "status"
    faults.on("payments").reset(calls=2)
    assert [ask(mock), ask(mock)] == ["", "reset"]


def test_a_mock_s_boundaries_have_faults_of_their_own(mock: str, faults: Faults) -> None:
    faults.register(RemoteBoundary("payments", "http", mock, "one"))
    faults.register(RemoteBoundary("payments.webhooks", "webhook", mock, "one"))
    faults.on("payments.webhooks", event="charge.*").duplicate(calls=2)
    faults.on("payments").fail(calls=1)
    assert [ask(mock), ask(mock)] == ["status", "duplicate"]
    with pytest.raises(ImpossibleFault, match=r"'status' can't happen at 'payments.webhooks'"):
        faults.on("payments.webhooks").fail()


def test_the_record_comes_back_and_does_the_same_again(mock: str, faults: Faults) -> None:
    faults.register(RemoteBoundary("payments", "http", mock, "one"))
    faults.on("payments").fail(probability=0.5)
    seen = [ask(mock) for _ in range(12)]
    record = faults.record()
    faults.close()
    assert ask(mock) == ""
    assert 0 < seen.count("status") < 12
    again = Faults(0, given=record)
    again.register(RemoteBoundary("payments", "http", mock, "three"))
    again.on("payments").fail(probability=0.5)  # as the test does in a replay
    assert [ask(mock, "three") for _ in range(12)] == seen


def test_a_plan_that_waits_begins_with_the_boundary(mock: str) -> None:
    planner = Planner()
    planner.on("payments").fail(calls=1)
    session = Faults(0, given=planner.plan)
    assert session.missing() == ["payments"]
    session.register(RemoteBoundary("payments", "http", mock, "one"))
    assert session.missing() == []
    assert [ask(mock), ask(mock)] == ["status", ""]


@pytest.mark.parametrize(
    ("method", "query", "body", "status", "words"),
    [
        ("PUT", "", b"nonsense", 400, "it is not JSON"),
        ("PUT", "", b'{"version": 9}', 400, "version 9"),
        ("PUT", "", b"[" * 10**6, 400, "it is not JSON"),
        ("PUT", "", b" " * (5 * 1024 * 1024), 400, "bytes"),
        ("PUT", "?boundary=nonsense", b'{"version": 1}', 400, "payments.webhooks"),
        (
            "PUT",
            "?boundary=payments",
            b'{"version": 1, "faults": [{"on": "payments", "kind": "duplicate"}]}',
            400,
            "can't happen at 'payments'",
        ),
        ("PATCH", "", b"", 405, "PUT, GET or DELETE"),
    ],
)
def test_what_a_server_is_sent_wrongly_is_answered(
    mock: str, method: str, query: str, body: bytes, status: int, words: str
) -> None:
    response = httpx.request(method, f"{mock}/_belljar/ns/one/faults{query}", content=body)
    assert response.status_code == status
    assert words in str(response.json()["error"])
    assert ask(mock) == ""


def test_a_service_that_is_gone_is_named() -> None:
    gone = RemoteBoundary("payments", "http", "http://127.0.0.1:1", "one")
    with pytest.raises(ControlFailed, match=r"payments did not take.*ConnectionRefusedError"):
        gone.apply(Plan())


class Gone:
    """A service that took a plan, and was killed by it."""

    name, family = "payments", "http"

    def apply(self, plan: Plan) -> None:
        pass

    def record(self) -> Plan:
        raise ControlFailed("it is gone")

    def watch(self) -> None:
        raise ControlFailed("it is gone")

    def calls(self) -> list[Noted]:
        raise ControlFailed("it is gone")

    def clear(self) -> None:
        raise ControlFailed("it is gone")


def test_a_service_that_was_to_be_killed_may_be_gone(faults: Faults) -> None:
    faults.register(Gone())
    faults.on("payments").kill(calls=2)
    assert faults.record().rules == faults.plan.rules
    faults.close()


def test_a_service_that_is_gone_unasked_is_told() -> None:
    session = Faults(0)
    session.register(Gone())
    session.on("payments").reset()
    with pytest.raises(ControlFailed, match="it is gone"):
        session.close()


def test_a_service_that_refuses_is_quoted(mock: str) -> None:
    other = RemoteBoundary("elsewhere", "http", mock, "one")
    with pytest.raises(ControlFailed, match=r"elsewhere refused the fault plan: 400 no boundary"):
        other.apply(Plan())
