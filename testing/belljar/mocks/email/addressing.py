"""Which namespace a mail belongs to.

On a port of a namespace's own everything is its. Elsewhere, the first of these that is there decides:
the header `X-Belljar-Namespace`, the user who logged in, each recipient's `name+NAMESPACE@...`; else it
is the namespace `default`.
"""

from __future__ import annotations

import re
from email import policy
from email.parser import BytesHeaderParser

from belljar.mocks.namespaces import DEFAULT

__all__ = ["HEADER", "of_header", "of_recipient", "of_user", "spread"]

HEADER = "X-Belljar-Namespace"
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]")


def of_user(user: str) -> str:
    """Return a user's namespace; what a name can't have, such as @, becomes a hyphen."""
    return _NOT_A_NAME.sub("-", user)[:128]


def of_recipient(address: str) -> str:
    """Return the namespace that is in an address, or ""."""
    local = address.rpartition("@")[0] or address
    _, plus, name = local.rpartition("+")
    return of_user(name) if plus else ""


def of_header(raw: bytes) -> str:
    """Return the namespace that a mail's header names, or ""."""
    if HEADER.lower().encode() not in raw[:65536].lower():
        return ""
    parsed = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    return of_user(str(parsed.get(HEADER, "")).strip())


def spread(
    recipients: list[str], raw: bytes, *, port: str = "", user: str = ""
) -> dict[str, list[str]]:
    """Return the recipients by namespace."""
    one = of_header(raw) or port or of_user(user)
    if one:
        return {one: recipients}
    found: dict[str, list[str]] = {}
    for address in recipients:
        found.setdefault(of_recipient(address) or DEFAULT, []).append(address)
    return found
