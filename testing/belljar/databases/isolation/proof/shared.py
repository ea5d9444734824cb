"""`Shared`: what a test can change that is not inside its database, as it is now.

Roles and their settings, settings of this database and of the server. A new clone has none of it,
so it is compared with what was there before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from belljar.databases.isolation.proof.escapes import Escape
from belljar.databases.isolation.wire import ask
from belljar.databases.server import quoted

if TYPE_CHECKING:
    from belljar.databases.isolation.proof.about import About
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["Shared", "changes", "system_changes"]

_ROLES = """
    SELECT r.rolname, md5((to_jsonb(r) - 'rolconfig')::text || coalesce(
        (SELECT jsonb_agg(to_jsonb(m) - 'oid' ORDER BY m.roleid)
        FROM pg_auth_members m WHERE m.member = r.oid)::text, ''))
    FROM pg_roles r WHERE r.oid >= 10 AND NOT r.rolname ^@ 'pg_'
"""
_SETTINGS = """
    SELECT CASE WHEN s.setdatabase = 0 THEN '' ELSE d.datname END, coalesce(r.rolname, ''), c
    FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) c
    LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
    WHERE s.setdatabase IN (0, $1)
"""
_DATABASE = """
    SELECT key, value FROM pg_database d, jsonb_each_text(to_jsonb(d)) WHERE d.oid = $1
    AND key IN ('datname', 'datdba', 'datacl', 'datconnlimit', 'datallowconn', 'datistemplate')
"""
_SYSTEM = "SELECT pg_read_file('postgresql.auto.conf', 0, 1000000, true)"
# A role may be another test's, which is about to drop it, on a server that several runs share.
ELSEWHERE = "another test on this server may have done it"


@dataclass(frozen=True)
class Shared:
    """What was found at one time."""

    roles: dict[str, str]
    settings: dict[tuple[str, str, str], str]
    database: dict[str, str]
    system: dict[str, str]

    @classmethod
    def of(cls, connection: AnyConnection, about: About) -> Shared:
        """Return it as it is now."""
        settings: dict[tuple[str, str, str], str] = {}
        for database, role, text in ask(connection, _SETTINGS, about.oid):
            name, _, value = text.partition("=")
            settings[database, role, name] = value
        return cls(
            roles=dict((name, digest) for name, digest in ask(connection, _ROLES)),
            settings=settings,
            database=dict((key, value) for key, value in ask(connection, _DATABASE, about.oid)),
            system=_system(connection) if about.superuser else {},
        )


def changes(before: Shared, now: Shared) -> list[Escape]:
    """Return what has changed, each with the statements that undo it."""
    found = [*_roles(before, now), *_settings(before, now)]
    for key in sorted(before.database):
        if before.database[key] != now.database.get(key):
            found.append(Escape("settings", "the database", f"ALTER DATABASE changed {key}"))
    return found


def _roles(before: Shared, now: Shared) -> list[Escape]:
    found = []
    for name in sorted(before.roles.keys() | now.roles.keys()):
        was, there = before.roles.get(name), now.roles.get(name)
        if was == there:
            continue
        word = "created" if was is None else "dropped" if there is None else "changed"
        # It may own what goes with the database: only then it can be dropped.
        undo = (f"DROP OWNED BY {quoted(name)}", f"DROP ROLE {quoted(name)}")
        detail = f"{word} ({ELSEWHERE})"
        found.append(Escape("roles", f"role {name}", detail, "server", undo if was is None else ()))
    return found


def _settings(before: Shared, now: Shared) -> list[Escape]:
    found = []
    for key in sorted(before.settings.keys() | now.settings.keys()):
        was, there = before.settings.get(key), now.settings.get(key)
        if was == there:
            continue
        database, role, name = key
        target = f"ROLE {quoted(role)}" if role else f"DATABASE {quoted(database)}"
        if role and database:
            target += f" IN DATABASE {quoted(database)}"
        undo = f"ALTER {target} " + (
            f"RESET {name}" if was is None else f"SET {name} = {_text(was)}"
        )
        word = "still reset" if there is None else f"still set to {there!r}"
        what = f"ALTER {target} SET {name}"
        if database:
            found.append(Escape("settings", what, word))
        else:
            found.append(Escape("settings", what, f"{word} ({ELSEWHERE})", "server", (undo,)))
    return found


def system_changes(before: Shared, connection: AnyConnection) -> list[Escape]:
    """Return what ALTER SYSTEM has changed, which leaves no other trace. For a superuser."""
    found = []
    now = _system(connection)
    for name in sorted(before.system.keys() | now.keys()):
        was, there = before.system.get(name), now.get(name)
        if was == there:
            continue
        command = f"RESET {name}" if was is None else f"SET {name} = {was}"
        undo = (f"ALTER SYSTEM {command}", "SELECT pg_reload_conf()")
        word = f"still {there}" if there else "still reset"
        detail = f"{word} ({ELSEWHERE})"
        found.append(Escape("settings", f"ALTER SYSTEM SET {name}", detail, "server", undo))
    return found


def _system(connection: AnyConnection) -> dict[str, str]:
    """Return what ALTER SYSTEM has set, each value as SQL has it. Needs a superuser's rights."""
    ((text,),) = ask(connection, _SYSTEM)
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in (line.partition(" = ") for line in lines)}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
