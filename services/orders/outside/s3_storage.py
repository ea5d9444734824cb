"""`S3Storage`: objects in a bucket of anything that speaks Amazon's S3, signed with version 4.

Two verbs need no SDK: the signature is forty lines, and importing an SDK costs every test half a
second.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import httpx

from services.orders.identifiers import Clock, utc_now
from services.orders.outside.storage import StorageUnavailable


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs, and for which region."""

    access_key: str
    secret_key: str
    region: str


class S3Storage:
    """A client of one bucket, addressed by path; safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        bucket: str,
        credentials: Credentials,
        *,
        timeout: float = 5.0,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """Speak to `bucket` at `base_url`, which has no path of its own."""
        self._client = httpx.Client(base_url=base_url, timeout=timeout, transport=transport)
        self._bucket = bucket
        self._credentials = credentials
        self._clock = clock

    def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Keep `content` under `key`; see `ObjectStorage.put`."""
        response = self._send("PUT", key, content, {"content-type": content_type})
        if not response.is_success:
            raise self._unavailable("PUT", key, response)

    def get(self, key: str) -> bytes | None:
        """The content under `key`, or none; see `ObjectStorage.get`."""
        response = self._send("GET", key, b"", {})
        if response.status_code == 404 and b"NoSuchBucket" not in response.content:
            return None
        if not response.is_success:
            raise self._unavailable("GET", key, response)
        return response.content

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(
        self, method: str, key: str, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        path = quote(f"/{self._bucket}/{key}", safe="/-_.~")
        request = self._client.build_request(method, path, content=content, headers=headers)
        signed = {"host": request.headers["host"], **headers}
        request.headers.update(
            sign(method, path, signed, content, self._credentials, self._clock())
        )
        try:
            return self._client.send(request)
        except httpx.TransportError as error:
            raise StorageUnavailable(
                f"{method} {key!r} in bucket {self._bucket!r}: {type(error).__name__}: {error}"
            ) from error

    def _unavailable(self, method: str, key: str, response: httpx.Response) -> StorageUnavailable:
        return StorageUnavailable(
            f"{method} {key!r} in bucket {self._bucket!r}: status {response.status_code}: "
            f"{response.text[:200]}"
        )


def sign(
    method: str,
    path: str,
    headers: Mapping[str, str],
    content: bytes,
    credentials: Credentials,
    now: datetime,
) -> dict[str, str]:
    """The headers that sign a request without a query string: Amazon's Signature Version 4.

    `headers` have lower-case names, `host` among them; all of them are signed.
    """
    timestamp = now.strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(content).hexdigest()
    added = {"x-amz-content-sha256": digest, "x-amz-date": timestamp}
    every = {**headers, **added}
    names = ";".join(sorted(every))
    canonical = "\n".join(
        [
            method,
            path,
            "",
            *(f"{name}:{every[name].strip()}" for name in sorted(every)),
            "",
            names,
            digest,
        ]
    )
    scope = f"{timestamp[:8]}/{credentials.region}/s3/aws4_request"
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", timestamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    added["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope},"
        f"SignedHeaders={names},Signature={signature}"
    )
    return added
