"""`Sums`: the checksums of S3, of an object and of one that came in parts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from belljar.mocks.storage.errors import S3Error

__all__ = ["ALGORITHMS", "HEADER", "checksum", "composite", "declared", "etag_of", "verify"]

HEADER = "x-amz-checksum-"


def etag_of(content: bytes) -> str:
    """Return the ETag of content that came whole: its MD5, in quotes."""
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _sha1(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _crc32(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(4, "big")


@cache
def _table(polynomial: int) -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    return tuple(table)


def _reflected(polynomial: int, width: int) -> Callable[[bytes], bytes]:
    ones = (1 << width) - 1

    def crc(content: bytes) -> bytes:
        table, value = _table(polynomial), ones
        for byte in content:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        return (value ^ ones).to_bytes(width // 8, "big")

    return crc


# Castagnoli's and NVMe's have no code in the standard library; ours is slow, and right.
ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "CRC32": _crc32,
    "CRC32C": _reflected(0x82F63B78, 32),
    "CRC64NVME": _reflected(0x9A6C9329AC4BC9B5, 64),
    "SHA1": _sha1,
    "SHA256": _sha256,
}


def checksum(algorithm: str, content: bytes) -> str:
    """Return the checksum in base 64. Raises `S3Error` for an algorithm that S3 does not know."""
    if algorithm.upper() not in ALGORITHMS:
        raise S3Error(
            "InvalidRequest",
            f"Checksum algorithm provided is unsupported. Please try again with any of the valid "
            f"types: [{', '.join(ALGORITHMS)}]",
        )
    return base64.b64encode(ALGORITHMS[algorithm.upper()](content)).decode()


def composite(algorithm: str, sums: Sequence[str]) -> str:
    """Return the checksum of the parts' checksums, with their number."""
    joined = b"".join(base64.b64decode(one) for one in sums)
    return f"{checksum(algorithm, joined)}-{len(sums)}"


def declared(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the checksums that a request has, by algorithm."""
    return {
        name: headers[HEADER + name.lower()]
        for name in ALGORITHMS
        if headers.get(HEADER + name.lower())
    }


def verify(headers: Mapping[str, str], content: bytes) -> dict[str, str]:
    """Return the checksums that came with the content, all right. Raises `S3Error`."""
    if given := headers.get("content-md5"):
        try:
            digest = base64.b64decode(given, validate=True)
        except binascii.Error:
            digest = b""
        if len(digest) != 16:
            raise S3Error("InvalidDigest")
        if digest != hashlib.md5(content, usedforsecurity=False).digest():
            raise S3Error(
                "BadDigest", "The Content-MD5 you specified did not match what we received."
            )
    sums = declared(headers)
    if len(sums) > 1:
        raise S3Error(
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )
    for algorithm, value in sums.items():
        if checksum(algorithm, content) != value:
            raise S3Error(
                "BadDigest",
                f"The {algorithm} you specified did not match the calculated checksum.",
            )
    return sums
