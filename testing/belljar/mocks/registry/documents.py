"""`operations_of` and `undeclared`: whether a mock answers each operation as its OpenAPI document declares.

A request is made for each operation, valid by the document: path, required parameters, credentials, body. What
comes back has to have a declared status, content type, headers, and a body that the schema allows.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from belljar.mocks.http.messages import Response
from belljar.mocks.openapi.answers import NOTHING, Answerer
from belljar.mocks.openapi.bodies import FORM, is_json
from belljar.mocks.openapi.document import Document, Operation, Parameter, Scheme
from belljar.mocks.openapi.errors import NoAnswer
from belljar.mocks.openapi.generating import Generator
from belljar.mocks.openapi.loading import load_document
from belljar.mocks.registry.mock_entry import Entry
from belljar.mocks.registry.recording import Record, Reply

__all__ = ["operations_of", "undeclared"]


def operations_of(entry: Entry) -> list[Operation]:
    """Return the operations of an entry's document."""
    return list(_document(str(entry.document)).operations)


def undeclared(entry: Entry, operation: Operation, url: str) -> list[str]:
    """Return how the answers at this address are not as declared; nothing if they are."""
    document = _document(str(entry.document))
    client = entry.make_client(url, f"declared-{operation.name or operation.method}"[:100])
    client.reset()
    try:
        sent = _Made(document, operation)
    except NoAnswer as error:
        return [f"no request could be made of the document: {error}"]
    send = Record().http(client.url, sent.headers)
    found = []
    for status in _statuses(entry, operation):
        more = {"Prefer": f"code={status}"} if status else {}
        reply = send(f"{operation.method} {sent.target}", _body=sent.body, _headers=more)
        found += [f"{reply.status}: {each}" for each in _violations(document, operation, reply)]
    return found


@cache
def _document(path: str) -> Document:
    return load_document(Path(path))


def _statuses(entry: Entry, operation: Operation) -> list[str]:
    # The document's own mock gives every answer that is asked for; a model the one that it has.
    if entry.mock is not None or entry.inside is not None:
        return [""]
    return ["", *(status for status in operation.answers if status.isdigit())]


def _violations(document: Document, operation: Operation, reply: Reply) -> list[str]:
    headers = {name.lower(): text for name, text in reply.headers}
    content_type = headers.get("content-type", "").partition(";")[0]
    value: Any = NOTHING
    if reply.body or content_type:
        try:
            text = reply.body.decode()
            value = json.loads(text) if is_json(content_type) else text
        except ValueError as error:
            return [f"the body is no {content_type}: {error}"]
    if operation.method == "HEAD":
        value = NOTHING
    answer = Response(reply.status, reply.headers)
    return [str(each) for each in Answerer(document).violations(operation, answer, value)]


class _Made:
    """A request that is valid by the document."""

    def __init__(self, document: Document, operation: Operation) -> None:
        self._generator = Generator(document.schemas, document.validators, "request")
        self._query: list[tuple[str, str]] = []
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None
        path = operation.path
        for parameter in operation.parameters:
            if not parameter.required:
                continue
            text = self._text(parameter, str(operation))
            match parameter.where:
                case "path":
                    path = path.replace(f"{{{parameter.name}}}", quote(text, safe=""))
                case "query":
                    self._query.append((parameter.name, text))
                case "header":
                    self.headers[parameter.name] = text
                case "cookie":
                    self._add_cookie(parameter.name, text)
        for name in operation.security[0] if operation.security else ():
            self._enter(document.schemes[name])
        if operation.body is not None:
            self._fill(operation.body.media, str(operation))
        base = urlsplit(document.bases[0]).path.rstrip("/") if document.bases else ""
        self.target = f"{base}{path}" + (f"?{urlencode(self._query)}" if self._query else "")

    def _text(self, parameter: Parameter, seed: str) -> str:
        if parameter.schema is None:
            return "x"
        value = self._generator.value(parameter.schema, f"{seed} {parameter.name}")
        if parameter.content or isinstance(value, dict):
            return json.dumps(value)
        if isinstance(value, list):
            return ",".join(map(_scalar, value))
        return _scalar(value)

    def _enter(self, scheme: Scheme) -> None:
        if scheme.kind == "apiKey":
            match scheme.where:
                case "header":
                    self.headers[scheme.key] = "a-key"
                case "query":
                    self._query.append((scheme.key, "a-key"))
                case "cookie":
                    self._add_cookie(scheme.key, "a-key")
        elif scheme.scheme.lower() == "basic":
            self.headers["Authorization"] = f"Basic {b64encode(b'a:b').decode()}"
        else:
            self.headers["Authorization"] = "Bearer a-token"

    def _fill(self, media: Mapping[str, Any], seed: str) -> None:
        known = [name for name in media if is_json(name) or name == FORM]
        name = known[0] if known else next(iter(media))
        chosen = media[name]
        if chosen.examples:
            value = next(iter(chosen.examples.values()))
        elif chosen.schema is not None:
            value = self._generator.value(chosen.schema, seed)
        else:
            value = "x"
        self.headers["Content-Type"] = name
        if is_json(name):
            self.body = json.dumps(value).encode()
        elif name == FORM and isinstance(value, dict):
            self.body = urlencode({key: _scalar(each) for key, each in value.items()}).encode()
        else:
            self.body = value.encode() if isinstance(value, str) else json.dumps(value).encode()

    def _add_cookie(self, name: str, text: str) -> None:
        there = self.headers.get("Cookie")
        self.headers["Cookie"] = f"{there}; {name}={text}" if there else f"{name}={text}"


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
