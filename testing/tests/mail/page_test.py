"""The page for a person shows mail safely: nothing of a mail runs, and nothing is loaded from outside."""

from __future__ import annotations

import http.client
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest

from belljar.mocks.email import Inbox

EVIL = (
    '<script>alert(1)</script><img src="http://192.0.2.1/pixel.gif"><img src="cid:logo">'
    '<a href="javascript:alert(1)">x</a>'
)


def fetch(inbox: Inbox, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Give status, headers by lower-case name, and body."""
    connection = http.client.HTTPConnection(urlsplit(inbox.url).netloc, timeout=10)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, response.read().decode("utf-8", "replace")
    finally:
        connection.close()


@pytest.fixture(name="evil")
def _evil(inbox: Inbox, connect: Any) -> str:
    mail = EmailMessage()
    mail["Subject"], mail["To"] = "<b>evil</b>", "b@example.test"
    mail.set_content("text")
    mail.add_alternative(EVIL, subtype="html")
    page: Any = mail.get_payload(1)
    page.add_related(b"PNG", "image", "png", cid="<logo>")
    mail.add_attachment(b"<script>", maintype="text", subtype="html", filename="page.html")
    connect().send_message(mail, "a@example.test")
    return f"/_belljar/ns/{inbox.namespace}/messages/{inbox.wait_for().id}"


@pytest.mark.parametrize("path", ["/", "/page.js", "/page.css"])
def test_the_page_may_load_nothing_but_itself(inbox: Inbox, path: str) -> None:
    status, headers, body = fetch(inbox, path)
    assert status == 200
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "http://" not in body and "https://" not in body and "innerHTML" not in body


def test_html_is_shown_in_a_frame_that_may_do_nothing(inbox: Inbox) -> None:
    assert 'id="html" sandbox=""' in fetch(inbox, "/")[2]


def test_the_html_of_a_mail_runs_and_loads_nothing_wherever_it_is_opened(
    inbox: Inbox, evil: str
) -> None:
    _, headers, body = fetch(inbox, f"{evil}/html")
    policy = headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "img-src data:"} <= set(policy)
    # What `default-src` does not speak of.
    assert {"base-uri 'none'", "form-action 'none'"} <= set(policy)
    assert not any("script" in part for part in policy)
    assert '<img src="data:image/png;base64,UE5H">' in body


def test_an_attachment_is_saved_and_never_shown(inbox: Inbox, evil: str) -> None:
    status, headers, body = fetch(inbox, f"{evil}/attachments/1")
    assert (status, body) == (200, "<script>")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment"
    assert fetch(inbox, f"{evil}/attachments/2")[0] == 404


def test_the_authority_is_there_to_download(inbox: Inbox) -> None:
    status, _, body = fetch(inbox, "/ca.pem")
    assert (status, body) == (200, inbox.authority)
    assert body.startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize(
    ("method", "route", "status", "told"),
    [
        ("GET", "messages/99", 404, "there is no mail '99'"),
        ("GET", "messages?wait=forever", 400, "wait='forever'"),
        ("GET", "messages?after=x", 400, "after='x'"),
        ("PUT", "accounts", 400, "users and their passwords"),
        ("PUT", "faults", 400, "it is not JSON"),
        ("GET", "nonsense", 404, "there is no GET"),
    ],
)
def test_what_cannot_be_is_refused_with_the_fix(
    inbox: Inbox, method: str, route: str, status: int, told: str
) -> None:
    answer = fetch(inbox, f"/_belljar/ns/{inbox.namespace}/{route}", method)
    assert answer[0] == status
    assert told in answer[2] and '"fix"' in answer[2]
