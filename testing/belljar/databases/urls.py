"""Database URLs: read, changed and shown without their password."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from belljar.databases.errors import BadServerUrl

__all__ = ["database_of", "libpq_url", "redacted", "socket_url", "with_database", "with_options"]

SECRET_KEYS = frozenset({"password", "sslpassword"})


def socket_url(folder: Path, database: str, user: str) -> str:
    """Return the URL of a database behind a Unix socket, for libpq and SQLAlchemy alike."""
    return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(folder))}"


def with_database(url: str, name: str) -> str:
    """Return the same URL for another database of that server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


def database_of(url: str) -> str:
    """Return the name of the database in a URL, or an empty string."""
    return unquote(urlsplit(url).path.removeprefix("/"))


def libpq_url(url: str, source: str) -> str:
    """Return a PostgreSQL URL without SQLAlchemy's driver (`postgresql+psycopg://`).

    `source` is named in the error: the environment variable that the URL came from.
    """
    scheme, found, rest = url.partition("://")
    if not found or scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise BadServerUrl(
            f"{source} must look like postgresql://USER:PASSWORD@HOST:PORT/DATABASE; "
            "its value does not (and is not shown: it may hold a password)"
        )
    return f"postgresql://{rest}"


def redacted(url: str) -> str:
    """Return the URL with its password, wherever it stands, replaced by `***`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(an unreadable URL)"
    netloc = parts.netloc
    if "@" in netloc:
        login, _, place = netloc.rpartition("@")
        user, colon, _ = login.partition(":")
        netloc = f"{user}{colon}{'***' if colon else ''}@{place}"
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(key in SECRET_KEYS for key, _ in pairs):
        hidden = [(key, "***" if key in SECRET_KEYS else value) for key, value in pairs]
        query = urlencode(hidden, safe="*/")
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit(parts._replace(netloc=netloc, query=query))


def with_options(url: str, options: str) -> str:
    """Return the same URL with command-line options for its sessions, such as `-csearch_path=x`."""
    parts = urlsplit(url)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), ("options", options)]
    query = "&".join(f"{key}={quote(value, safe='/')}" for key, value in pairs)
    return urlunsplit(parts._replace(query=query))
