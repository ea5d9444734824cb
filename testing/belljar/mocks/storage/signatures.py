"""`sign_4` and `sign_2`: the signatures of S3's two versions, and the texts that they are over."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

from belljar.mocks.storage.requests import Call

__all__ = ["ALGORITHM", "UNSIGNED", "sign_2", "sign_4", "signatures_4", "text_2"]

UNSIGNED = "UNSIGNED-PAYLOAD"
ALGORITHM = "AWS4-HMAC-SHA256"
# The parts of a query that version 2 signs.
_SUBRESOURCES = frozenset(
    (
        "accelerate",
        "acl",
        "analytics",
        "cors",
        "defaultObjectAcl",
        "delete",
        "inventory",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "partNumber",
        "policy",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "select",
        "select-type",
        "storageClass",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    )
)


def signatures_4(
    call: Call,
    secret: str,
    scope: re.Match[str],
    date: str,
    signed: list[str],
    payload: str,
) -> Iterable[str]:
    """Give the signatures, version 4, that are right for a request."""
    pairs = []
    for pair in call.raw_query.split("&") if call.raw_query else []:
        name, _, value = pair.partition("=")
        if name.lower() != "x-amz-signature":
            pairs.append((_requote(name), _requote(value)))
    # By name first: `select` comes before `select-type`, `select=` would come after `select-type=`.
    query = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    headers = [f"{name}:{' '.join(call.header(name).split())}\n" for name in signed]
    # The path goes as it was sent; a client that quotes more or less than it signs is right, too.
    for path in dict.fromkeys((call.raw_path, quote(unquote(call.raw_path), safe="/-_.~"))):
        canonical = "\n".join(
            (
                call.method,
                path,
                query,
                "".join(headers),
                ";".join(signed),
                payload,
            )
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        where = f"{scope['day']}/{scope['region']}/s3/aws4_request"
        text = f"{ALGORITHM}\n{date}\n{where}\n{digest}"
        yield sign_4(secret, where, text)


def _requote(text: str) -> str:
    return quote(unquote(text), safe="-_.~")


def sign_4(secret: str, scope: str, text: str) -> str:
    """Return the signature, version 4, of a text; `scope` is DAY/REGION/s3/aws4_request."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def sign_2(secret: str, text: str) -> str:
    """Return the signature, version 2, of a text."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()


def text_2(call: Call, date: str, hoisted: Mapping[str, str]) -> str:
    """Return what version 2 signs of a request."""
    both = {**hoisted, **call.headers}
    amazon = sorted(name for name in both if name.startswith("x-amz-"))
    # As it was sent, also for a bucket that is in the host's name.
    path = call.raw_path
    if call.bucket and not path[1:].startswith(call.bucket):
        path = f"/{call.bucket}{path}"
    names = sorted(name for name in call.query if name in _SUBRESOURCES)
    query = "&".join(f"{name}={call.query[name]}" if call.query[name] else name for name in names)
    return "\n".join(
        (
            call.method,
            both.get("content-md5", ""),
            both.get("content-type", ""),
            date,
            *(f"{name}:{both[name].strip()}" for name in amazon),
            f"{path}?{query}" if query else path,
        )
    )
