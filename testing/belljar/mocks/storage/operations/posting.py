"""`post_object`: an upload from a browser's form, as its signed policy allows it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from belljar.mocks.storage import checksums, xml
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Space
from belljar.mocks.storage.operations.writing import draft, written
from belljar.mocks.storage.requests import Answer, Call
from belljar.mocks.storage.signatures import sign_2, sign_4
from belljar.mocks.storage.signing import Secrets

__all__ = ["access_key_of", "authorise", "parse_form", "post_object"]

# Fields that a policy need not name.
_FREE = {"awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"}


def parse_form(call: Call) -> tuple[dict[str, str], bytes]:
    """Return the fields, by lower-case name, and the file. Raises `S3Error`."""
    boundary = re.search(r'boundary="?([^";]+)', call.header("content-type"))
    if boundary is None:
        raise S3Error("MalformedPOSTRequest")
    pieces = (b"\r\n" + call.body).split(b"\r\n--" + boundary[1].encode("latin-1"))
    fields: dict[str, str] = {}
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        head, blank, content = piece.partition(b"\r\n\r\n")
        name = re.search(rb'[; ]name="([^"]*)"', head)
        if not blank or name is None:
            raise S3Error("MalformedPOSTRequest")
        field = name[1].decode("utf-8", "replace").lower()
        if field == "file":
            if filename := re.search(rb'filename="([^"]*)"', head):
                given = filename[1].decode("utf-8", "replace")
                fields["key"] = fields.get("key", "").replace("${filename}", given)
            return fields, content  # what comes behind the file is ignored
        fields[field] = content.decode("utf-8", "replace")
    raise S3Error("InvalidArgument", "POST requires exactly one file upload per request.")


def access_key_of(fields: Mapping[str, str]) -> str:
    """Return who has signed."""
    return fields.get("awsaccesskeyid") or fields.get("x-amz-credential", "").partition("/")[0]


def authorise(call: Call, fields: Mapping[str, str], size: int, secrets: Secrets) -> None:
    """Check signature, expiry and conditions of the policy. Raises `S3Error`."""
    access_key = access_key_of(fields)
    policy = fields.get("policy", "")
    if not access_key or not policy:
        raise S3Error("AccessDenied")
    secret = secrets(access_key)
    if "awsaccesskeyid" in fields:
        right = sign_2(secret or "", policy)
        given = fields.get("signature", "")
    else:
        _, day, region, service, end = [*fields["x-amz-credential"].split("/"), *[""] * 4][:5]
        right = sign_4(secret or "", f"{day}/{region}/{service}/{end}", policy)
        given = fields.get("x-amz-signature", "")
    if secret is not None and right != given:
        raise S3Error("SignatureDoesNotMatch", extra={"AWSAccessKeyId": access_key})
    try:
        document = json.loads(base64.b64decode(policy, validate=True))
        until = datetime.fromisoformat(document["expiration"].replace("Z", "+00:00"))
        conditions = document["conditions"]
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        if call.now > until:
            raise S3Error("AccessDenied", "Invalid according to Policy: Policy expired.")
        named = {"bucket"}
        for condition in conditions:
            named.add(_hold(call, condition, fields, size))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise S3Error("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.") from None
    extra = [
        name for name in fields if name not in _FREE | named and not name.startswith("x-ignore-")
    ]
    if extra:
        raise S3Error(
            "AccessDenied", f"Invalid according to Policy: Extra input fields: {', '.join(extra)}"
        )
    call.space = access_key


def _hold(call: Call, condition: object, fields: Mapping[str, str], size: int) -> str:
    """Return the field that a condition is about, if it holds. Raises `S3Error`."""
    if isinstance(condition, dict):
        ((name, value),) = condition.items()
        operator, field = "eq", name
    elif isinstance(condition, list) and len(condition) == 3:
        operator, field, value = condition
        if str(operator).lower() == "content-length-range":
            if size < int(field):
                raise S3Error("EntityTooSmall", extra={"ProposedSize": str(size)})
            if size > int(value):
                raise S3Error("EntityTooLarge", extra={"ProposedSize": str(size)})
            return ""
    else:
        raise ValueError(condition)
    field = str(field).removeprefix("$").lower()
    had = call.bucket if field == "bucket" else fields.get(field, "")
    holds = (
        had.startswith(str(value)) if str(operator).lower() == "starts-with" else had == str(value)
    )
    if not holds:
        raise S3Error(
            "AccessDenied",
            f"Invalid according to Policy: Policy Condition failed: {json.dumps(condition)}",
        )
    return field


def post_object(call: Call, space: Space, fields: Mapping[str, str], content: bytes) -> Answer:
    """Write the file of a form that has been authorised."""
    bucket = space.bucket(call.bucket)
    call.key = fields.get("key", "")
    if not call.key:
        raise S3Error("InvalidArgument", "Bucket POST must contain a field named 'key'.")
    call.headers = dict(fields)
    version = draft(call)
    version.checksums = checksums.verify(call.headers, content)
    version.content = content
    version.etag = checksums.etag_of(content)
    if "tagging" in fields:
        found = xml.parse(fields["tagging"].encode(), "Tagging").findall("TagSet/Tag")
        version.tags = {xml.text_of(one, "Key"): xml.text_of(one, "Value") for one in found}
    bucket.add(version)
    location = f"/{bucket.name}/{quote(call.key)}"
    headers = written(bucket, version) | {"Location": location}
    redirect = fields.get("success_action_redirect") or fields.get("redirect")
    if redirect:
        query = f"bucket={quote(bucket.name)}&key={quote(call.key)}&etag={quote(version.etag)}"
        headers["Location"] = f"{redirect}{'&' if '?' in redirect else '?'}{query}"
        return Answer(303, headers)
    status = fields.get("success_action_status", "204")
    if status == "201":
        body = {"Location": location, "Bucket": bucket.name, "Key": call.key, "ETag": version.etag}
        return Answer(201, headers, xml.render("PostResponse", body, namespace=""))
    return Answer(200 if status == "200" else 204, headers)
