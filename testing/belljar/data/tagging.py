"""`tagged`: a text with a tag in it, put where the text stays what it is: an e-mail address, a host, a URL, a text.

tagged("ada@example.com", "k3j5h2lq7a")          ada-k3j5h2lq7a@example.com
tagged("https://www.shop.test/a", "k3j5h2lq7a")  https://www-k3j5h2lq7a.shop.test/a
tagged("Ada Lovelace", "k3j5h2lq7a")             Ada Lovelace-k3j5h2lq7a
"""

from __future__ import annotations

import re

__all__ = ["form_of", "tagged"]

_EMAIL = re.compile(r"(?P<local>[^@\s/]+)@(?P<host>[^@\s/]+)\Z")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/?#@\s]*@)?(?P<host>\[[^\]\s]*\]|[^/?#:\s]*)"
    r"(?P<port>:\d*)?(?P<path>[^?#\s]*)(?P<rest>\S*)\Z"
)
_HOST = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.[^\W\d_]{2,}\Z")
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}\Z|\[.*\]\Z|localhost\Z|\Z")
# A tag in their own label would make a name that somebody can register.
_RESERVED = ("example.com", "example.net", "example.org")
_LOCAL, _ADDRESS_LENGTH, _LABEL, _NAME = 64, 254, 63, 253


def form_of(text: str) -> str:
    """Give what a text is: `email`, `url`, `host` or `text`."""
    if "@" in text and _EMAIL.match(text):
        return "email"
    if "://" in text and _URL.match(text):
        return "url"
    if "." in text and len(text) <= _NAME and _HOST.match(text):
        return "host"
    return "text"


def tagged(base: str, tag: str, limit: int | None = None) -> str | None:
    """Give `base` with `tag` in it, cut so that it has at most `limit` characters; None where there is no room."""
    form = form_of(base)
    if form == "email":
        local, _, host = base.rpartition("@")
        longest = _ADDRESS_LENGTH if limit is None else min(limit, _ADDRESS_LENGTH)
        local_tagged = _joined(local, tag, min(_LOCAL, longest - len(host) - 1))
        return None if local_tagged is None else f"{local_tagged}@{host}"
    if form == "url":
        return _tagged_url(base, tag, limit)
    if form == "host":
        return _tagged_host(base, tag, limit)
    return _joined(base, tag, limit)


def _tagged_url(base: str, tag: str, limit: int | None) -> str | None:
    match = _URL.match(base)
    if match is None:
        return None
    scheme, user, host, port, path, rest = (part or "" for part in match.groups())
    left = None if limit is None else limit - (len(base) - len(host))
    if _ADDRESS.match(host):
        # It has no label of its own to give.
        stem, slash, last = path.rpartition("/")
        room = None if limit is None else limit - (len(base) - len(last)) - (not slash)
        changed = _joined(last, tag, room)
        return None if changed is None else f"{scheme}{user}{host}{port}{stem}/{changed}{rest}"
    changed = _tagged_host(host, tag, left)
    return None if changed is None else f"{scheme}{user}{changed}{port}{path}{rest}"


def _tagged_host(host: str, tag: str, limit: int | None) -> str | None:
    first, _, domain = host.partition(".")
    if host.lower() in _RESERVED:
        first, domain = "", host
    longest = _NAME if limit is None else min(limit, _NAME)
    label = _joined(first, tag, min(_LABEL, longest - len(domain) - bool(domain)))
    return label if label is None or not domain else f"{label}.{domain}"


def _joined(base: str, tag: str, limit: int | None) -> str | None:
    if limit is None or len(base) + 1 + len(tag) <= limit:
        return f"{base}-{tag}" if base else tag
    cut = base[: max(0, limit - len(tag) - 1)].rstrip(" -._")
    if cut:
        return f"{cut}-{tag}"
    return tag if len(tag) <= limit else None
