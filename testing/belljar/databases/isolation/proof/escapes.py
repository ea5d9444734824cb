"""`Escape`: one thing that a test left behind, and the words for it.

>>> describe([Escape("locks", "advisory lock 7", "still held")])
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from belljar.databases.errors import DatabaseError

__all__ = ["KINDS", "Escape", "Finding", "Spoils", "UnknownKind", "describe", "known"]

Spoils = Literal["session", "database", "server"]

USE_TEMPLATE = 'mark the test @pytest.mark.database(isolation="template")'
USE_SERVER = 'mark the test @pytest.mark.database(isolation="server")'

# Kind: how to mend a test that lets it escape.
MENDING = {
    "channels": "UNLISTEN what was listened to, or " + USE_TEMPLATE,
    "cursors": "close it, or leave out WITH HOLD",
    "ddl": f"{USE_TEMPLATE}; what a test changes for good needs a database of its own",
    "large_objects": f"unlink it, or {USE_TEMPLATE}",
    "locks": "use pg_advisory_xact_lock, or unlock it when done",
    "notifications": f"read them, or {USE_TEMPLATE}",
    "prepared": f"COMMIT PREPARED or ROLLBACK PREPARED it, or {USE_TEMPLATE}",
    "roles": f"drop it at the end of the test, or {USE_SERVER}",
    "rows": f"connect through the fixture `database` and leave its transaction open, "
    f"or {USE_TEMPLATE}",
    "sequences": f"connect through the fixture `database`, or {USE_TEMPLATE}",
    "sessions": "close connections and dispose of engines and pools at the end of the test",
    "settings": f"reset it at the end of the test, or {USE_TEMPLATE} (ALTER SYSTEM, ALTER ROLE: "
    f'isolation="server")',
    "statements": "DEALLOCATE it at the end of the test",
    "temporary": f"drop it, or use ON COMMIT DROP, or {USE_TEMPLATE}",
}
KINDS = tuple(sorted(MENDING))


class UnknownKind(DatabaseError):
    """A kind of escape was named that there is not."""


@dataclass(frozen=True)
class Escape:
    """One thing that outlived its test.

    `kind` is one of `KINDS`. `spoils` is what has to be made anew for the next test. `undo` are
    statements that take away what a new database does not: a prepared transaction, a role.
    """

    kind: str
    what: str
    detail: str
    spoils: Spoils = "database"
    undo: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.what}: {self.detail}"


@dataclass(frozen=True)
class Finding:
    """What a look after a test found: false when nothing.

    `suspicion` is why the database has to be compared with the template; empty: no need to.
    """

    escapes: tuple[Escape, ...] = ()
    suspicion: str = ""

    def __bool__(self) -> bool:
        return bool(self.escapes or self.suspicion)


def describe(escapes: Iterable[Escape]) -> str:
    """Return the text of a failure: what escaped, by kind, each with how to mend it."""
    by_kind: dict[str, list[Escape]] = {}
    for escape in escapes:
        by_kind.setdefault(escape.kind, []).append(escape)
    lines = ["the test left this behind in a database that other tests share:"]
    for kind in sorted(by_kind):
        for escape in sorted(by_kind[kind], key=str):
            lines.append(f"  {escape}")
            lines += [f"      {row}" for row in escape.rows]
        lines.append(f"    to mend: {MENDING[kind]}")
    kinds = ", ".join(repr(kind) for kind in sorted(by_kind))
    lines.append(f"  to leave these checks out: @pytest.mark.database(proof={{{kinds}}})")
    return "\n".join(lines)


def known(off: Collection[str]) -> frozenset[str]:
    """Return these kinds, or raise `UnknownKind` for one that there is not."""
    unknown = sorted(set(off) - set(KINDS))
    if unknown:
        raise UnknownKind(
            f"the proof of isolation has no check {', '.join(map(repr, unknown))}; "
            f"there are: {', '.join(KINDS)}"
        )
    return frozenset(off)
