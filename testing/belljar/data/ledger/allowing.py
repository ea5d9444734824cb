"""`refuse_unless_allowed`: a ledger works where somebody has said so, for production is one URL away.

A place is `HOST/DATABASE` or `HOST:PORT/DATABASE`; `*` stands for a part of a name, never for all of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from urllib.parse import parse_qs, unquote, urlsplit

from belljar.data.ledger.errors import LedgerRefused

__all__ = ["VARIABLE", "place_of", "refuse_unless_allowed"]

VARIABLE = "BELLJAR_LEDGER_ALLOW"
_PORT = 5432
# What stands for any sign, and what a name is known by.
_ANY = re.compile(r"\[[^]]*\]|[*?]")
_WORD = re.compile(r"[^\W_]{2}")
_EXAMPLE = "staging.example.com/orders_test"


def place_of(url: str) -> str:
    """Return `HOST:PORT/DATABASE`, without user and password."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = parts.hostname or unquote(query.get("host", ["localhost"])[0])
    try:
        port = parts.port
    except ValueError:
        port = None
    name = unquote(parts.path.lstrip("/")) or query.get("dbname", [""])[0]
    return f"{host}:{port or query.get('port', [_PORT])[0]}/{name}"


def _names(pattern: str) -> bool:
    """Whether a pattern says which names are meant, and not just any."""
    plain = _ANY.sub("*", pattern)
    return bool(plain) and ("*" not in plain or _WORD.search(plain) is not None)


def refuse_unless_allowed(url: str, allow: Sequence[str] | str | None) -> None:
    """Raise `LedgerRefused` unless one of the patterns is this database's place."""
    given = allow.split(",") if isinstance(allow, str) else list(allow or ())
    for one in given:
        if not isinstance(one, str):
            raise LedgerRefused(
                f"{one!r} is no pattern", place="allow", fix=f"write HOST/DATABASE: {_EXAMPLE}"
            )
    said = [*given, *os.environ.get(VARIABLE, "").split(",")]
    patterns = [pattern.strip() for pattern in said if pattern.strip()]
    place = place_of(url)
    host, _, name = place.rpartition("/")
    for pattern in patterns:
        at, slash, database = pattern.rpartition("/")
        if not (slash and _names(at.partition(":")[0] or at) and _names(database)):
            raise LedgerRefused(
                f"{pattern!r} does not name a host and a database, and would allow any",
                place="allow",
                fix=f"write HOST/DATABASE: {_EXAMPLE}",
            )
        hosts = (host, host.rpartition(":")[0])
        if any(fnmatchcase(one, at) for one in hosts) and fnmatchcase(name, database):
            return
    raise LedgerRefused(
        f"{place} was not allowed; a ledger changes nothing that nobody has allowed",
        place="ledger",
        choices=patterns or ("nothing is allowed",),
        fix=f'Ledger(url, allow=["{host.rpartition(":")[0]}/{name}"]), or {VARIABLE} in the environment',
    )
