"""`BodyReader`: the body of a request as a value: JSON, forms, multipart, text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from belljar.mocks.openapi.document import Body, Document, Encoding, Media
from belljar.mocks.openapi.nodes import nearest
from belljar.mocks.openapi.parameters import MISSING, ParameterReader, Unreadable, pairs_of
from belljar.mocks.openapi.validating import Violation

__all__ = ["BodyReader", "is_json", "media_for"]

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def is_json(content_type: str) -> bool:
    """Whether bodies of the type are JSON."""
    return re.fullmatch(r"(application|text)/([\w.+-]+\+)?json", content_type) is not None


def media_for(content_type: str, media: Mapping[str, Media]) -> Media | None:
    """Return what is declared for a content type: for itself, for `image/*`, or for `*/*`."""
    wanted = _plain(content_type)
    declared = {_plain(name): its for name, its in media.items()}
    for name in (wanted, wanted.partition("/")[0] + "/*", "*/*"):
        if name in declared:
            return declared[name]
    return None


def _plain(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


class BodyReader:
    """Reads bodies by the schemas of a document."""

    def __init__(self, document: Document, parameters: ParameterReader) -> None:
        self._validators = document.validators
        self._parameters = parameters

    def read(
        self, declared: Body | None, content_type: str, body: bytes
    ) -> tuple[int, Any, list[Violation]]:
        """Return the status that it deserves (200 if it is right), its value, and what is wrong."""
        if declared is None:
            if body:
                fix = "send it without one, or add a requestBody to the document"
                return 400, MISSING, [Violation("body", "the operation takes none", fix=fix)]
            return 200, MISSING, []
        if not body and (not content_type or not declared.required):
            if declared.required:
                names = ", ".join(declared.media)
                fix = f"send one of {names}" if names else ""
                return 400, MISSING, [Violation("body", "it is missing", "", declared.place, fix)]
            return 200, MISSING, []
        media = media_for(content_type, declared.media)
        if media is None:
            what = f"{content_type!r} is not declared" if content_type else "it is missing"
            fix = nearest(_plain(content_type), list(declared.media))
            return 415, MISSING, [Violation("header.Content-Type", what, "", declared.place, fix)]
        try:
            value = self._value(media, content_type, body)
        except Unreadable as error:
            return 400, MISSING, [Violation("body", str(error), rule=media.place)]
        if media.schema is None or value is MISSING:
            return 200, value, []
        violations = self._validators.violations("body", value, media.schema, "request")
        return (400 if violations else 200), value, violations

    def _value(self, media: Media, content_type: str, body: bytes) -> Any:
        plain = _plain(content_type)
        if is_json(plain):
            return _json(body)
        if plain == FORM:
            return self._form(media, _text(body))
        if plain == MULTIPART:
            return self._multipart(media, content_type, body)
        if plain.endswith(("/xml", "+xml")):
            return MISSING  # what stands in it is not looked at
        return _text(body) if plain.startswith("text/") else body.decode("latin-1")

    def _form(self, media: Media, text: str) -> dict[str, Any]:
        pairs = pairs_of(text)
        properties = self._parameters.shape(media.schema)
        found: dict[str, Any] = {}
        for name in dict.fromkeys([*properties, *(name for name, _ in pairs)]):
            encoding = media.encodings.get(name, Encoding())
            if name not in properties and "[" in name and name.partition("[")[0] in properties:
                continue  # of a deepObject
            value = self._parameters.field(name, properties.get(name, True), pairs, encoding)
            if value is not MISSING:
                found[name] = value
        return found

    def _multipart(self, media: Media, content_type: str, body: bytes) -> dict[str, Any]:
        properties = self._parameters.shape(media.schema)
        found: dict[str, Any] = {}
        for name, its_type, is_file, content in _parts(content_type, body):
            schema = properties.get(name, True)
            kind = self._parameters._kind(schema)
            inner = self._parameters._items(schema) if kind == "array" else schema
            declared = media.encodings.get(name, Encoding()).content_type
            if is_json(its_type) or is_json(declared):
                value = _json(content)
            elif is_file:
                value = content.decode("latin-1")
            elif self._parameters._kind(inner) == "object":
                value = _json(content)
            else:
                value = self._parameters.scalar(_text(content), inner)
            if kind == "array" and not isinstance(value, list):
                found.setdefault(name, []).append(value)
            else:
                found[name] = value
        return found


def _json(body: bytes) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is not of JSON")

    try:
        return json.loads(body, parse_constant=refuse)
    except UnicodeDecodeError:
        raise Unreadable("it is no JSON: it is not in UTF-8") from None
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise Unreadable(f"it is no JSON: {reason}") from None


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Unreadable("it is not in UTF-8") from None


def _parts(content_type: str, body: bytes) -> list[tuple[str, str, bool, bytes]]:
    """Return name, content type, whether it is a file, and content of each part."""
    match = re.search(r'boundary=(?:"([^"]+)"|([^;\s]+))', content_type)
    if match is None:
        raise Unreadable("its Content-Type has no boundary")
    line = b"\r\n--" + (match[1] or match[2]).encode("latin-1")
    pieces = (b"\r\n" + body).split(line)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Unreadable("its last boundary is missing")
    found = []
    for piece in pieces[1:-1]:
        head, separator, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = {}
        for each in head.decode("utf-8", "replace").split("\r\n"):
            key, _, value = each.partition(":")
            headers[key.strip().lower()] = value.strip()
        disposition = headers.get("content-disposition", "")
        name = re.search(r'[;\s]name="((?:[^"\\]|\\.)*)"', disposition)
        if not separator or name is None:
            raise Unreadable("a part has no name")
        is_file = re.search(r"[;\s]filename\*?=", disposition) is not None
        its_type = _plain(headers.get("content-type", ""))
        found.append((name[1].replace('\\"', '"'), its_type, is_file, content))
    return found
