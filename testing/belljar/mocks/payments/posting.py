"""`post`: one HTTP request from inside the event loop, as a webhook needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

__all__ = ["NotDelivered", "post"]

SECONDS = 10.0


class NotDelivered(Exception):
    """There was no answer: nobody listens, the connection broke, or it took too long."""


async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """The status of the answer to a POST. Raises `NotDelivered`."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _post(url, headers, body)
    except TimeoutError:
        raise NotDelivered(f"no answer within {SECONDS:g} s") from None
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error


async def _post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host = parts.hostname or "127.0.0.1"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    reader, writer = await asyncio.open_connection(
        host, parts.port or (443 if secure else 80), ssl=secure or None
    )
    try:
        lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode("latin-1") + body)
        await writer.drain()
        first = (await reader.readline()).split(None, 2)
        if len(first) < 2 or not first[0].startswith(b"HTTP/") or not first[1].isdigit():
            raise ValueError(f"the answer is no HTTP: {b' '.join(first)[:100]!r}")
        return int(first[1])
    finally:
        writer.close()
