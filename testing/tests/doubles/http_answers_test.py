"""What HTTP servers answer, from lost answers to headers that come twice; and what they can't."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from requests.adapters import HTTPAdapter

from belljar.doubles import Answer, BadExpectation, DoubleError, Http
from belljar.doubles.ledger import Ledger

URL = "https://api.test/users/1"


@pytest.fixture
def servers(ledger: Ledger) -> Iterator[Http]:
    made = Http(ledger)
    made.install()
    yield made
    made.close()


def by_aiohttp(**options: Any) -> int:
    async def ask() -> int:
        async with aiohttp.ClientSession() as session, session.get(URL, **options) as answer:
            return answer.status

    return asyncio.run(ask())


CLIENTS: list[tuple[Callable[[], object], type[Exception], type[Exception]]] = [
    (lambda: requests.get(URL, timeout=5), requests.ReadTimeout, requests.ConnectionError),
    (lambda: httpx.get(URL), httpx.ReadTimeout, httpx.ReadError),
    (by_aiohttp, asyncio.TimeoutError, aiohttp.ClientOSError),
    (lambda: urllib.request.urlopen(URL), TimeoutError, ConnectionResetError),
]


@pytest.mark.parametrize(("client", "late", "broken"), CLIENTS)
def test_a_lost_answer_is_the_client_s_own_error(
    servers: Http,
    ledger: Ledger,
    client: Callable[[], object],
    late: type[Exception],
    broken: type[Exception],
) -> None:
    servers.get(URL).times_out().responds(200)
    with pytest.raises(late):
        client()
    client()
    # aiohttp itself tries a broken one once more.
    servers.post(URL).any_number()
    servers.get(URL).breaks().any_number()
    with pytest.raises(broken):
        client()
    assert ledger.verdict() == ""


def test_a_client_s_retries_are_its_own(servers: Http) -> None:
    servers.get(URL).breaks().times_out().responds(text="there")
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=2))
        assert session.get(URL, timeout=5).text == "there"


@pytest.mark.parametrize(
    ("expected", "asked"),
    [
        ("https://api.test", "https://api.test/"),
        ("https://API.test:443/a", "https://api.test/a"),
        ("http://localhost:80/a", "http://localhost/a"),
        ("https://api.test/ä b", "https://api.test/ä b"),
        ("https://api.test?a=1", "https://api.test/?a=1"),
    ],
)
def test_a_url_is_the_one_that_clients_send(servers: Http, expected: str, asked: str) -> None:
    servers.get(expected).times(2)
    assert requests.get(asked, timeout=5).ok
    assert httpx.get(asked).is_success


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_every_method_has_its_word(servers: Http, method: str) -> None:
    getattr(servers, method)(URL)
    assert requests.request(method, URL, timeout=5).ok


def test_a_star_in_a_body_s_text_is_any(servers: Http, ledger: Ledger) -> None:
    servers.post(URL, json={"id": 1, "names": ["A*"], "at": "*"})
    requests.post(URL, json={"id": 1, "names": ["Ada"], "at": "noon"}, timeout=5)
    servers.post(URL, form={"a": "1", "b": "*"})
    requests.post(URL, data={"a": "1", "b": "x"}, timeout=5)
    assert ledger.verdict() == ""


def test_a_header_may_come_twice(servers: Http) -> None:
    servers.get(URL).responds(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    assert requests.get(URL, timeout=5).cookies.get_dict() == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("said", "status", "text"),
    [
        ({"id": 1}, 200, '{"id": 1}'),
        ([1], 200, "[1]"),
        ("text", 200, "text"),
        (b"bytes", 200, "bytes"),
        (404, 404, ""),
        ((201, {"id": 1}), 201, '{"id": 1}'),
        (Answer(418, body=b"tea"), 418, "tea"),
    ],
)
def test_a_function_answers_in_plain_values(
    servers: Http, said: Any, status: int, text: str
) -> None:
    servers.get(URL).calls(lambda request: said)
    answer = httpx.get(URL)
    assert (answer.status_code, answer.text) == (status, text)


def test_a_function_that_gives_no_answer_fails_the_test(servers: Http, ledger: Ledger) -> None:
    servers.get(URL).calls(lambda request: None)
    with pytest.raises(BadExpectation, match="None is no answer"):
        httpx.get(URL)
    assert "fix:   .calls(lambda request:" in ledger.verdict()


def test_what_is_behind_a_proxy_is_asked(servers: Http, ledger: Ledger) -> None:
    proxy = "http://proxy.test:3128"
    servers.get(URL).times(4)
    assert requests.get(URL, proxies={"https": proxy}, timeout=5).ok
    assert httpx.get(URL, proxy=proxy).is_success
    assert by_aiohttp(proxy=proxy) == 200
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"https": proxy}))
    assert opener.open(URL).status == 200
    assert ledger.verdict() == ""


def test_a_client_that_waits_before_it_sends_a_body_gets_its_go(servers: Http) -> None:
    servers.put("https://*/tea").responds(headers={"ETag": '"1"'})
    client = import_module("boto3").client(
        "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    assert client.put_object(Bucket="cups", Key="tea", Body=b"hot")["ETag"] == '"1"'
    assert b"hot" in servers.requests[0].body


@pytest.mark.parametrize(
    "call",
    [
        lambda servers: servers.get(None),
        lambda servers: servers.expect(None, URL),
        lambda servers: servers.expect("", URL),
        lambda servers: servers.get(URL, params={}),
        lambda servers: servers.gett(URL),
        lambda servers: servers.let_through(3),
        lambda servers: servers.let_through("https://api.test/x"),
        lambda servers: servers.get(URL).responds("200"),
        lambda servers: servers.get(URL).responds(99),
        lambda servers: servers.get(URL).responds(json=object()),
        lambda servers: servers.get(URL).responds(text=b"x"),
        lambda servers: servers.get(URL).responds(body="x"),
        lambda servers: servers.get(URL).responds(headers={"a": 1}),
        lambda servers: servers.get(URL).responds(content=b""),
        lambda servers: servers.get(URL).raises(OSError()),
        lambda servers: servers.get(URL).calls(3),
        lambda servers: servers.get(URL).times(-2),
    ],
)
def test_what_no_server_answers_is_refused(servers: Http, call: Callable[[Http], object]) -> None:
    with pytest.raises(DoubleError, match=r"(?s)test: .*line: .*valid: .*fix: "):
        call(servers)
