"""`pack_database` and `unpacked_database`: one database as a packed data directory, and back.

Each on a server of its own that nobody else uses: a running one's files cannot be copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from belljar.databases.archive import pack
from belljar.databases.building import BuildServer
from belljar.databases.postgres import PostgresServer
from belljar.databases.prepared import stamp_of
from belljar.databases.server import quoted
from belljar.databases.template import TEMPLATE_DATABASE, PostgresTemplate

__all__ = ["pack_database", "unpacked_database"]


def pack_database(fill: Callable[[str], None], archive: Path) -> None:
    """Write the data directory of a fresh server, with one database that `fill` has filled.

    It is called `TEMPLATE_DATABASE`, as in a template, and can be used as one.
    """
    with BuildServer({}) as server:
        server.query(f"CREATE DATABASE {quoted(TEMPLATE_DATABASE)}", database="postgres")
        fill(server.target.url)
        pack(server.stopped(), stamp_of(server.binaries), archive)


@contextmanager
def unpacked_database(archive: Path) -> Iterator[str]:
    """Give the URL of the database in a packed data directory, on a server that ends afterwards."""
    template = PostgresTemplate(archive, archive, archive, key="")
    with PostgresServer(template=template) as server:
        yield server.create_database(template=TEMPLATE_DATABASE)
