"""What the ledger can't be sure of stays; what only connects its rows goes with them."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Column, ForeignKey, Identity, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from belljar.data.ledger import Ledger, LedgerWarning
from belljar.data.ledger.allowing import place_of

TABLES = """
CREATE TABLE books (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL, pages int, shelf text
);
CREATE TABLE tags (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE book_tags (
    book_id int NOT NULL REFERENCES books, tag_id int NOT NULL REFERENCES tags,
    PRIMARY KEY (book_id, tag_id)
);
"""
COUNTS = (
    "SELECT (SELECT count(*) FROM books), (SELECT count(*) FROM tags), "
    "(SELECT count(*) FROM book_tags)"
)


class Base(DeclarativeBase):
    pass


book_tags = Table(
    "book_tags",
    Base.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    title: Mapped[str]
    pages: Mapped[int]
    shelf: Mapped[str]
    tags: Mapped[list[Tag]] = relationship(secondary=book_tags)


@pytest.fixture
def library(shop: str) -> str:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute(TABLES.encode())
    return shop


@pytest.fixture
def ledger(library: str, tmp_path: Path) -> Ledger:
    return Ledger(library, tmp_path / "library.ledger", allow=[place_of(library)])


def counted(url: str) -> tuple[int, ...]:
    with psycopg.connect(url, autocommit=True) as connection:
        found: tuple[int, ...] = connection.execute(COUNTS.encode()).fetchall()[0]
        return found


def changed(url: str, assignments: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"UPDATE books SET {assignments}".encode())


def test_rows_that_only_connect_others_go_with_them(ledger: Ledger, library: str) -> None:
    """Of two objects of ours, and of one that was there before."""
    with psycopg.connect(library, autocommit=True) as connection:
        connection.execute("INSERT INTO tags (name) VALUES ('theirs')")
    with ledger.session() as session:
        theirs = session.get_one(Tag, 1)
        session.add(Book(title="A", pages=1, shelf="x", tags=[theirs, Tag(name="ours")]))
        session.commit()
    assert counted(library) == (1, 2, 2)
    ledger.close()
    assert counted(library) == (0, 1, 0)


def test_a_row_that_a_service_has_changed_a_little_goes(ledger: Ledger, library: str) -> None:
    ledger.create(Book)
    changed(library, "shelf = 'another'")
    ledger.close()
    assert counted(library)[0] == 0


def test_a_row_of_which_hardly_anything_is_left_stays_and_is_told(
    ledger: Ledger, library: str
) -> None:
    """Its number may have been given again, to somebody else's row."""
    ledger.create(Book)
    changed(library, "title = 'theirs', pages = -7, shelf = 'theirs'")
    with pytest.warns(LedgerWarning, match=r"books.*hardly anything is as it was"):
        ledger.close()
    assert counted(library)[0] == 1
    assert ledger.file.exists()
