"""Mocks inside the process: every official client reaches them, and no socket of the network is used."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import aiohttp
import httpx
import pytest
import requests
import stripe
import urllib3

from belljar.mocks import MockNotReached
from belljar.mocks.email import Inbox
from belljar.mocks.email.inside import InsideEmailServer
from belljar.mocks.http import HttpServer, Request, Response
from belljar.mocks.inside import HOST, InsideServer, install
from belljar.mocks.payments import PaymentsClient
from belljar.mocks.registry import entry
from belljar.mocks.storage import Storage

pytestmark = pytest.mark.usefixtures("no_network")


@pytest.fixture
def payments() -> Iterator[PaymentsClient]:
    found = entry("payments")
    server = found.start_inside()
    yield found.make_client(server.url, "shop")
    server.close()


@pytest.fixture
def storage() -> Iterator[Storage]:
    server = entry("storage").start_inside()
    store = Storage(server.url, "shop")
    yield store
    store.close()
    server.close()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    install()
    with InsideEmailServer() as server:
        yield Inbox(server.url, "shop")


@pytest.mark.filterwarnings(
    "ignore:Use 'content=<:DeprecationWarning"
)  # stripe's own way with httpx
@pytest.mark.parametrize("kind", [stripe.RequestsClient, stripe.HTTPXClient])
def test_stripe_pays(payments: PaymentsClient, kind: Callable[..., stripe.HTTPClient]) -> None:
    more = {"allow_sync_methods": True} if kind is stripe.HTTPXClient else {}
    client = stripe.StripeClient(
        payments.api_key, base_addresses={"api": payments.url}, http_client=kind(**more)
    )
    paid = client.v1.payment_intents.create(
        {
            "amount": 1200,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
        }
    )
    assert paid.status == "succeeded"
    assert payments.effects() == {"charge of 1200 usd": 1}


def test_every_http_client_is_carried(payments: PaymentsClient) -> None:
    url, headers = f"{payments.url}/v1/customers", _key(payments)

    async def with_aiohttp() -> int:
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            return answer.status

    async def with_httpx() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(url, headers=headers)).status_code

    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        statuses = [answer.status]
    statuses += [
        requests.get(url, headers=headers, timeout=5).status_code,
        httpx.get(url, headers=headers).status_code,
        urllib3.request("GET", url, headers=headers).status,
        asyncio.run(with_aiohttp()),
        asyncio.run(with_httpx()),
    ]
    assert statuses == [200] * 6


def test_boto3_keeps_an_object(storage: Storage) -> None:
    bucket = storage.bucket()
    storage.client().put_object(Bucket=bucket, Key="a", Body=b"1" * 3_000_000)
    assert len(storage.client().get_object(Bucket=bucket, Key="a")["Body"].read()) == 3_000_000
    assert storage.effects() == {"object a": 1}


@pytest.mark.parametrize("how", ["plain", "starttls", "tls"])
def test_smtplib_sends_a_mail(inbox: Inbox, how: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@shop.test", "ada@example.test", "Hello"
    if how == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            inbox.host, inbox.tls_port, local_hostname="shop", context=inbox.tls_context()
        )
    else:
        client = smtplib.SMTP(inbox.host, inbox.port, local_hostname="shop")
    with client:
        if how == "starttls":
            client.starttls(context=inbox.tls_context())
        client.send_message(mail)
    (came,) = inbox.messages
    assert (came.subject, came.tls) == ("Hello", how != "plain")


def test_a_certificate_that_is_not_trusted_is_refused(inbox: Inbox) -> None:
    import ssl

    with pytest.raises(ssl.SSLCertVerificationError):
        smtplib.SMTP_SSL(
            inbox.host,
            inbox.tls_port,
            local_hostname="shop",
            context=ssl.create_default_context(),
        )


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", httpx.ReadError),
        ("lose_answer", httpx.ReadError),
        ("timeout", httpx.ReadTimeout),
        ("garbage", httpx.RemoteProtocolError),
    ],
)
def test_a_fault_is_what_it_is_on_a_network(
    payments: PaymentsClient, kind: str, error: type[Exception]
) -> None:
    payments.set_faults({"version": 1, "seed": 1, "faults": [{"on": "payments", "kind": kind}]})
    with pytest.raises(error):
        httpx.get(f"{payments.url}/v1/balance", headers=_key(payments), timeout=0.2)
    assert [each["fault"] for each in payments.journal()] == [kind]


def test_two_servers_and_two_namespaces_do_not_see_each_other(payments: PaymentsClient) -> None:
    other = PaymentsClient(payments.url, "other")
    server = entry("payments").start_inside()
    third = PaymentsClient(server.url, "shop")
    httpx.post(f"{payments.url}/v1/customers", headers=_key(payments))
    assert [len(each.journal()) for each in (payments, other, third)] == [1, 0, 0]
    server.close()


def test_a_server_that_has_ended_refuses_connections() -> None:
    server = InsideServer(lambda: HttpServer(_echo))
    install()
    assert httpx.get(f"{server.url}/a").json() == {"path": "/a"}
    server.close()
    server.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)
    with pytest.raises(MockNotReached):
        PaymentsClient(server.url).journal()


def test_a_failure_to_start_is_told_and_leaves_nothing() -> None:
    import threading

    before = threading.active_count()
    with pytest.raises(LookupError):
        InsideServer(_broken)
    assert threading.active_count() == before


def _key(payments: PaymentsClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {payments.api_key}"}


def _echo(request: Request) -> Response:
    return Response.of_json({"path": request.path})


def _broken() -> HttpServer:
    raise LookupError("no model")


def test_other_addresses_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
        socket.create_connection(server.getsockname()).close()
        server.accept()[0].close()
    assert server.fileno() == -1
    assert HOST.startswith("127.")
