"""`StorageMock`: S3's protocol over the buckets of many namespaces.

A namespace is an access key id: each has buckets of its own, also of the same names. Requests are
answered one after the other, so of several conditional writes one gets through, as with S3.
"""

from __future__ import annotations

import re
import secrets as random
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from belljar.mocks.control import Mock
from belljar.mocks.control_api import json_of
from belljar.mocks.errors import ControlRefused
from belljar.mocks.http import Limits, Refusal, Request, Response
from belljar.mocks.namespaces import Namespace
from belljar.mocks.storage import xml
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.keys import SECRET_KEY
from belljar.mocks.storage.model import Space
from belljar.mocks.storage.operations import find, post_object, posting
from belljar.mocks.storage.requests import Answer, Call, make_call
from belljar.mocks.storage.signing import check
from belljar.mocks.storage.streaming import unwrap

if TYPE_CHECKING:
    from belljar.faults.fault import Fault

__all__ = ["StorageMock"]

_ACCESS_KEY = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/|^AWS ([^:\s]+):")
# A hundred years; what is beyond has no date.
_LONGEST = 100 * 365 * 86400
_CODES = {400: "InvalidRequest", 408: "RequestTimeout", 413: "EntityTooLarge", 500: "InternalError"}


class StorageMock(Mock[Space]):
    """The rules; `secret_key` None lets every signature do.

    | besides the control API of every mock, under `/_belljar/ns/NAME/` | |
    |---|---|
    | `GET objects` | every object, by bucket |
    | `PUT clock` | `{"offset_s": 3600}`: how far its clock is ahead |
    """

    name = "storage"
    routes = ("objects", "clock")
    boundaries: Mapping[str, str] = MappingProxyType({"storage": "storage"})
    # A part of an upload may have 5 GiB in S3; in a test nobody has that in memory.
    limits = Limits(body=256 << 20)

    def __init__(self, *, secret_key: str | None = SECRET_KEY) -> None:
        self._secret_key = secret_key

    def new(self, namespace: str) -> Space:
        """A namespace without buckets."""
        return Space(namespace)

    def namespace_of(self, request: Request) -> str | Response:
        """The access key id, not yet proved; or what S3 answers to a request without one."""
        try:
            key = _access_key(request)
            if not _ACCESS_KEY.fullmatch(key):
                raise S3Error("InvalidAccessKeyId", extra={"AWSAccessKeyId": key})
            return key
        except S3Error as error:
            return _refused(request, error)

    def answer(self, space: Namespace[Space], request: Request) -> Response:
        """The answer of S3."""
        try:
            return _response(self._work(space.state, request))
        except S3Error as error:
            return _refused(request, error)

    def control(self, space: Namespace[Space], request: Request, route: str) -> Response | None:
        """What a test wants to know and S3 does not tell: what there is, and another time."""
        if route == "objects" and request.method == "GET":
            return Response.of_json({"buckets": _shown(space.state)})
        if route == "clock" and request.method == "PUT":
            seconds = json_of(request).get("offset_s")
            if (
                isinstance(seconds, bool)
                or not isinstance(seconds, int | float)
                or not abs(seconds) <= _LONGEST
            ):
                raise ControlRefused(
                    f"offset_s is {str(seconds)[:100]}, and a number up to {_LONGEST} is expected",
                    'send {"offset_s": 3600}: how far its clock is ahead',
                )
            space.state.offset = timedelta(seconds=seconds)
            return Response.of_json({"offset_s": seconds})
        return None

    def attributes(self, request: Request) -> Mapping[str, str]:
        """S3's name of the call, bucket and key."""
        from belljar.mocks.storage.faulting import attributes_of

        return attributes_of(request)

    def formed(self, fault: Fault) -> Fault:
        """A status as S3 says it."""
        from belljar.mocks.storage.faulting import in_xml

        return in_xml(fault)

    def refuse(self, refusal: Refusal) -> Response:
        """A refusal of the server as S3 says it."""
        code = _CODES.get(refusal.status, "InvalidRequest")
        message = f"{refusal.message}: {refusal.fix}"
        body = {"Code": code, "Message": message, "RequestId": _request_id()}
        return Response(
            refusal.status,
            {"Content-Type": "application/xml"},
            xml.render("Error", body, namespace=""),
        )

    def _secret(self, access_key: str) -> str | None:
        return self._secret_key

    def _work(self, space: Space, request: Request) -> Answer:
        call = make_call(request.method, request.target, request.headers, request.body)
        call.now += space.offset
        form = request.headers.get("content-type", "").startswith("multipart/form-data")
        if call.method == "POST" and form and call.bucket and not call.key:
            fields, content = posting.parse_form(call)
            posting.authorise(call, fields, len(content), self._secret)
            return post_object(call, space, fields, content)
        check(call, self._secret, space.offset)
        unwrap(call)
        return find(call)[1](call, space)


def _access_key(request: Request) -> str:
    headers = request.headers
    if match := _CREDENTIAL.search(headers.get("authorization", "")):
        return match[1] or match[2]
    for name, value in parse_qsl(request.query):
        if name.lower() == "x-amz-credential":
            return value.partition("/")[0]
        if name == "AWSAccessKeyId":
            return value
    if headers.get("content-type", "").startswith("multipart/form-data"):
        fields, _ = posting.parse_form(Call("POST", "/", "", headers, request.body))
        return posting.access_key_of(fields)
    raise S3Error("AccessDenied", "The request has no credentials; the mock has no public buckets")


def _response(answer: Answer) -> Response:
    headers = {"x-amz-request-id": _request_id(), "Server": "AmazonS3"}
    if answer.body.startswith(b"<?xml"):
        headers["Content-Type"] = "application/xml"
    headers |= {name: _latin(value) for name, value in answer.headers.items()}
    if answer.status == 304:
        return Response(304, headers)
    return Response(answer.status, headers, answer.body)


def _latin(value: str) -> str:
    """A header's value as it can be sent."""
    clean = value.replace("\r", " ").replace("\n", " ")
    return clean if clean.isascii() else quote(clean, safe=" !#$%&'()*+,/:;<=>?@[]^_`{|}~\"\\-.")


def _refused(request: Request, error: S3Error) -> Response:
    request_id = _request_id()
    content = {
        "Code": error.code,
        "Message": error.message,
        **error.extra,
        "Resource": unquote(request.target.partition("?")[0]),
        "RequestId": request_id,
        "HostId": "belljar",
    }
    return Response(
        error.status,
        {"x-amz-request-id": request_id, "Content-Type": "application/xml"} | error.headers,
        xml.render("Error", content, namespace=""),
        # A call that S3 has and the mock has not is a gap of the mock, to be told at once.
        unmatched=(
            f"{request.method} {request.target}: {error.message}"
            if error.code == "NotImplemented" and not error.extra
            else ""
        ),
    )


def _request_id() -> str:
    return random.token_hex(8).upper()


def _shown(space: Space) -> dict[str, list[dict[str, object]]]:
    return {
        name: [
            {
                "key": version.key,
                "size": len(version.content),
                "etag": version.etag,
                "version_id": version.version_id,
                "content_type": version.headers.get("content-type", ""),
                "metadata": version.metadata,
                "tags": version.tags,
            }
            for version in bucket.current()
        ]
        for name, bucket in sorted(space.buckets.items())
    }
