"""`proxied_postgres` and `proxied_valkey`: a server's address behind a proxy that makes trouble."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from belljar.mocks.proxy import FaultProxy


@contextmanager
def proxied_postgres(url: str) -> Iterator[tuple[FaultProxy, str]]:
    """A proxy, and the URL of the same database through it."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    port = parts.port or 5432
    upstream = f"unix:{folder}/.s.PGSQL.{port}" if folder else f"{parts.hostname}:{port}"
    with FaultProxy(upstream, protocol="postgres") as proxy:
        user = parts.username or "postgres"
        yield proxy, f"postgresql://{user}@{proxy.address}{parts.path}"


@contextmanager
def proxied_valkey(url: str) -> Iterator[tuple[FaultProxy, str]]:
    """A proxy, and the URL of the same database through it."""
    parts = urlsplit(url)
    upstream = f"unix:{parts.path}" if parts.scheme == "unix" else f"{parts.hostname}:{parts.port}"
    database = parse_qs(parts.query).get("db", ["0"])[0]
    with FaultProxy(upstream, protocol="valkey") as proxy:
        yield proxy, f"redis://{proxy.address}/{database}"
