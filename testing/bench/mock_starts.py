"""How long mocks take from the start of their process to the answer of a first real call: `start_seconds`.

A real call is one of the protocol, that changes or reads state: no look at whether it is ready.
"""

from __future__ import annotations

import json
import re
import smtplib
from collections.abc import Callable
from pathlib import Path

from http_load import ask
from served import Served, mock_command, mock_environment

__all__ = ["FIRST_CALLS", "PAYMENT", "payment", "serve", "smtp_port", "start_seconds"]

PAYMENT = "/v1/payment_intents"
_PAID = (
    b"amount=1200&currency=usd&payment_method=pm_card_visa&confirm=true"
    b"&payment_method_types[]=card&metadata[order_id]=17"
)
_HEAD = (
    f"POST {PAYMENT} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_load\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
    f"Content-Length: {len(_PAID)}\r\nIdempotency-Key: "
).encode()
# The mocks, and the modules of the libraries that their processes need, each in a folder of its own with Bazel.
_HTTP = ("httptools", "uvloop")
_MAIL = ("aiosmtpd", "attr", "public", "trustme", "cryptography", "idna", "_cffi_backend")
_SCHEMAS = ("jsonschema", "attr", "jsonschema_specifications", "referencing", "rpds", "yaml")
SERVERS = {
    "payments": (*_HTTP, "orjson"),
    "storage": _HTTP,
    "email": (*_HTTP, *_MAIL),
    "openapi": (*_HTTP, *_SCHEMAS, "typing_extensions"),
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders/{id}": {
            "get": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
                "responses": {
                    "200": {
                        "description": "it",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["id", "state"],
                                    "properties": {
                                        "id": {"type": "integer"},
                                        "state": {"enum": ["paid", "sent"]},
                                    },
                                }
                            }
                        },
                    }
                },
            }
        }
    },
}


def payment(number: int) -> bytes:
    """Gives the request for a payment, with the idempotency key that clients send."""
    return b"%bk%d\r\n\r\n%b" % (_HEAD, number, _PAID)


def serve(name: str, folder: Path, *, core: int | None = None) -> Served:
    """Gives a running mock; `folder` is for what it is to be given as a file."""
    arguments: list[str] = ["--any-signature"] if name == "storage" else []
    if name == "openapi":
        document = folder / "shop.json"
        document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
        arguments = [str(document)]
    environment = mock_environment(*SERVERS[name])
    return Served(mock_command(name, *arguments), environment, core=core)


def start_seconds(make: Callable[[], Served], call: Callable[[Served], object]) -> float:
    """Gives the seconds from the start of a process to the answer of a call."""
    with make() as served:
        call(served)
        return served.since_start()


def smtp_port(served: Served) -> int:
    """Gives where an email mock takes mail."""
    found = re.search(r"SMTP on port (\d+)", served.said)
    assert found, served.said
    return int(found[1])


def _pay(served: Served) -> None:
    ask(served.address, payment(0))


def _make_a_bucket(served: Served) -> None:
    head = b"PUT /receipts HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: AWS first:x\r\n"
    ask(served.address, head + b"Content-Length: 0\r\n\r\n")


def _send_a_mail(served: Served) -> None:
    with smtplib.SMTP("127.0.0.1", smtp_port(served), timeout=10) as smtp:
        smtp.sendmail("a@example.test", ["b@example.test"], "Subject: x\r\n\r\nx\r\n")


def _read_an_order(served: Served) -> None:
    ask(served.address, b"GET /orders/1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")


FIRST_CALLS: dict[str, Callable[[Served], None]] = {
    "payments": _pay,
    "storage": _make_a_bucket,
    "email": _send_a_mail,
    "openapi": _read_an_order,
}
