"""`S3Storage`: objects in a bucket of anything that speaks Amazon's S3, signed with version 4.

Two verbs need no SDK: the signature is forty lines, and importing an SDK costs every test half a
second. Both are safe to repeat, and are, a few times and within a limit.
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
from services.orders.resilience.deadlines import within
from services.orders.resilience.retrying import Passing, Retrying, retry_after_of
from services.orders.resilience.transport import BoundedTransport

_RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504})


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
        timeout: float = 2.0,
        attempts: int = 3,
        make_bucket: bool = False,
        retrying: Retrying | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """Speak to `bucket` at `base_url`, which has no path of its own.

        One attempt takes `timeout` seconds at most, all of them `attempts` times that. `make_bucket`
        makes the bucket where there is none: for storages that begin empty.
        """
        self._client = httpx.Client(
            base_url=base_url, timeout=timeout, transport=transport or BoundedTransport()
        )
        self._bucket = bucket
        self._credentials = credentials
        self._timeout = timeout
        self._patience = timeout * attempts
        self._make_bucket = make_bucket
        self._retrying = retrying or Retrying(attempts, base=timeout / 5, cap=timeout)
        self._clock = clock

    def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Keep `content` under `key`; see `ObjectStorage.put`."""
        headers = {"content-type": content_type}
        response = self._send("PUT", key, content, headers)
        if self._make_bucket and _no_bucket(response):
            self._send("PUT", "", b"", {})
            response = self._send("PUT", key, content, headers)
        if not response.is_success:
            raise self._unavailable("PUT", key, f"status {response.status_code}: {response.text}")

    def get(self, key: str) -> bytes | None:
        """The content under `key`, or none; see `ObjectStorage.get`."""
        response = self._send("GET", key, b"", {})
        if response.status_code == 404 and (self._make_bucket or not _no_bucket(response)):
            return None
        if not response.is_success:
            raise self._unavailable("GET", key, f"status {response.status_code}: {response.text}")
        return response.content

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(
        self, method: str, key: str, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        path = quote(f"/{self._bucket}/{key}".removesuffix("/"), safe="/-_.~")

        def attempt() -> httpx.Response:
            request = self._client.build_request(method, path, content=content, headers=headers)
            signed = {"host": request.headers["host"], **headers}
            # Anew each time: a signature is good for some minutes only.
            request.headers.update(
                sign(method, path, signed, content, self._credentials, self._clock())
            )
            try:
                with within(self._timeout):
                    response = self._client.send(request)
            except (httpx.TransportError, httpx.DecodingError) as error:
                raise Passing(f"{type(error).__name__}: {error}") from error
            if response.status_code in _RETRIED:
                retry_after = retry_after_of(response.headers.get("retry-after"))
                raise Passing(f"status {response.status_code}: {response.text}", retry_after)
            return response

        try:
            with within(self._patience):
                return self._retrying.run(attempt)
        except Passing as passing:
            raise self._unavailable(method, key, str(passing), passing.retry_after) from passing

    def _unavailable(
        self, method: str, key: str, reason: str, retry_after: float | None = None
    ) -> StorageUnavailable:
        return StorageUnavailable(
            f"{method} {key!r} in bucket {self._bucket!r}: {reason[:300]}",
            retry_after=retry_after,
        )


def _no_bucket(response: httpx.Response) -> bool:
    return response.status_code == 404 and b"NoSuchBucket" in response.content


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
