"""`Outside`: whether a test has done anything outside its own schema, and what.

Looks when that schema is gone. The quick way is one value made from what PostgreSQL counts and from
the transaction ids in its catalogs: it misses nothing, and may cry wolf. Then all is compared with
what was there at the start.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING

from belljar.databases.isolation.proof.catalogs import fingerprint, readable
from belljar.databases.isolation.proof.contents import Contents, changes
from belljar.databases.isolation.proof.escapes import Escape
from belljar.databases.isolation.wire import exchange, prepare, rows_of

if TYPE_CHECKING:
    from belljar.databases.isolation.proof.about import About
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["Outside"]

_NAME = b"belljar_outside"
# Rows that were rolled back are counted as well. 2613 is pg_largeobject.
_COUNTED = """
    (SELECT sum(hashint8extended(pg_stat_get_tuples_inserted(oid), oid::bigint)::numeric
    + hashint8extended(pg_stat_get_tuples_updated(oid), oid::bigint + 1)
    + hashint8extended(pg_stat_get_tuples_deleted(oid), oid::bigint + 2))
    FROM pg_class WHERE (oid >= 16384 OR oid = 2613) AND relkind IN ('r', 'm'))
"""
_SHARED = """
    (SELECT md5(string_agg(to_jsonb(r)::text, ',' ORDER BY oid)) FROM pg_roles r),
    (SELECT md5(string_agg(to_jsonb(m)::text, ',' ORDER BY roleid, member)) FROM pg_auth_members m),
    (SELECT md5(string_agg(to_jsonb(s)::text, ',' ORDER BY setdatabase, setrole))
    FROM pg_db_role_setting s WHERE setdatabase IN (0, {oid})),
    (SELECT xmin FROM pg_database WHERE oid = {oid})
"""


class Outside:
    """What a database holds before the first test makes its schema in it."""

    def __init__(self, connection: AnyConnection, about: About) -> None:
        self._about = about
        self._contents = Contents.of(connection, about)
        self._prepare(connection)
        self._value = self._now(connection)

    def changed(self, connection: AnyConnection) -> bool:
        """Tell whether anything may have changed since the last time."""
        before, self._value = self._value, self._now(connection)
        return before != self._value

    def changes(self, connection: AnyConnection, *, off: Collection[str]) -> list[Escape]:
        """Return what has changed since the start."""
        return changes(connection, self._about, self._contents, off)

    def _now(self, connection: AnyConnection) -> str:
        if not self._about.counts_rows:
            # Nobody can tell quickly whether there are other rows.
            return secrets.token_hex(8)
        results = exchange(connection.pgconn, b"EXECUTE " + _NAME)
        if not results:
            self._prepare(connection)
            results = exchange(connection.pgconn, b"EXECUTE " + _NAME)
        ((value,),) = rows_of(results[0])
        return value

    def _prepare(self, connection: AnyConnection) -> None:
        # Prepared, because to plan it takes longer than to run it.
        catalogs = fingerprint(readable(connection))
        parts = [catalogs, _SHARED.format(oid=self._about.oid), _COUNTED]
        prepare(connection.pgconn, _NAME, f"SELECT concat_ws(' ', {', '.join(parts)})")
