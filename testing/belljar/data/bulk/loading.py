"""`bulk`: rows by the hundred thousand, made and loaded at the same time, in memory that stays flat."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from belljar.data.bulk.errors import BulkFailed
from belljar.data.bulk.preparing import prepare
from belljar.data.bulk.rows import Rows
from belljar.data.bulk.server import Postgres, Server, Sqlite
from belljar.data.scenarios.errors import brief
from belljar.data.scenarios.loaded import Loaded
from belljar.data.scenarios.targets import opened

if TYPE_CHECKING:
    from belljar.data.draw import Draw

__all__ = ["BLOCK", "bulk", "fill"]

# Rows that are made, packed and written in one go.
BLOCK = 10_000
_AHEAD = 3
_END = object()
_SOURCE = "give its factory a source for that field"


def bulk(
    counts: Mapping[Any, int],
    into: object,
    *,
    draw: Draw | None = None,
    spread: str | Mapping[str, str] = "uniform",
) -> Loaded:
    """Return how many rows of each table were made and loaded, in one transaction.

    `counts` says how many rows of which factory or model; `into` is as for `scenarios.load`. Foreign
    keys refer to rows of the same bulk, or to those that are there if their table is not among it;
    `spread` says how: `uniform`, `even` or `skewed`, for all or by reference
    (`{"orders.customer_id": "skewed"}`). The same `draw` gives the same rows. Raises `BulkFailed` or
    `CannotMeet`; nothing is there then.
    """
    from belljar.data.draw import Draw

    # A script or a template has seed 0.
    seeded = (draw or Draw(0, "bulk")).child("bulk")
    with opened(into) as driver:
        return fill(counts, driver, seeded, spread)


def fill(
    counts: Mapping[Any, int],
    driver: Any,
    draw: Draw,
    spread: str | Mapping[str, str],
    *,
    prepared: Callable[[list[Rows]], None] | None = None,
) -> Loaded:
    """Make and load in the transaction that is open on a driver's connection."""
    with _told():
        own = isinstance(driver, sqlite3.Connection)
        server: Server = Sqlite(driver) if own else Postgres(driver)
        made = prepare(counts, server, draw, spread, noted=prepared is not None)
        if prepared is not None:
            prepared(made)
        server.begin(made)
        for rows in made:
            for packed in _ahead(rows, server):
                server.write(rows, packed)
        server.finish(made)
    return Loaded({rows.table.name: rows.count for rows in made})


def _ahead(rows: Rows, server: Server) -> Iterator[Any]:
    """Yield packed blocks; the next ones are made meanwhile, in another thread.

    The connection is used by the caller's thread alone.
    """
    waiting: queue.Queue[Any] = queue.Queue(maxsize=_AHEAD)
    over = threading.Event()

    def give(item: object) -> bool:
        while not over.is_set():
            try:
                waiting.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for values in rows.blocks(BLOCK):
                if not give(server.pack(rows, values)):
                    return
            give(_END)
        except BaseException as error:
            give(error)

    thread = threading.Thread(target=make, name=f"belljar bulk {rows.table.name}", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        over.set()
        thread.join()


@contextmanager
def _told() -> Iterator[None]:
    """Tell the database's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        fix = "load again when the other connection is done" if "locked" in str(error) else _SOURCE
        raise BulkFailed(str(error), place="bulk", fix=fix) from None
    except Exception as error:
        said: Any = getattr(error, "diag", None)
        if said is None:
            raise
        from belljar.data.scenarios.said import fix_of

        text = ": ".join(part for part in (said.message_primary, said.message_detail) if part)
        context = (said.context or "").splitlines()
        fix = fix_of(error)  # type: ignore[arg-type]  # with `diag`, it is psycopg's
        if said.constraint_name:
            fix = f"give its factory a source that keeps to {said.constraint_name}"
        raise BulkFailed(
            brief(text or str(error)) + (f" ({context[0][:200]})" if context else ""),
            place=said.table_name or "bulk",
            fix=fix or said.message_hint or _SOURCE,
        ) from None
