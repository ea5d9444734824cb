"""`address_of`: where the server behind a database's URL listens, as sockets name it."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

__all__ = ["address_of"]

_PORTS = {"postgresql": 5432, "valkey": 6379, "valkeys": 6379, "redis": 6379, "rediss": 6379}


def address_of(url: str) -> str:
    """Return `HOST:PORT`, or the path of a Unix socket; empty for a file.

    >>> address_of("postgresql://postgres@/orders?host=/run/pg")
    '/run/pg/.s.PGSQL.5432'
    """
    parts = urlsplit(url)
    scheme = parts.scheme.partition("+")[0]
    if scheme == "unix":
        return unquote(parts.path)
    if scheme not in _PORTS:
        return ""
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    port = parts.port or asked.get("port") or _PORTS[scheme]
    host = parts.hostname or asked.get("host", "") or "localhost"
    if host.startswith("/"):
        return f"{host}/.s.PGSQL.{port}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
