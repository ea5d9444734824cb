"""`Record`: what an operation of a contract saw, in its order: every call of a client, with its outcome.

def refund(payments, record):
    api = record.http(payments.url, {"Authorization": f"Bearer {payments.api_key}"})
    paid = api("POST /v1/payment_intents", amount=1200, currency="eur", confirm="true")
    api(f"POST /v1/refunds", payment_intent=paid.json["id"])
    record.note("effects", dict(payments.effects()))
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

__all__ = ["Record", "Reply"]

SECONDS = 10.0


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP, as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; an empty object where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


class Record:
    """What was seen: pairs of a label and a value."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []
        self.hidden: list[str] = []

    def hide(self, text: str) -> None:
        """Let this text be no difference, wherever it is: a signature, which has the time in it."""
        self.hidden.append(text)

    def note(self, label: str, value: Any) -> None:
        """Take a value that both sides have to have."""
        self.seen.append((label, value))

    def http(self, url: str, headers: Mapping[str, str] | None = None) -> Callable[..., Reply]:
        """Return a function that sends `"METHOD /path"`; keywords are the form, or the query of a GET.

        `_json` is a body of JSON, `_body` of bytes, `_headers` are more of them.
        """
        parts = urlsplit(url)

        def send(
            line: str,
            *,
            _json: Any = None,
            _body: bytes | None = None,
            _headers: Mapping[str, str] | None = None,
            **form: object,
        ) -> Reply:
            method, path = line.split(" ", 1)
            said, body = {**(headers or {}), **(_headers or {})}, _body
            if _json is not None:
                body = json.dumps(_json).encode()
                said.setdefault("Content-Type", "application/json")
            elif form and method == "GET":
                path += f"{'&' if '?' in path else '?'}{urlencode(form, doseq=True)}"
            elif form:
                body = urlencode(form, doseq=True).encode()
                said.setdefault("Content-Type", "application/x-www-form-urlencoded")
            reply = _exchange(parts, method, path, body, said)
            self.note(line, reply)
            return reply

        return send

    def watch(self, client: Any, label: str = "") -> Any:
        """Return the client; each call of a method of it is noted, and what it raises comes back as None."""
        return _Watched(self, client, label)


class _Watched:
    def __init__(self, record: Record, client: Any, label: str) -> None:
        self._record = record
        self._client = client
        self._label = label

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if not callable(method):
            return method

        def call(*args: Any, **more: Any) -> Any:
            try:
                result = method(*args, **more)
            except Exception as error:
                result, seen = None, error
            else:
                seen = result
                if isinstance(result, dict) and hasattr(result.get("Body"), "read"):
                    result["Body"] = result["Body"].read()
            self._record.note(f"{self._label}{name}", seen)
            return result

        return call


def _exchange(
    parts: Any, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> Reply:
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    try:
        connection.request(
            method, parts.path + quote(path, safe="/?&=%+,:@;*~!$'()[]"), body, dict(headers)
        )
        response = connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read())
    finally:
        connection.close()
