"""`Store`: the six things that a database must do for tests to be isolated on it.

    store.start()
    template = store.template(migrate_and_seed)      # once
    clone = store.clone(template)                    # for a test, or for a worker
    ...                                              # the test works on clone.url
    escaped = store.verify(clone)                    # what differs from the template now
    store.reset(clone)                               # the clone is the template again
    store.stop()                                     # nothing is left

PostgreSQL, SQLite and Valkey are such stores; another one is one file (`docs/stores.md`) that
passes `belljar.databases.store_contract`. Whoever isolates tests chooses among three ways with it:
a `clone` for each test, a clone for each worker with `reset` between tests, or whatever undoes a
test by itself (a rollback), proved by `verify`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

__all__ = ["Clone", "Escape", "Fill", "Store", "Template", "lasting"]

# Brings an empty store, whose URL it gets, to the state that tests start from.
Fill = Callable[[str], object]


def _nothing() -> None:
    """Close a handle that holds nothing."""


@dataclass(frozen=True)
class Template:
    """A state that clones start from; `name` is what its store knows it by. Nobody writes to it.

    `close()` gives back what it occupies. Clones that were made of it stay.
    """

    kind: str
    name: str
    close: Callable[[], None] = field(default=_nothing, repr=False, compare=False)


@dataclass(frozen=True)
class Clone:
    """A private copy of a template, for one test or worker; leaving the `with` removes it.

    `url` is what applications and drivers connect to. It stays the same over resets. It may hold a
    password, so it is not in the representation.
    """

    kind: str
    name: str
    url: str = field(repr=False)
    template: Template = field(repr=False)
    close: Callable[[], None] = field(default=_nothing, repr=False, compare=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Escape:
    """One thing in which a clone differs from its template: never the data itself, only where.

    `what` is its sort ("rows", "schema", "keys", "session", ...), `where` names the table, key or
    client, `detail` counts.
    """

    what: str
    where: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.where}{f': {self.detail}' if self.detail else ''}"


@runtime_checkable
class Store(Protocol):
    """A database, queue or folder of which every test can have a state of its own.

    Methods raise `DatabaseError`, with the fix in its text. Between `start` and `stop` several
    threads may use it, each with clones of its own.
    """

    @property
    def kind(self) -> str:
        """Name of the product, as it stands in messages."""

    def start(self) -> object:
        """Make it ready; what it returns is up to the store (its own, mostly itself)."""

    def template(self, fill: Fill, base: Template | None = None) -> Template:
        """Return a state that `fill` has made of an empty store, or of a copy of `base`.

        When `fill` raises, what was begun is removed.
        """

    def clone(self, template: Template) -> Clone:
        """Return a new copy. Clones don't see each other, and nothing in them changes another."""

    def reset(self, clone: Clone) -> None:
        """Make the clone equal to its template again, under the same URL.

        Raises `DatabaseError` when something holds on to it (an open transaction, say) that the
        store can't end; the clone is of no use then, and the next test gets another one.
        """

    def verify(self, clone: Clone) -> Sequence[Escape]:
        """Return what differs from the template, and who is still connected; empty if nothing.

        Changes nothing, and is cheap when nothing escaped: it is called after every test.
        """

    def stop(self) -> None:
        """End it and remove everything: processes, files, clones, templates; may be repeated."""


def lasting(look: Callable[[], list[Escape]], seconds: float = 0.5) -> list[Escape]:
    """Return what `look` still finds after a moment; at once when it finds nothing.

    For connections: a server notices a little later than the client that one was closed.
    """
    until = time.monotonic() + seconds
    while (found := look()) and time.monotonic() < until:
        time.sleep(0.002)  # between two looks: a store tells nobody when what it shows has settled
    return found
