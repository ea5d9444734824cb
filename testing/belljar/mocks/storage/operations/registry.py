"""`operation` and `find`: which function answers which request."""

from __future__ import annotations

from collections.abc import Callable

from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Space
from belljar.mocks.storage.requests import Answer, Call

__all__ = ["Operation", "find", "names", "operation"]

Operation = Callable[[Call, Space], Answer]

# A name in the query that makes another call of the same address.
_SUBRESOURCES = frozenset(
    (
        "accelerate",
        "acl",
        "analytics",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versioning",
        "versions",
        "website",
    )
)
_TABLE: dict[tuple[str, str, str], tuple[str, Operation]] = {}


def operation(
    name: str, method: str, scope: str, subresource: str = ""
) -> Callable[[Operation], Operation]:
    """Register a function as S3's call `name`; the scope is "service", "bucket" or "object"."""

    def register(function: Operation) -> Operation:
        _TABLE[method, scope, subresource] = (name, function)
        return function

    return register


def find(call: Call) -> tuple[str, Operation]:
    """Return the name and the function for a call. Raises `S3Error` where there is none."""
    scope = "object" if call.key else "bucket" if call.bucket else "service"
    subresource = next((name for name in call.query if name in _SUBRESOURCES), "")
    found = _TABLE.get((call.method, scope, subresource))
    if found is None:
        known = sorted(
            {method for method, where, sub in _TABLE if (where, sub) == (scope, subresource)}
        )
        if known:
            raise S3Error(
                "MethodNotAllowed",
                extra={"Method": call.method, "ResourceType": subresource.upper() or scope.upper()},
                headers={"Allow": ", ".join(known)},
            )
        raise S3Error(
            "NotImplemented",
            f"The mock knows no {call.method} of {scope} with ?{subresource}",
        )
    return found


def names() -> list[str]:
    """Return the calls that are known, by S3's names."""
    return sorted(name for name, _ in _TABLE.values())
