"""`attributes_of` and `in_xml`: what fault plans tell S3's calls apart by, and what S3 says of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from belljar.faults.fault import Fault
from belljar.mocks.http import Request
from belljar.mocks.storage import xml
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.operations import find
from belljar.mocks.storage.requests import make_call

__all__ = ["attributes_of", "in_xml"]

# What S3 says with a status, where the plan does not tell a body.
_CODES = {400: "RequestTimeout", 403: "AccessDenied", 409: "ConditionalRequestConflict"}
_CODES |= {500: "InternalError", 503: "ServiceUnavailable"}


def attributes_of(request: Request) -> Mapping[str, str]:
    """Return S3's name of the call, bucket and key."""
    try:
        call = make_call(request.method, request.target, request.headers, b"")
        named = {"bucket": call.bucket, "key": call.key, "operation": "PostObject"}
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            named["operation"] = _renamed(find(call)[0], request)
        return named
    except S3Error:
        return {"operation": ""}  # it is none, and no plan means it


def in_xml(fault: Fault) -> Fault:
    """Return the fault with a body of S3's form, where the plan has none of its own."""
    if fault.kind != "status" or fault["body"]:
        return fault
    status = fault["status"]
    error = S3Error(_CODES.get(status, "InternalError"))
    content = {"Code": error.code, "Message": error.message, "RequestId": "0" * 16}
    body = xml.render("Error", content, namespace="").decode()
    return replace(fault, values={**fault.values, "body": body, "content_type": "application/xml"})


def _renamed(name: str, request: Request) -> str:
    """Return the name that the client knows the call by, where one address has several."""
    if name in ("PutObject", "UploadPart") and "x-amz-copy-source" in request.headers:
        return {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}[name]
    if name == "ListObjects" and request.argument("list-type") == "2":
        return "ListObjectsV2"
    return name
