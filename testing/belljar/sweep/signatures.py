"""`Signature`: a call as it is known again in the next run: its boundary, and what it is without ids.

    signature = signature_of("payments", "http", call)
    str(signature)        # -> "POST /v1/payment_intents/pi_*/confirm"
    signature.match       # -> {"method": "POST", "path": "/v1/payment_intents/pi_*/confirm"}

`match` is what a fault plan says to mean such calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from belljar.faults.matching import Call, matches
from belljar.mocks.stable import stable

__all__ = ["Signature", "merged", "signature_of"]

_QUOTED = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"(?<!\w)\d+(?:\.\d+)?(?!\w)|(?<=_)\d+\b")
_PLACEHOLDER = re.compile(r"(\$\d+)")
# A file's place is another one in every run.
_FOLDER = re.compile(r"(?<!\S)/\S*/")
_TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "START")


@dataclass(frozen=True)
class Signature:
    """What a call is in every run; two calls of one signature are told apart by their order."""

    boundary: str
    family: str
    keys: tuple[tuple[str, str], ...]

    @property
    def match(self) -> Mapping[str, str]:
        """What a rule of a fault plan has as its `match`."""
        return dict(self.keys)

    def means(self, call: Call) -> bool:
        """Tell whether a rule with this `match` would count the call."""
        return matches(self.match, call)

    def __str__(self) -> str:
        values = dict(self.keys)
        if "statement" in values:
            values.pop("verb", None)
            values.pop("method", None)
        if self.family in ("sql", "file"):
            values.pop("method", None) if len(values) > 1 else None
        return " ".join(values.values()) or "connection"


def signature_of(boundary: str, family: str, call: Call) -> Signature:
    """Give the signature of a call at a boundary of that family."""
    keys = {key: text for key, text in _KEYS.get(family, _plain)(call).items() if text}
    # What a pattern does not mean is left out: the rule would never be for it.
    sure = {key: text for key, text in keys.items() if matches({key: text}, call)}
    return Signature(boundary, family, tuple(sure.items()))


def merged(one: Signature, other: Signature) -> Signature | None:
    """Give the signature that means both, with `*` where they differ; None if they are of different calls."""
    if (one.boundary, [key for key, _ in one.keys]) != (
        other.boundary,
        [key for key, _ in other.keys],
    ):
        return None
    keys = []
    for (key, here), (_, there) in zip(one.keys, other.keys, strict=True):
        parts, others = re.split(r"([/\s?&=,:])", here), re.split(r"([/\s?&=,:])", there)
        if len(parts) != len(others) or (key in ("method", "verb", "command") and here != there):
            return None
        pairs = list(zip(parts, others, strict=True))
        if sum(a != b for a, b in pairs) * 2 > (len(pairs) + 1) // 2:
            return None  # more is different than is the same
        keys.append((key, "".join(a if a == b else "*" for a, b in pairs)))
    return replace(one, keys=tuple(keys))


def _plain(call: Call) -> dict[str, str]:
    return {"method": call.get("method"), "path": stable(call.get("path"))}


def _storage(call: Call) -> dict[str, str]:
    if not call.get("operation"):
        return _plain(call)
    return {
        "operation": call.get("operation"),
        "bucket": stable(call.get("bucket")),
        "key": stable(call.get("key")),
    }


def _statement(call: Call) -> dict[str, str]:
    verb = call.get("verb")
    if verb.upper() in _TRANSACTION:
        return {"verb": verb}
    parts = _PLACEHOLDER.split(_QUOTED.sub("*", call.get("statement")))
    # What a statement leaves open has numbers that say nothing, and are the same each time.
    parts[::2] = [stable(_NUMBER.sub("*", part)) for part in parts[::2]]
    return {"verb": verb, "statement": "".join(parts)}


def _sql(call: Call) -> dict[str, str]:
    found = _statement(call) if call.method == "execute" else {}
    return {"method": call.method} | found


_KEYS: dict[str, Callable[[Call], dict[str, str]]] = {
    "storage": _storage,
    "webhook": lambda call: {"event": call.get("event")},
    "smtp": lambda call: {"command": call.get("command")},
    "tcp": lambda call: {},
    "postgres": _statement,
    "valkey": lambda call: {"command": call.get("command"), "key": stable(call.get("key"))},
    "client": lambda call: {
        "method": call.get("method"),
        "host": re.sub(r":\d+\Z", ":*", call.get("host")),
        "path": stable(call.get("path")),
    },
    "sql": _sql,
    "subprocess": lambda call: {
        "program": call.get("program"),
        "arguments": stable(_FOLDER.sub("*/", call.get("arguments"))),
    },
    "file": lambda call: {
        "operation": call.get("operation"),
        "path": _FOLDER.sub("*/", stable(call.get("path"))),
    },
}
