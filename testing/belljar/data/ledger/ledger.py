"""`Ledger`: what tests create in a database that is not theirs, noted first, and removed in the end.

with Ledger(url, Path("staging.ledger"), allow=["staging.example.com/orders"]) as ledger:
    ledger.load("small")
    customer = ledger.create(CustomerFactory)
    ...
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from belljar.data.draw import Draw
from belljar.data.ledger.allowing import place_of, refuse_unless_allowed
from belljar.data.ledger.created import key_of, note_ranges, note_rows
from belljar.data.ledger.errors import LedgerError, LedgerRefused, LedgerWarning
from belljar.data.ledger.leftovers import cleaned, default_file, held, left_behind
from belljar.data.ledger.notes import Note, NoteFile
from belljar.data.ledger.removing import Removal
from belljar.data.scenarios.loaded import Loaded
from belljar.data.scenarios.targets import BadTarget, opened, steady
from belljar.databases.urls import libpq_url

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from belljar.data.scenarios.finding import Scenarios
    from belljar.data.scenarios.schema import Schema

__all__ = ["Ledger"]


class Ledger:
    """Creates rows in a PostgreSQL database that is not ours, and removes them, and only them.

    Everything is in `file` before it is committed: keys, and by what a row can be told from another one
    under the same key. `close()`, or the end of the `with`, removes it in the reverse order of its
    references; what a killed run has left goes when the next ledger of that file begins. Rows that
    can't be removed are a `LedgerWarning`, and stay in the file. `allow` are patterns of
    `HOST/DATABASE`; without one that fits, this raises `LedgerRefused`. The values are `draw`'s and
    `token`'s, which is another one each time unless it is given: the same unique values in two runs
    would meet. `scenarios` are the folders where `load` looks for a name.
    """

    def __init__(
        self,
        url: str,
        file: Path | str | None = None,
        *,
        allow: Sequence[str] | None = (),
        draw: Draw | None = None,
        token: str = "",
        scenarios: Scenarios | None = None,
    ) -> None:
        if not isinstance(url, str):
            raise LedgerRefused(
                f"a URL is a text, and no {type(url).__name__}",
                place="ledger",
                fix="give it as postgresql://USER@HOST/DATABASE",
            )
        self.url = libpq_url(url, "the ledger's URL")
        refuse_unless_allowed(self.url, allow)
        self.place = place_of(self.url)
        # Other runs, on other machines, work there at the same time with the same seed.
        self.token = token or secrets.token_hex(8)
        self.draw = (draw or Draw(0, "ledger")).child(f"ledger {self.token}")
        self._scenarios = scenarios
        self._bulks = 0
        self._closed = False
        base = Path(file) if file is not None else default_file(self.place)
        self._sweep(base)
        self._file = held(base)
        self._file.begin(self.place, self.token)

    @property
    def file(self) -> Path:
        """Where it is noted."""
        return self._file.path

    def create(self, model_or_factory: Any, /, **values: Any) -> Any:
        """Return an object that is stored, with everything that it needs, as `data.create` does."""
        return self.create_many(model_or_factory, 1, **values)[0]

    def create_many(self, model_or_factory: Any, count: int, /, **values: Any) -> list[Any]:
        """Return `count` objects, each as `create` would."""
        from belljar.data.factory.storing import create_many

        with self.session() as session:
            made = list(create_many(self.draw, model_or_factory, count, session, **values))
            session.commit()
            session.expunge_all()
        return made

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a SQLAlchemy session; what it adds is noted before each of its commits.

        An INSERT that is not the session's own, as one that is typed as SQL, raises `LedgerRefused`.
        """
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session

        from belljar.data.ledger.watching import watched

        self._open()
        engine = create_engine(self.url.replace("postgresql:", "postgresql+psycopg:", 1))
        try:
            with (
                Session(engine, expire_on_commit=False) as session,
                watched(session, self._note_stored),
            ):
                yield session
        finally:
            engine.dispose()

    def load(self, scenario: str | Path) -> Loaded:
        """Load a scenario, as `scenarios.load` does."""
        from belljar.data.ledger.keys_given import give_keys
        from belljar.data.scenarios.loading import examined, files_for, put

        self._open()
        name, files = files_for(scenario, self._scenarios)
        with opened(self.url) as driver:
            groups = examined(name, files, self.draw, driver)
            given = give_keys(driver, groups)
            loaded = Loaded(put(name, groups, driver))
            notes: list[Note] = []
            for wanted in (one for group in groups for one in group):
                columns = [wanted.values[column] for column in wanted.table.key]
                keys = [tuple(map(str, row)) for row in zip(*columns, strict=True)]
                ours = given[wanted.table.name]
                notes += note_rows(driver, wanted.table, keys, ours=ours)
            self._file.add(notes)
        return loaded

    def bulk(self, counts: Mapping[Any, int], *, spread: str = "uniform") -> Loaded:
        """Make and load rows by the thousand, as `bulk` does; of numbers only ranges are noted."""
        from belljar.data.bulk.keys import NumberedKeys
        from belljar.data.bulk.loading import BLOCK, fill

        self._open()
        made: list[Any] = []
        self._bulks += 1
        draw = self.draw.child(f"bulk {self._bulks}")
        with opened(self.url) as driver:

            def begin(rows: list[Any]) -> None:
                made.extend(rows)
                for one in rows:
                    key_of(one.table)

            loaded = fill(counts, driver, draw, spread, prepared=begin)
            for rows in made:
                key = rows.table.key
                keys = [rows.keys[name] for name in key]
                if not rows.count:
                    continue
                if len(keys) == 1 and isinstance(keys[0], NumberedKeys):
                    note = note_ranges(driver, rows.table, keys[0].ranges, keys[0].step)
                    self._file.add([note])
                    continue
                for first in range(0, rows.count, BLOCK):
                    part = range(first, min(first + BLOCK, rows.count))
                    found = zip(*(one.at(part) for one in keys), strict=True)
                    texts = [tuple(map(str, row)) for row in found]
                    self._file.add(note_rows(driver, rows.table, texts, ours=False))
        return loaded

    def plan(self) -> Removal:
        """Return what `remove` would do now; nothing is changed."""
        return self._removal(dry=True)

    def remove(self) -> Removal:
        """Remove everything that is noted, and return what was done."""
        return self._removal(dry=False)

    def close(self) -> None:
        """Remove everything, and let go of the file; it is gone if nothing is left."""
        if self._closed:
            return
        left = True
        try:
            done = self.remove()
            left = bool(done.left)
            if left:
                lines = "\n  ".join(done.lines())
                text = f"rows are left in {self.place}; {self.file} knows them:\n  {lines}"
                warnings.warn(LedgerWarning(text), stacklevel=2)
        except BadTarget as error:
            raise LedgerError(
                f"what was created in {self.place} is still there: {error.summary}",
                place="ledger",
                fix=f"begin a ledger of {self.file} when it can be reached: it removes them",
            ) from None
        finally:
            self._closed = True
            self._file.close(remove=not left)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> None:
        """Raise `LedgerRefused` if it was closed."""
        if self._closed:
            raise LedgerRefused(
                "it is closed: what would be created now would never be removed",
                place="ledger",
                fix="create it before the ledger is closed, or with another one",
            )

    def _removal(self, *, dry: bool) -> Removal:
        self._open()
        return cleaned(self.url, self._file, dry=dry)

    def _note_stored(self, driver: Any, stored: list[Any]) -> None:
        from belljar.data.scenarios.schema_postgres import postgres_schema

        with steady(driver):
            self._note_rows(driver, postgres_schema(driver), stored)

    def _note_rows(self, driver: Any, schema: Schema, stored: list[Any]) -> None:
        by_table: dict[tuple[str, bool], list[tuple[str, ...]]] = {}
        for name, columns, values, ours in stored:
            table = schema.get(name)
            if table is None:
                raise LedgerRefused(
                    f"{name} is no table that could be looked into, so its rows can't be noted",
                    place="ledger",
                    choices=sorted(schema.tables)[:12],
                    fix="create no rows of it here",
                )
            by_name = dict(zip(columns, values, strict=True))
            row = tuple(by_name.get(column, "") for column in key_of(table))
            by_table.setdefault((table.name, ours), []).append(row)
        for (name, ours), rows in by_table.items():
            self._file.add(note_rows(driver, schema.tables[name], rows, ours=ours))

    def _sweep(self, base: Path) -> None:
        """Remove what runs that are dead have left."""
        for path in left_behind(base):
            file = NoteFile(path)
            left = True
            try:
                known = file.read_place() if file.held else None
                if known not in ("", self.place):
                    continue
                done = cleaned(self.url, file, dry=False) if known else Removal()
                left = bool(done.left)
                if left:
                    lines = "\n  ".join(done.lines())
                    text = f"rows of an earlier run are left in {self.place} ({path}):\n  {lines}"
                    warnings.warn(LedgerWarning(text), stacklevel=4)
            finally:
                file.close(remove=not left)
