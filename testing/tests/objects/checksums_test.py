"""Checksums are verified, kept and given back, also those that come behind a streamed body."""

# botocore has no types.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

import pytest

from belljar.mocks.storage import Storage
from belljar.mocks.storage.checksums import ALGORITHMS

# The check values of the catalogue of CRCs, for the text 123456789.
KNOWN = {"CRC32": "cbf43926", "CRC32C": "e3069283", "CRC64NVME": "ae8b14860a799888"}


@pytest.mark.parametrize("algorithm", KNOWN)
def test_every_checksum_has_its_known_value(algorithm: str) -> None:
    assert ALGORITHMS[algorithm](b"123456789").hex() == KNOWN[algorithm]


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_kept_and_given_back(s3: Any, bucket: str, algorithm: str) -> None:
    name = f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"content", ChecksumAlgorithm=algorithm)
    found = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert found["Body"].read() == b"content"
    expected = base64.b64encode(ALGORITHMS[algorithm](b"content")).decode()
    assert put[name] == found[name] == expected


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
        ({"ChecksumSHA256": base64.b64encode(b"0" * 32).decode()}, "BadDigest"),
        ({"ChecksumCRC64NVME": "AAAAAAAAAAA="}, "BadDigest"),
        ({"ContentMD5": base64.b64encode(b"0" * 16).decode()}, "BadDigest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
    ],
)
def test_a_wrong_checksum_refuses_the_write(
    s3: Any, bucket: str, fails: Any, wrong: dict[str, str], code: str
) -> None:
    assert fails(s3.put_object, Bucket=bucket, Key="k", Body=b"content", **wrong) == code
    assert fails(s3.head_object, Bucket=bucket, Key="k") == "404"


@pytest.fixture(name="stream")
def _stream(storage: Storage, bucket: str, fetch: Any) -> Any:
    """Send a body as SDKs do over TLS: in chunks, with a checksum behind them."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    def sent(chunks: list[bytes], trailer: bytes, size: int) -> Any:
        body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
        body += b"0\r\n" + trailer + b"\r\n\r\n"
        request = AWSRequest("PUT", f"{storage.url}/{bucket}/k", data=body)
        told = {
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "content-encoding": "gzip,aws-chunked",
            "x-amz-decoded-content-length": str(size),
            "x-amz-trailer": "x-amz-checksum-crc32",
        }
        for name, value in told.items():
            request.headers[name] = value
        keys = Credentials(storage.credentials.access_key, storage.credentials.secret_key)

        class Streaming(S3SigV4Auth):  # type: ignore[misc]  # it has no types
            def payload(self, request: object) -> str:
                return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

        Streaming(keys, "s3", "us-east-1").add_auth(request)
        return fetch(request.url, "PUT", body, **dict(request.headers.items()))

    return sent


def test_a_streamed_body_is_its_content_alone(stream: Any, s3: Any, bucket: str) -> None:
    crc = base64.b64encode(zlib.crc32(b"onetwo").to_bytes(4, "big"))
    status, headers, _ = stream([b"one", b"two"], b"x-amz-checksum-crc32:" + crc, 6)
    assert (status, headers["x-amz-checksum-crc32"]) == (200, crc.decode())
    found = s3.get_object(Bucket=bucket, Key="k")
    assert (found["Body"].read(), found["ContentEncoding"]) == (b"onetwo", "gzip")
    assert found["ETag"] == f'"{hashlib.md5(b"onetwo").hexdigest()}"'


@pytest.mark.parametrize(
    ("trailer", "size", "code"),
    [
        (b"x-amz-checksum-crc32:AAAAAA==", 6, b"BadDigest"),
        (b"x-amz-checksum-crc32:AAAAAA==", 7, b"IncompleteBody"),
        (b"", 6, b"MalformedXML"),
    ],
)
def test_a_stream_that_is_not_whole_is_refused(
    stream: Any, trailer: bytes, size: int, code: bytes
) -> None:
    status, _, body = stream([b"one", b"two"], trailer, size)
    assert (status, code in body) == (400, True)
