"""`BoundedTransport`: HTTP for httpx in which a whole exchange ends with the deadline at hand.

httpx has timeouts for one read; a server that drips its answer is never too slow for them. Below
httpx, each wait of a connection is given what is left of the deadline instead. Answers are read
whole: their end is a part of the exchange. (Names are resolved by the system, which has a limit of
its own.)
"""

from __future__ import annotations

import math
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from services.orders.resilience.deadlines import DeadlinePassed, left

# What an answer of a neighbour may have at most; more is a mistake, and would fill the memory.
LARGEST = 16 * 2**20


class BoundedTransport(httpx.BaseTransport):
    """A pool of connections; safe to share between threads."""

    def __init__(self) -> None:
        """Connect when asked."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=100,
            keepalive_expiry=5.0,
            network_backend=_Backend(httpcore.SyncBackend()),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read whole; raises `httpx.TransportError`."""
        url = request.url
        with _as_httpx(request):
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=url.raw_scheme,
                        host=url.raw_host,
                        port=url.port,
                        target=url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
            try:
                assert isinstance(answer.stream, Iterable), "a synchronous pool gives nothing else"
                content = _whole(answer.stream, request)
            finally:
                answer.close()
        return httpx.Response(answer.status, headers=answer.headers, content=content)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def _whole(parts: Iterable[bytes], request: httpx.Request) -> bytes:
    content = bytearray()
    for part in parts:
        content += part
        if len(content) > LARGEST:
            raise httpx.ReadError(f"the answer is larger than {LARGEST} bytes", request=request)
    return bytes(content)


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except DeadlinePassed as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except httpcore.ConnectTimeout as error:
        raise httpx.ConnectTimeout(str(error) or "timed out", request=request) from error
    except httpcore.PoolTimeout as error:
        raise httpx.PoolTimeout(str(error) or "timed out", request=request) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error) or "timed out", request=request) from error
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except (httpcore.NetworkError, httpcore.ConnectionNotAvailable) as error:
        raise httpx.ReadError(str(error), request=request) from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error


class _Backend(httpcore.NetworkBackend):
    def __init__(self, plain: httpcore.NetworkBackend) -> None:
        self._plain = plain

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(
            self._plain.connect_tcp(host, port, _bound(timeout), local_address, socket_options)
        )


class _Stream(httpcore.NetworkStream):
    def __init__(self, plain: httpcore.NetworkStream) -> None:
        self._plain = plain

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._plain.read(max_bytes, _bound(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._plain.write(buffer, _bound(timeout))

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._plain.start_tls(ssl_context, server_hostname, _bound(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)


def _bound(timeout: float | None) -> float | None:
    seconds = left(math.inf if timeout is None else timeout)
    return None if seconds == math.inf else seconds
