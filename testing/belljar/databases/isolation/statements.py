"""`hazard_of` and `only_reads`: what a statement's first words say about the isolation it needs.

A transaction that is rolled back hides almost everything. Not what other sessions would have to see
(LISTEN), what does not run inside a transaction at all (VACUUM), what outlives a rollback (advisory
locks of a session), and what ends the transaction itself (a COMMIT typed as SQL).
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["hazard_of", "only_reads"]

_COMMENTS = re.compile(r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*", re.DOTALL)
_HAZARDS = (
    (r"(?:commit|end|rollback|abort|begin|start\s+transaction)\b(?!\s+to\b)", "types {} as SQL"),
    (r"prepare\s+transaction\b", "prepares a transaction (two-phase commit)"),
    (r"(?:listen|unlisten|notify)\b", "uses {}, which needs committed transactions"),
    (r"(?:vacuum|cluster|checkpoint|reindex|call)\b", "runs {}"),
    (
        r"(?:create|alter|drop)\b(?!\s+(?:local\s+|global\s+)?temp)",
        "changes the schema ({})",
    ),
    (r"(?:grant|revoke|comment|security\s+label|import\s+foreign)\b", "changes the schema ({})"),
    (r"refresh\s+materialized\b", "refreshes a materialized view"),
    (r"set\s+(?:session\s+characteristics|transaction)\b", "sets an isolation level"),
)
_STARTS = [(re.compile(pattern, re.IGNORECASE), text) for pattern, text in _HAZARDS]
_CALLS = re.compile(r"\b(pg_notify|pg_(?:try_)?advisory_lock\w*|dblink\w*)\s*\(", re.IGNORECASE)
_READS = re.compile(r"(?:select|show|values|table|explain)\b", re.IGNORECASE)
_LOCKS = re.compile(r"\bfor\s+(?:no\s+key\s+update|update|key\s+share|share)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def hazard_of(statement: str) -> str:
    """Return what `statement` does that a rolled-back transaction can't hide; empty if nothing."""
    for part in _parts(statement):
        for pattern, text in _STARTS:
            found = pattern.match(part)
            if found:
                return text.format(" ".join(found[0].upper().split()))
    call = _CALLS.search(statement)
    return f"calls {call[1]}()" if call else ""


@lru_cache(maxsize=4096)
def only_reads(statement: str) -> bool:
    """Tell whether `statement` takes no row lock and begins like a query.

    A function that it calls may still write: ask the server whether it did.
    """
    return all(_READS.match(part) for part in _parts(statement)) and not _LOCKS.search(statement)


def _parts(statement: str) -> list[str]:
    """Its statements, without leading comments. A semicolon in a string makes too many: harmless."""
    found = _COMMENTS.match(statement)
    text = statement[found.end() :] if found else statement
    if ";" not in text:
        return [text]
    return [part.lstrip() for part in text.split(";") if part.strip()]
