"""`Injected`: the faults of a plan in the way of one request of S3's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from belljar.faults import wire as faulty
from belljar.faults.fault import Fault
from belljar.faults.matching import Call as Calling
from belljar.mocks.http import Answer, Request, Response, Wire
from belljar.mocks.journal import Entry
from belljar.mocks.storage import xml
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.operations import find
from belljar.mocks.storage.requests import make_call

__all__ = ["Injected", "call_of"]

# What S3 says with a status, where the plan does not tell a body.
_CODES = {400: "RequestTimeout", 403: "AccessDenied", 409: "ConditionalRequestConflict"}
_CODES |= {500: "InternalError", 503: "ServiceUnavailable"}


def call_of(request: Request) -> Calling:
    """Return the request as a fault plan tells it apart: by S3's call, bucket and key."""
    try:
        call = make_call(request.method, request.target, request.headers, b"")
        named = {"bucket": call.bucket, "key": call.key, "operation": ""}
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            named["operation"] = "PostObject"
        else:
            named["operation"] = _renamed(find(call)[0], request)
    except S3Error:
        named = {}
    return Calling(request.method, request.path, {"method": request.method, **named})


def _renamed(name: str, request: Request) -> str:
    """Return the name that the client knows the call by, where one address has several."""
    if name in ("PutObject", "UploadPart") and "x-amz-copy-source" in request.headers:
        return {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}[name]
    if name == "ListObjects" and request.argument("list-type") == "2":
        return "ListObjectsV2"
    return name


class Injected:
    """One or several faults in the way of a request."""

    def __init__(self, faults: Sequence[Fault], entry: Entry) -> None:
        self.name = faulty.injected(faults)
        self._faults = [_in_xml(fault) for fault in faults]
        self._entry = entry

    async def __call__(self, request: Request, answer: Answer, wire: Wire) -> Response | None:
        """Send what the faults leave of the answer."""
        self._entry.fault = self.name
        # Of a request that is not worked on, there is nothing to be told but the fault.
        real = Response(503) if faulty.instead(self._faults) else await answer()
        headers = list(real.headers)
        if not request.keep_alive:
            headers.append(("Connection", "close"))
        whole = faulty.Answer(real.status, headers, real.body, head=request.method == "HEAD")
        actions = faulty.schedule(whole, self._faults)
        self._entry.status = _status_of(actions)
        kept = await faulty.play(actions, wire.transport, gone=wire.gone)
        if not kept or not request.keep_alive:
            wire.close()
        return None


def _status_of(actions: faulty.Actions) -> int:
    """Return the status that is sent, 0 for none."""
    sent = b"".join(action.data for action in actions[:8])[9:12]
    return int(sent) if sent.isdigit() else 0


def _in_xml(fault: Fault) -> Fault:
    """Return the fault with a body of S3's form, where the plan has none of its own."""
    if fault.kind != "status" or fault["body"]:
        return fault
    status = fault["status"]
    error = S3Error(_CODES.get(status, "InternalError"))
    content = {"Code": error.code, "Message": error.message, "RequestId": "0" * 16}
    body = xml.render("Error", content, namespace="").decode()
    return replace(fault, values={**fault.values, "body": body, "content_type": "application/xml"})
