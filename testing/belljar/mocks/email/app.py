"""`EmailApp`: the inbox API, the control API and the page, as an app of `belljar.mocks.http`.

| | |
|---|---|
| `GET /` | a page for a person to look at the mail; `/?namespace=NAME` |
| `GET /ca.pem` | what to trust for STARTTLS and TLS |
| `GET /_belljar/ready`, `GET /_belljar/ns` | ready; the namespaces there are |
| `GET /_belljar/ns/NAME/messages` | mails; `?to=`, `?from=`, `?subject=`, `?after=ID`, and `?wait=5` waits for one |
| `DELETE /_belljar/ns/NAME/messages` | none any more |
| `GET DELETE /_belljar/ns/NAME/messages/ID` | one mail: headers, text, html, attachments |
| `GET .../messages/ID/raw`, `.../html`, `.../attachments/N` | its bytes, its HTML in a sandbox, an attachment from 0 |
| `GET POST /_belljar/ns/NAME/ports` | where to send; POST: to ports of the namespace's own |
| `GET /_belljar/ns/NAME/authority` | `{"pem": ...}`: that of `/ca.pem` |
| `GET PUT /_belljar/ns/NAME/accounts` | `{"user": "password"}`: who may log in; `{}` lets everybody |
| `GET .../journal`, `POST .../reset`, `GET PUT DELETE .../faults` | as with every mock |
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Awaitable
from pathlib import Path

from belljar.faults.control import answer_control
from belljar.mocks.email.listening import Listeners, Ports
from belljar.mocks.email.mailbox import Mailbox
from belljar.mocks.email.messages import Message
from belljar.mocks.email.transaction import MailServer
from belljar.mocks.errors import ControlRefused
from belljar.mocks.http import Request, Response

__all__ = ["EmailApp"]

PREFIX = "/_belljar/"
ROUTES = "accounts, authority, faults, journal, messages, messages/ID, ports, reset"
# Nobody waits longer in one request; a client asks again.
LONGEST = 60.0
_PAGE = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A mail's HTML: no scripts, nothing from anywhere; `sandbox` also where it is opened by itself.
_MAIL_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class EmailApp:
    """Answers HTTP requests; the mails come in by another way."""

    def __init__(self, server: MailServer, listeners: Listeners, authority: bytes) -> None:
        self._server = server
        self._listeners = listeners
        self._authority = authority

    def __call__(self, request: Request) -> Response | Awaitable[Response]:
        """Answer a request."""
        try:
            return self._route(request)
        except ControlRefused as refused:
            return _error(refused)

    def _route(self, request: Request) -> Response | Awaitable[Response]:
        path, method = request.path, request.method
        if not path.startswith(PREFIX):
            return self._public(request)
        first, _, rest = path.removeprefix(PREFIX).partition("/")
        if first == "ready" and not rest:
            return Response.of_json({"ready": True, "mock": "email"})
        if first == "ns" and not rest:
            return Response.of_json({"namespaces": self._server.namespaces.names()})
        name, _, route = rest.partition("/")
        if first != "ns" or not route:
            raise _unknown(request)
        space = self._server.namespaces[name]
        if route == "messages" or route.startswith("messages/"):
            return self._messages(space.state, request, route.split("/")[1:])
        if route == "accounts":
            return _accounts(space.state, request)
        if route == "ports" and method in ("GET", "POST"):
            return self._ports(name, own=method == "POST")
        if route == "authority" and method == "GET":
            return Response.of_json({"pem": self._authority.decode()})
        if route == "faults":
            _refuse_kills(request)
            boundaries = {"email": self._server.engines}
            status, body = answer_control(boundaries, method, name, request.query, request.body)
            return Response(status, {"Content-Type": "application/json"}, body)
        if route == "reset" and method == "POST":
            self._server.namespaces.reset(name)
            return Response.of_json({"reset": name})
        if route == "journal" and method == "GET":
            unmatched = request.argument("unmatched") in ("1", "true")
            return Response.of_json(
                space.journal.shown(after=_number(request, "after"), unmatched=unmatched)
            )
        raise _unknown(request)

    def _public(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise _unknown(request)
        if request.path == "/ca.pem":
            return Response(200, {"Content-Type": "application/x-pem-file"}, self._authority)
        if request.path not in _PAGE:
            raise _unknown(request)
        file, kind = _PAGE[request.path]
        body = Path(__file__).with_name(file).read_bytes()
        return Response(
            200, {"Content-Type": kind, "Content-Security-Policy": _POLICY, **_SAFE}, body
        )

    async def _ports(self, name: str, *, own: bool) -> Response:
        ports: Ports = await self._listeners.of(name, own=own)
        return Response.of_json({"smtp": ports.smtp, "smtps": ports.smtps})

    def _messages(
        self, mailbox: Mailbox, request: Request, rest: list[str]
    ) -> Response | Awaitable[Response]:
        if not rest and request.method == "GET":
            return _listed(mailbox, request)
        if not rest and request.method == "DELETE":
            return Response.of_json({"deleted": mailbox.clear()})
        message = mailbox.get(rest[0]) if rest else None
        if message is None and rest:
            there = [one.id for one in mailbox.find()]
            raise ControlRefused(
                f"there is no mail {rest[0]!r} in {mailbox.namespace!r}",
                f"choose one of {', '.join(there[-20:]) or '(none)'}",
                404,
            )
        if message is None:
            raise _unknown(request)
        if len(rest) == 1 and request.method == "DELETE":
            mailbox.delete(message.id)
            return Response.of_json({"deleted": 1})
        if request.method != "GET":
            raise _unknown(request)
        return _shown(message, request, rest[1:])


def _listed(mailbox: Mailbox, request: Request) -> Response | Awaitable[Response]:
    wanted = {
        "to": request.argument("to"),
        "sender": request.argument("from"),
        "subject": request.argument("subject"),
    }
    after = _number(request, "after")
    raw = request.argument("raw") in ("1", "true")
    try:
        seconds = float(request.argument("wait", "0"))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        raise ControlRefused(
            f"wait={request.argument('wait')!r} is no number of seconds up to {LONGEST:g}",
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


def _shown(message: Message, request: Request, part: list[str]) -> Response:
    if not part:
        return Response.of_json(message.full())
    if part == ["raw"]:
        return Response(200, {"Content-Type": "message/rfc822", **_SAFE}, message.raw)
    if part == ["html"]:
        return Response(
            200,
            {
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": _MAIL_POLICY,
                **_SAFE,
            },
            message.html_for_a_person().encode(),
        )
    if part[0] == "attachments" and len(part) == 2 and part[1].isdigit():
        if int(part[1]) >= len(message.attachments):
            raise ControlRefused(
                f"mail {message.id} has {len(message.attachments)} attachments",
                "count from 0",
                404,
            )
        attachment = message.attachments[int(part[1])]
        # Always saved, never shown: it may be a page with scripts.
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": "attachment",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            **_SAFE,
        }
        return Response(200, headers, attachment.content)
    raise _unknown(request)


def _accounts(mailbox: Mailbox, request: Request) -> Response:
    if request.method == "PUT":
        try:
            given = request.json()
        except ValueError:
            given = None
        if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
            raise ControlRefused(
                "accounts are an object of users and their passwords", 'send {"user": "password"}'
            )
        mailbox.accounts = given
    elif request.method != "GET":
        raise _unknown(request)
    return Response.of_json({"users": sorted(mailbox.accounts)})


def _number(request: Request, name: str) -> int:
    text = request.argument(name, "0")
    if not text.isascii() or not text.isdigit():
        raise ControlRefused(f"{name}={text!r} is no number", f"write {name}=12")
    return int(text)


def _unknown(request: Request) -> ControlRefused:
    return ControlRefused(
        f"there is no {request.method} {request.path}",
        f"use /, /ca.pem, {PREFIX}ready, {PREFIX}ns or {PREFIX}ns/NAME/ROUTE; routes are {ROUTES}",
        404,
    )


def _error(refused: ControlRefused) -> Response:
    content = {"error": {"message": refused.message, "fix": refused.fix}}
    return Response.of_json(content, refused.status)


def _refuse_kills(request: Request) -> None:
    """Refuse a plan that ends the process: whoever started it would take that for an accident."""
    try:
        rules = json.loads(request.body or b"{}").get("faults", [])
        kinds = {rule["kind"] for rule in rules if rule["on"] == "email"}
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # whoever reads the plan says better what is wrong with it
    if not kinds.isdisjoint(("kill", "restart")):
        raise ControlRefused(
            "the email mock does not end itself",
            "call services['email'].kill() in the test, or plan `reset`",
        )
