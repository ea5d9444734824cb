"""However slow the database is, a bulk makes only a few blocks ahead of it: so its memory stays flat."""

from __future__ import annotations

import sqlite3
import threading

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from belljar.data.bulk import bulk
from belljar.data.factory import Factory, drawn

BLOCK = 10
# The block that is written, those that wait, and the one in the maker's hand.
MOST = 6


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int]


def test_rows_are_not_made_far_ahead_of_a_database_that_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first row waits for the maker, which could make all of them in the meantime."""
    monkeypatch.setattr("belljar.data.bulk.loading.BLOCK", BLOCK)
    made: list[int] = []
    too_many = threading.Event()
    held: list[bool] = []

    def one(_: object) -> int:
        made.append(1)
        if len(made) > MOST * BLOCK:
            too_many.set()
        return 7

    class EventFactory(Factory[Event]):
        size = drawn(one)

    def hold() -> None:
        if not held:
            held.append(too_many.wait(0.5))

    with sqlite3.connect(":memory:") as connection:
        connection.create_function("hold", 0, hold)
        connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, size INTEGER NOT NULL)")
        connection.execute("CREATE TRIGGER slow BEFORE INSERT ON events BEGIN SELECT hold(); END")
        loaded = bulk({EventFactory: 100 * BLOCK}, connection)
    assert dict(loaded) == {"events": 100 * BLOCK}
    assert len(made) == 100 * BLOCK
    assert held == [False]
