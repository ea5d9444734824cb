"""`Schemas`: makes schemas with the tables and rows of a template, from a dump of it.

The dump is taken once, from a clone in which the schema `public` has a name that nothing else has; in
the text that name is then replaced. Bodies of functions that say `public.` themselves keep it. Extensions stay in
`public`, where every search path of a test ends.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from belljar.databases.clients import run_client
from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.proof import Proof
from belljar.databases.server import import_psycopg, one_line, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

__all__ = ["Schemas"]

PLACE = "belljar_place_of_a_schema"
_EXTENSIONS = "SELECT extname FROM pg_extension WHERE extnamespace = %s::regnamespace ORDER BY oid"
# The one thing in a dump that only psql understands, at its beginning and end.
_RESTRICT = re.compile(r"\A((?:--.*\n|\n)*)\\restrict \S+\n|\n\\unrestrict \S+\s*\Z")


class Schemas:
    """The schemas of one worker in one database; `url` is that database's.

    `script` is another one's, over the same template: to make it takes a tenth of a second.
    """

    def __init__(
        self,
        url: str,
        reference: Callable[[], Connection[Any]],
        off: frozenset[str] | None,
        script: str | None = None,
    ) -> None:
        self.url = url
        self._reference = reference
        self._admin: Connection[Any] = import_psycopg().connect(url, autocommit=True)
        self.script = self._prepare(script)
        self._proof = None if off is None else Proof(self._admin, schema=PLACE, off=off)

    def make(self, schema: str) -> None:
        """Create a schema that has what the template has."""
        script = self.script.replace(PLACE, schema)
        result = self._admin.pgconn.exec_(script.encode())
        if result.status == 7:  # fatal error
            message = result.error_message.decode(errors="replace")
            raise DatabaseError(f"the schema {schema} can't be made from the template: {message}")
        self._admin.pgconn.exec_(b"RESET ALL")

    def drop(self, schema: str) -> str:
        """Drop it; return what the test left outside of it, in words."""
        psycopg = import_psycopg()
        try:
            self._admin.execute(f"DROP SCHEMA {quoted(schema)} CASCADE".encode())
        except psycopg.Error as error:
            return f"the schema {schema} can't be dropped: {one_line(error)}"
        if self._proof is None:
            return ""
        return self._proof.verdict(self._admin, self._reference, outer_ended=False)

    def close(self) -> None:
        """Close the connection."""
        self._admin.close()

    def _prepare(self, script: str | None) -> str:
        """Return the script that makes a schema like `public`, which keeps its extensions and nothing else."""
        self._admin.execute(
            f"ALTER SCHEMA public RENAME TO {PLACE}; CREATE SCHEMA public".encode(), prepare=False
        )
        self._move_extensions()
        script = _RESTRICT.sub("", _dump(self.url)) if script is None else script
        self._admin.execute(f"DROP SCHEMA {PLACE} CASCADE".encode())
        return script

    def _move_extensions(self) -> None:
        """Let the types and functions of extensions be where all schemas find them: an extension is there once."""
        psycopg = import_psycopg()
        for (extension,) in self._admin.execute(_EXTENSIONS, [PLACE]).fetchall():
            try:
                self._admin.execute(
                    f"ALTER EXTENSION {quoted(extension)} SET SCHEMA public".encode()
                )
            except psycopg.Error as error:
                raise DatabaseError(
                    f"the rung schema can't be had with the extension {extension}, which stays in the schema "
                    f"that it was made in: {one_line(error)}\n"
                    f'  fix: isolation="template", or in the migration: CREATE SCHEMA extensions; '
                    f"CREATE EXTENSION {extension} SCHEMA extensions'"
                ) from None


def _dump(url: str) -> str:
    options = ("--no-owner", "--no-privileges", "--rows-per-insert=1000", f"--schema={PLACE}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "schema.sql"
        run_client("pg_dump", url, *options, f"--file={file}")
        return file.read_text(encoding="utf-8")
