"""`script`: an operation of a contract, written as the requests that it sends.

    customers = script("customers", headers_of, '''
        POST /v1/customers email=ada@example.com -> customer
        GET /v1/customers/{customer}
        DELETE /v1/customers/{customer}
    ''')

`-> name` keeps the answer's `id` under a name, `-> name=field` a field of it; `{name}` puts it into a later line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from belljar.mocks.registry.recording import Record

__all__ = ["script"]


def script(
    name: str,
    prepare: Callable[[Any], Mapping[str, str]],
    text: str,
) -> Callable[[Any, Record], None]:
    """Return the operation; `prepare` gets the client first, and gives the headers of all requests."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]

    def operation(client: Any, record: Record) -> None:
        send = record.http(client.url, prepare(client))
        kept: dict[str, str] = {}
        for line in lines:
            asked, _, keep = line.partition(" -> ")
            method, path, *form = _filled(asked, kept).split()
            pairs = [pair.partition("=")[::2] for pair in form]
            headers = {key[1:]: value for key, value in pairs if key.startswith("@")}
            fields = {key: _spaced(value) for key, value in pairs if not key.startswith("@")}
            reply = send(f"{method} {path}", _headers=headers, **fields)
            for word in keep.split():
                kept_as, _, field = word.partition("=")
                kept[kept_as] = str(_field(reply.json, field or "id"))

    operation.__name__ = name
    return operation


def _filled(line: str, kept: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: kept.get(found[1], "missing"), line)


def _spaced(value: str) -> str:
    return value.replace("+", " ")


def _field(content: Any, path: str) -> object:
    for step in path.split("."):
        if isinstance(content, list):
            content = content[int(step)] if int(step) < len(content) else {}
        else:
            content = content.get(step, {}) if isinstance(content, dict) else {}
    return content or "missing"
