"""`Session`: what a test can leave in the one session that all tests of a worker use.

Most of it is taken back with the transaction; advisory locks and prepared statements are not, and
after a COMMIT typed as SQL nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from belljar.databases.isolation.proof.escapes import Escape
from belljar.databases.isolation.wire import ask

if TYPE_CHECKING:
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["HELD_LOCKS", "PREPARED_STATEMENTS", "Session", "left_in"]

# Parts of other queries. The functions cost half of what the views on them do.
HELD_LOCKS = "FROM pg_lock_status() WHERE pid = pg_backend_pid() AND locktype = 'advisory'"
# What a driver prepares is its own business; PREPARE typed as SQL is the test's.
PREPARED_STATEMENTS = "FROM pg_prepared_statement() WHERE from_sql"
_LOCKS = f"""
    SELECT CASE objsubid WHEN 1 THEN ((classid::bigint << 32) | objid::bigint)::text
    ELSE format('(%s, %s)', classid::bigint::bit(32)::int, objid::bigint::bit(32)::int) END
    {HELD_LOCKS}
"""
_TEMPORARY = """
    SELECT pg_describe_object('pg_class'::regclass, oid, 0) FROM pg_class
    WHERE relnamespace = pg_my_temp_schema() AND relkind IN ('r', 'S', 'v')
"""
_CURSORS = "SELECT name FROM pg_cursors WHERE is_holdable"
_SETTINGS = "SELECT name, setting FROM pg_settings WHERE source = 'session'"


@dataclass(frozen=True)
class Session:
    """What was set and prepared before the first test."""

    settings: dict[str, str]
    statements: frozenset[str]

    @classmethod
    def of(cls, connection: AnyConnection) -> Session:
        """Return it as it is now."""
        statements = ask(connection, f"SELECT name {PREPARED_STATEMENTS}")
        settings = {name: value for name, value in ask(connection, _SETTINGS)}
        return cls(settings, frozenset(name for (name,) in statements))


def left_in(connection: AnyConnection, before: Session, *, ended: bool) -> list[Escape]:
    """Return what is left in this session; `ended`: the test ended the transaction itself."""
    found = [
        Escape("locks", f"advisory lock {key}", "still held", "session")
        for (key,) in ask(connection, _LOCKS)
    ]
    for (name,) in ask(connection, f"SELECT name {PREPARED_STATEMENTS}"):
        if name not in before.statements:
            found.append(
                Escape("statements", f"prepared statement {name}", "still there", "session")
            )
    return found + _after_commit(connection, before) if ended else found


def _after_commit(connection: AnyConnection, before: Session) -> list[Escape]:
    found = []
    for (name,) in ask(connection, "SELECT pg_listening_channels()"):
        found.append(Escape("channels", f"channel {name}", "still listened to", "session"))
    for (name,) in ask(connection, _TEMPORARY):
        found.append(Escape("temporary", f"temporary {name}", "still there", "session"))
    for (name,) in ask(connection, _CURSORS):
        found.append(Escape("cursors", f"cursor {name} WITH HOLD", "still open", "session"))
    settings = {name: value for name, value in ask(connection, _SETTINGS)}
    for name in sorted(settings.keys() | before.settings.keys()):
        if settings.get(name) != before.settings.get(name):
            detail = f"still set to {settings[name]!r}" if name in settings else "still reset"
            found.append(Escape("settings", f"SET {name}", detail, "session"))
    # Read last: whatever was asked before has brought them in.
    for notified in connection.notifies(timeout=0):
        detail = "sent, and never read"
        found.append(
            Escape("notifications", f"notification on {notified.channel}", detail, "session")
        )
    return found
