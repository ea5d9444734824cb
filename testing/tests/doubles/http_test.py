"""One way to say what HTTP servers answer, for every client library; the clients are real."""

from __future__ import annotations

import asyncio
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3
from urllib3.util import Retry

from belljar.doubles import Answer, BadExpectation, Http, Refused
from belljar.doubles.ledger import Ledger

URL = "https://api.test/users/1"
Seen = tuple[int, Any]


def by_requests(method: str, url: str, body: Any) -> Seen:
    answer = requests.request(method, url, json=body, timeout=5)
    return answer.status_code, answer.json()


def by_httpx(method: str, url: str, body: Any) -> Seen:
    answer = httpx.request(method, url, json=body)
    return answer.status_code, answer.json()


def by_httpx_async(method: str, url: str, body: Any) -> Seen:
    async def ask() -> Seen:
        async with httpx.AsyncClient() as client:
            answer = await client.request(method, url, json=body)
            return answer.status_code, answer.json()

    return asyncio.run(ask())


def by_aiohttp(method: str, url: str, body: Any) -> Seen:
    async def ask() -> Seen:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, json=body) as answer,
        ):
            return answer.status, await answer.json()

    return asyncio.run(ask())


def by_urllib3(method: str, url: str, body: Any) -> Seen:
    answer = urllib3.request(method, url, json=body) if body else urllib3.request(method, url)
    return answer.status, answer.json()


def by_urllib(method: str, url: str, body: Any) -> Seen:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.status, json.load(answer)


def by_http_client(method: str, url: str, body: Any) -> Seen:
    connection = http.client.HTTPSConnection("api.test", timeout=5)
    connection.request(method, url.removeprefix("https://api.test"), json.dumps(body))
    answer = connection.getresponse()
    return answer.status, json.load(answer)


CLIENTS = [
    by_requests,
    by_httpx,
    by_httpx_async,
    by_aiohttp,
    by_urllib3,
    by_urllib,
    by_http_client,
]
Client = Callable[[str, str, Any], Seen]


@pytest.fixture
def servers(ledger: Ledger) -> Iterator[Http]:
    made = Http(ledger)
    made.install()
    yield made
    made.close()


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_gets_the_answer_and_is_seen(servers: Http, client: Client) -> None:
    servers.get("https://api.test/users/*").responds(json={"id": 1})
    assert client("GET", URL, None) == (200, {"id": 1})
    assert str(servers.requests[0]) == f"GET {URL}"
    assert servers.requests[0].headers["host"] == "api.test"


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_s_body_is_matched(servers: Http, client: Client, ledger: Ledger) -> None:
    servers.post("https://api.test/users?a=1", json={"name": "Ada"}).responds(201, json={})
    assert client("POST", "https://api.test/users?a=1", {"name": "Ada"}) == (201, {})
    assert ledger.verdict() == ""


@pytest.mark.parametrize("client", CLIENTS)
def test_a_request_that_is_not_expected_is_told_with_the_nearest(
    servers: Http, client: Client, ledger: Ledger
) -> None:
    servers.get("https://api.test/users/2").any_number()
    servers.post("https://api.test/orders").any_number()
    with pytest.raises(Exception, match=r"."):  # its own, or a client's that hides it
        client("GET", URL, None)
    text = ledger.verdict()
    assert f"http: GET {URL} was not expected" in text
    assert "nearest: GET https://api.test/users/2, any number of times" in text
    assert f"url: {URL}, expected https://api.test/users/2" in text
    assert "line:  http_test.py:" in text
    assert "fix:   http.expect(" in text


def test_what_the_client_retries_is_retried(servers: Http) -> None:
    servers.get(URL).responds(503).responds(503).responds(json={"id": 1})
    retry = Retry(3, status_forcelist=[503], backoff_factor=0)
    assert urllib3.PoolManager(retries=retry).request("GET", URL).json() == {"id": 1}
    assert len(servers.requests) == 3


def test_redirects_cookies_and_compressed_bodies_are_the_client_s(servers: Http) -> None:
    import gzip

    moved = {"Location": "https://other.test/x", "Set-Cookie": "a=b; Domain=other.test"}
    servers.get(URL).responds(302, headers=moved)
    body = gzip.compress(b"plain")
    servers.get("https://other.test/x").responds(body=body, headers={"Content-Encoding": "gzip"})
    assert requests.get(URL, timeout=5).text == "plain"


def test_errors_of_the_client_are_raised_as_ever(servers: Http) -> None:
    servers.get(URL).responds(404).times(2)
    with pytest.raises(urllib.error.HTTPError):
        by_urllib("GET", URL, None)
    with pytest.raises(httpx.HTTPStatusError):
        httpx.get(URL).raise_for_status()


def test_a_query_is_as_told_and_the_rest_may_be_left_out(servers: Http, ledger: Ledger) -> None:
    servers.get(URL, query={"page": "*", "size": "10"}, headers={"accept": "*"})
    servers.get("https://api.test/any?*")
    httpx.get(URL, params={"size": 10, "page": 3})
    httpx.get("https://api.test/any?x=y")
    assert ledger.verdict() == ""
    with pytest.raises(Refused, match=r"query: none, expected page=%2A&size=10"):
        httpx.get(URL)


def test_forms_bodies_and_headers_that_differ_are_named(servers: Http) -> None:
    servers.post(URL, form={"a": "1"}, headers={"X-Key": "secret"})
    with pytest.raises(Refused, match=r"header x-key: None, expected 'secret'\n +form: a=2"):
        httpx.post(URL, data={"a": "2"})


def test_an_answer_may_be_made_of_the_request(servers: Http) -> None:
    servers.post(URL).calls(lambda request: Answer(200, body=request.body[::-1]))
    assert httpx.post(URL, content=b"abc").content == b"cba"


def test_an_expectation_that_is_not_met_and_one_too_many_are_told(
    servers: Http, ledger: Ledger
) -> None:
    servers.get(URL)
    servers.get("https://api.test/other").times(2)
    httpx.get("https://api.test/other")
    assert "GET https://api.test/users/1 was expected once, and came 0 times" in (
        text := ledger.verdict()
    )
    assert "other was expected twice, and came 1 times" in text
    assert "came: GET https://api.test/other (http_test.py:" in text
    httpx.get(URL)
    with pytest.raises(Refused, match="came once more than expected"):
        httpx.get(URL)


def test_a_url_that_is_not_whole_is_refused(servers: Http) -> None:
    with pytest.raises(BadExpectation, match=r"'/users'\): that is no whole URL"):
        servers.get("/users")


def test_connections_that_are_let_through_are_real(servers: Http) -> None:
    servers.let_through("127.0.0.1:*")
    for client in (by_requests, by_httpx, by_httpx_async, by_aiohttp):
        with pytest.raises(Exception, match=r"(?i)refused|connect|failed"):
            client("GET", "http://127.0.0.1:9/", None)
    assert servers.requests == []


def test_faults_of_the_point_client_work_on_these_requests() -> None:
    from belljar.faults import Faults

    ledger = Ledger()
    servers, faults = Http(ledger), Faults(seed=7)
    servers.install()
    faults.on("client").fail(status=503, calls=2).cut(after=60, calls=3)
    servers.get(URL).responds(json={"id": 1}).times(2)
    assert by_requests("GET", URL, None)[0] == 200
    assert requests.get(URL, timeout=5).status_code == 503
    with pytest.raises(requests.RequestException):
        by_requests("GET", URL, None)
    faults.close()
    servers.close()
    assert ledger.verdict() == ""


def test_the_libraries_are_as_before_at_the_end(ledger: Ledger) -> None:
    before = http.client.HTTPConnection.connect, aiohttp.TCPConnector._create_connection
    servers = Http(ledger)
    servers.install()
    assert http.client.HTTPConnection.connect is not before[0]
    servers.close()
    assert before == (
        http.client.HTTPConnection.connect,
        aiohttp.TCPConnector._create_connection,
    )
