"""HTTP clients of the test's process: each raises of a planned fault what it raises of a real one."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests
from urllib3.util import Retry

from belljar.faults import Faults, Target

GOOD = {"id": "ch_1", "amount": 1000}
Client = Callable[[str], Any]


def by_httpx(url: str) -> Any:
    with httpx.Client(timeout=0.2) as client:
        return client.get(url).raise_for_status().json()


def by_async_httpx(url: str) -> Any:
    async def get() -> Any:
        async with httpx.AsyncClient(timeout=0.2) as client:
            return (await client.get(url)).raise_for_status().json()

    return asyncio.run(get())


def by_urllib(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=0.2) as response:
        return json.load(response)


def by_requests(url: str) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        response = session.get(url, timeout=0.2)
        response.raise_for_status()
        return response.json()


REFUSED = "Connection refused"
# What each raises on a real network; the same plan, four libraries.
CASES: list[tuple[str, Callable[[Target], object], tuple[Any, Any, Any]]] = [
    (
        "refused",
        lambda on: on.refuse(times=1),
        (httpx.ConnectError, urllib.error.URLError, requests.ConnectionError),
    ),
    (
        "not connected in time",
        lambda on: on.timeout(phase="connect", times=1),
        (httpx.ConnectTimeout, urllib.error.URLError, requests.ConnectTimeout),
    ),
    (
        "not answered in time",
        lambda on: on.timeout(times=1),
        (httpx.ReadTimeout, TimeoutError, requests.ReadTimeout),
    ),
    (
        "reset",
        lambda on: on.reset(times=1),
        (httpx.ReadError, ConnectionResetError, requests.ConnectionError),
    ),
    (
        "answer lost",
        lambda on: on.lose_answer(how="close", times=1),
        (httpx.RemoteProtocolError, http.client.RemoteDisconnected, requests.ConnectionError),
    ),
    (
        "cut",
        lambda on: on.cut(after=180, times=1),
        (
            httpx.RemoteProtocolError,
            http.client.IncompleteRead,
            requests.exceptions.ChunkedEncodingError,
        ),
    ),
    (
        "too late",
        lambda on: on.latency(mean=0.5, times=1),
        (httpx.ReadTimeout, TimeoutError, requests.ReadTimeout),
    ),
    (
        "status",
        lambda on: on.fail(status=503, times=1),
        (httpx.HTTPStatusError, urllib.error.HTTPError, requests.HTTPError),
    ),
    (
        "malformed",
        lambda on: on.malformed_json(times=1),
        (json.JSONDecodeError, json.JSONDecodeError, requests.JSONDecodeError),
    ),
    (
        "truncated",
        lambda on: on.truncated_json(times=1),
        (json.JSONDecodeError, json.JSONDecodeError, requests.JSONDecodeError),
    ),
    (
        "wrong length",
        lambda on: on.wrong_content_length(times=1),
        (
            httpx.RemoteProtocolError,
            http.client.IncompleteRead,
            requests.exceptions.ChunkedEncodingError,
        ),
    ),
    (
        "garbage",
        lambda on: on.garbage(times=1),
        (httpx.RemoteProtocolError, http.client.BadStatusLine, requests.ConnectionError),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize(
    ("client", "column"),
    [(by_httpx, 0), (by_async_httpx, 0), (by_urllib, 1), (by_requests, 2)],
    ids=["httpx", "httpx async", "urllib", "requests"],
)
def test_a_fault_raises_what_the_library_raises_and_then_is_over(
    faults: Faults, server: Any, case: Any, client: Client, column: int
) -> None:
    _, plan, errors = case
    plan(faults.on("client", path="/charges"))
    with pytest.raises(errors[column]) as caught:
        client(f"{server.url}/charges")
    assert type(caught.value) is errors[column]
    assert client(f"{server.url}/charges") == GOOD
    assert [note.fault.number for note in faults.happened("client")] == [1]


@pytest.mark.parametrize(
    ("client", "words"),
    [
        (by_httpx, REFUSED),
        (by_async_httpx, REFUSED),
        (by_urllib, f"urlopen error .Errno 111. {REFUSED}"),
        (by_requests, f"Max retries exceeded.*NewConnectionError.*Errno 111. {REFUSED}"),
    ],
)
def test_a_refusal_reads_like_a_real_one(
    faults: Faults, server: Any, client: Client, words: str
) -> None:
    faults.on("client").refuse()
    with pytest.raises(Exception, match=words):
        client(server.url)
    assert server.came == []


@pytest.mark.parametrize("client", [by_httpx, by_async_httpx, by_urllib, by_requests])
def test_work_is_done_when_only_the_answer_is_lost(
    faults: Faults, server: Any, client: Client
) -> None:
    faults.on("client").lose_answer(calls=1).fail(status=500, calls=2)
    for _ in range(2):
        with pytest.raises(Exception, match=r".*"):
            client(f"{server.url}/charges")
    assert server.came == ["GET /charges"]


@pytest.mark.parametrize("client", [by_httpx, by_async_httpx, by_urllib, by_requests])
def test_latency_below_the_timeout_is_waited_for(
    faults: Faults, server: Any, client: Client
) -> None:
    faults.on("client").latency(mean=0.1)
    begin = time.monotonic()
    assert client(server.url) == GOOD
    assert time.monotonic() - begin >= 0.1


def test_a_request_is_matched_by_method_path_and_host(faults: Faults, server: Any) -> None:
    host = server.url.removeprefix("http://")
    faults.on("client", method="POST", path="/v1/*", host=host).fail(status=418)
    statuses = [
        httpx.post(f"{server.url}/v1/x?y=1").status_code,
        httpx.get(f"{server.url}/v1/x").status_code,
        httpx.post(f"{server.url}/v2/x").status_code,
    ]
    assert statuses == [418, 200, 200]


def test_a_connection_that_is_kept_goes_on_after_a_fault(faults: Faults, server: Any) -> None:
    faults.on("client").fail(status=503, calls=2).reset(calls=4)
    statuses: list[object] = []
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(5):
            try:
                statuses.append(session.get(server.url, timeout=5).status_code)
            except requests.ConnectionError:
                statuses.append("reset")
    assert statuses == [200, 503, 200, "reset", 200]


def test_urllib3_retries_what_was_planned(faults: Faults, server: Any) -> None:
    faults.on("client").fail(status=503, times=2)
    retries = Retry(total=3, status_forcelist=[503])
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
        assert session.get(server.url, timeout=5).json() == GOOD
    assert len(faults.happened("client")) == 2


def test_transports_for_tests_fail_as_well(faults: Faults) -> None:
    faults.on("client").reset(times=1)
    real = httpx.MockTransport(lambda request: httpx.Response(200, json=GOOD))
    with httpx.Client(transport=real, base_url="https://api.example.com") as client:
        with pytest.raises(httpx.ReadError):
            client.get("/x")
        assert client.get("/x").json() == GOOD


@pytest.mark.parametrize("plan", [lambda on: on.timeout(), lambda on: on.timeout(phase="connect")])
@pytest.mark.parametrize(
    "client",
    [
        lambda url: httpx.get(url, timeout=None),
        lambda url: requests.get(url),
        lambda url: urllib.request.urlopen(url),
    ],
    ids=["httpx", "requests", "urllib"],
)
def test_a_client_without_a_timeout_is_told_even_if_it_takes_the_error(
    faults: Faults, server: Any, client: Client, plan: Callable[[Target], object]
) -> None:
    plan(faults.on("client"))
    with pytest.raises(Exception, match=r"without a timeout"):
        client(f"{server.url}/x")
    assert "without a timeout" in faults.complaints[0]


def test_the_libraries_are_as_before_when_it_is_over(faults: Faults, server: Any) -> None:
    before = httpx.HTTPTransport.handle_request, http.client.HTTPConnection.getresponse
    faults.on("client").reset()
    assert httpx.HTTPTransport.handle_request is not before[0]
    faults.close()
    assert before == (httpx.HTTPTransport.handle_request, http.client.HTTPConnection.getresponse)
    assert by_httpx(server.url) == by_urllib(server.url) == GOOD


def test_a_mock_s_control_api_is_no_call(faults: Faults, server: Any) -> None:
    faults.on("client").reset()
    assert by_httpx(f"{server.url}/_belljar/ready") == by_urllib(f"{server.url}/_belljar/x") == GOOD
