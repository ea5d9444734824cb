"""The email mock's own control routes: mails, and who may log in.

| under `/_belljar/ns/NAME/` | |
|---|---|
| `GET messages` | mails; `?to=`, `?from=`, `?subject=`, `?after=ID`, and `?wait=5` waits for one |
| `DELETE messages` | none any more |
| `GET DELETE messages/ID` | one mail: headers, text, html, attachments |
| `GET messages/ID/raw`, `.../html`, `.../attachments/N` | its bytes, its HTML in a sandbox, an attachment from 0 |
| `GET POST ports` | where to send; POST: to ports of the namespace's own |
| `GET authority` | `{"pem": ...}`: that of `/ca.pem` |
| `GET PUT accounts` | `{"user": "password"}`: who may log in; `{}` lets everybody |
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable

from belljar.mocks.control_api import json_of, number_of
from belljar.mocks.email.mailbox import Mailbox
from belljar.mocks.email.messages import Message
from belljar.mocks.email.page import SAFE
from belljar.mocks.errors import ControlRefused
from belljar.mocks.http import Request, Response

__all__ = ["ROUTES", "control"]

ROUTES = ("accounts", "authority", "messages", "messages/ID", "ports")
# Nobody waits longer in one request; a client asks again.
LONGEST = 60.0
# A mail's HTML: no scripts, nothing from anywhere; `sandbox` also where it is opened by itself.
_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)


def control(
    mailbox: Mailbox, request: Request, route: str
) -> Response | Awaitable[Response] | None:
    """The answer to a control request; None for a route that there is not. Raises `ControlRefused`."""
    first, *rest = route.split("/")
    method = request.method
    if route == "accounts" and method in ("GET", "PUT"):
        return _accounts(mailbox, request)
    if first != "messages":
        return None
    if not rest:
        if method == "DELETE":
            return Response.of_json({"deleted": mailbox.clear()})
        return _listed(mailbox, request) if method == "GET" else None
    message = mailbox.get(rest[0])
    if message is None:
        there = [one.id for one in mailbox.find()]
        raise ControlRefused(
            f"there is no mail {rest[0]!r} in {mailbox.namespace!r}",
            f"choose one of {', '.join(there[-20:]) or '(none)'}",
            404,
        )
    if len(rest) == 1 and method == "DELETE":
        mailbox.delete(message.id)
        return Response.of_json({"deleted": 1})
    return _shown(message, rest[1:]) if method == "GET" else None


def _listed(mailbox: Mailbox, request: Request) -> Response | Awaitable[Response]:
    wanted = {
        "to": request.argument("to"),
        "sender": request.argument("from"),
        "subject": request.argument("subject"),
    }
    after = number_of(request, "after")
    raw = request.argument("raw") in ("1", "true")
    try:
        seconds = float(request.argument("wait", "0"))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        raise ControlRefused(
            f"wait={request.argument('wait')[:100]!r} is no number of seconds up to {LONGEST:g}",
            "write wait=5, and ask again when nothing came",
        )
    if not seconds:
        return _list(mailbox.find(after=after, **wanted), raw)
    # At once, not when the task runs: the mailbox may be reset in between.
    return _awaited(mailbox, seconds, after, wanted, raw)


async def _awaited(
    mailbox: Mailbox, seconds: float, after: int, wanted: dict[str, str], raw: bool
) -> Response:
    return _list(await mailbox.wait(seconds, after=after, **wanted), raw)


def _list(messages: list[Message], raw: bool) -> Response:
    found = []
    for one in messages:
        summary = one.summary()
        if raw:
            summary["raw"] = b64encode(one.raw).decode()
        found.append(summary)
    return Response.of_json({"messages": found})


def _shown(message: Message, part: list[str]) -> Response | None:
    if not part:
        return Response.of_json(message.full())
    if part == ["raw"]:
        return Response(200, {"Content-Type": "message/rfc822", **SAFE}, message.raw)
    if part == ["html"]:
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": _POLICY,
            "X-DNS-Prefetch-Control": "off",  # a name that is looked up tells as much as a picture
        }
        return Response(200, {**headers, **SAFE}, message.html_for_a_person().encode())
    if part[0] != "attachments" or len(part) != 2 or not part[1].isdecimal():
        return None
    if len(part[1]) > 9 or int(part[1]) >= len(message.attachments):
        raise ControlRefused(
            f"mail {message.id} has {len(message.attachments)} attachments", "count from 0", 404
        )
    # Always saved, never shown: it may be a page with scripts.
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "attachment",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(200, {**headers, **SAFE}, message.attachments[int(part[1])].content)


def _accounts(mailbox: Mailbox, request: Request) -> Response:
    if request.method == "PUT":
        given = json_of(request)
        if not request.body or not all(isinstance(one, str) for one in given.values()):
            raise ControlRefused(
                "accounts are an object of users and their passwords", 'send {"user": "password"}'
            )
        mailbox.accounts = given
    return Response.of_json({"users": sorted(mailbox.accounts)})
