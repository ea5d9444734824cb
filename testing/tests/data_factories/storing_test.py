"""Objects are stored with what they need, and come back as the server has them."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    create_mock_engine,
    event,
    func,
    inspect,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from belljar.data import NotStored
from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, many
from belljar.data.factory.storing import acreate, acreate_many, create, create_many
from belljar.databases.isolation import Database
from belljar.databases.template import PostgresTemplate


class Base(DeclarativeBase):
    pass


region = Table("region", Base.metadata, Column("code", String(2), primary_key=True))
labels = Table(
    "post_label",
    Base.metadata,
    Column("post_id", ForeignKey("post.id"), primary_key=True),
    Column("label_id", ForeignKey("label.id"), primary_key=True),
)


class Author(Base):
    __tablename__ = "author"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    email: Mapped[str] = mapped_column(String(60), unique=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))


class Label(Base):
    __tablename__ = "label"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)


class Post(Base):
    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint("price > 0 AND fee < price", name="priced"),
        CheckConstraint("(author_id IS NULL) <> (editor IS NULL)", name="one_owner"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author | None] = relationship()
    editor: Mapped[str | None]
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    fee: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    double: Mapped[Decimal] = mapped_column(Numeric(9, 2), Computed("price * 2"))
    created: Mapped[dt.datetime] = mapped_column(DateTime, server_default=func.now())
    labels: Mapped[list[Label]] = relationship(secondary=labels)
    replies: Mapped[list[Reply]] = relationship(back_populates="post")


class Reply(Base):
    __tablename__ = "reply"
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    post: Mapped[Post] = relationship(back_populates="replies")
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("author.id"))


class Note(Base):
    """No relation, no check and nothing unique: made on the shortest way."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str]


class PostFactory(Factory[Post]):
    labels = many(Label, 2)
    replies = many(Reply, 3)


def _ddl(metadata: MetaData) -> str:
    lines: list[str] = []
    engine: Any = create_mock_engine(
        "postgresql+psycopg://",
        lambda statement, *_, **__: lines.append(str(statement.compile(dialect=engine.dialect))),
    )
    metadata.create_all(engine, checkfirst=False)
    return ";\n".join(lines) + ";\n"


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> PostgresTemplate:
    folder: Path = tmp_path_factory.mktemp("blog")
    (folder / "tables.sql").write_text(_ddl(Base.metadata), encoding="utf-8")
    return PostgresTemplate.build(migrations=[folder / "tables.sql"], folder=folder / "built")


@pytest.fixture
def sqlite() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA foreign_keys = ON"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["postgres", "sqlite"])
def into(request: pytest.FixtureRequest) -> Any:
    """Give a Database on PostgreSQL, and an Engine on SQLite."""
    return request.getfixturevalue("database" if request.param == "postgres" else "sqlite")


def _count(into: Any, model: Any) -> int:
    with Session(getattr(into, "engine", into)) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_an_object_comes_with_its_parents_children_and_what_the_server_made(
    draw: Draw, into: Any
) -> None:
    post = create(draw, PostFactory, into)
    assert inspect(post).detached
    assert post.double == 2 * post.price
    assert isinstance(post.created, dt.datetime)
    assert [reply.post_id for reply in post.replies] == [post.id] * 3
    assert (_count(into, Reply), _count(into, Label)) == (3, 2)
    assert _count(into, region) == _count(into, Author)


def test_the_plainest_of_models_is_stored(draw: Draw, into: Any) -> None:
    note = create(draw, Note, into, words="hello")
    assert (note.id, note.words) == (1, "hello")
    assert _count(into, Note) == 1


def test_an_object_has_what_the_database_made_of_its_values(draw: Draw, database: Database) -> None:
    assert create(draw, Post, database, price=Decimal("10.129")).price == Decimal("10.13")


def test_every_row_keeps_to_the_databases_checks(draw: Draw, into: Any) -> None:
    assert all(post.author_id is None for post in create_many(draw, Post, 10, into))
    owned = create_many(draw, Post, 10, into, editor=None)
    assert all(post.author_id is not None and post.fee < post.price for post in owned)


def test_an_object_of_another_call_is_taken_not_stored_again(draw: Draw, into: Any) -> None:
    author = create(draw, Author, into)
    post = create(draw, Post, into, author=author, editor=None)
    assert post.author is author
    assert post.author_id == author.id
    assert _count(into, Author) == 1


def test_in_a_session_it_is_flushed_and_the_caller_decides(draw: Draw, sqlite: Engine) -> None:
    with Session(sqlite) as session:
        post = create(draw, Post, session)
        assert inspect(post).persistent
        session.rollback()
    assert _count(sqlite, Post) == 0


def test_on_a_connection_the_callers_transaction_stays_open(draw: Draw, into: Any) -> None:
    engine = getattr(into, "engine", into)
    with engine.connect() as connection:
        create(draw, Post, connection)
        assert connection.scalar(select(func.count()).select_from(Post)) == 1
        connection.rollback()
    assert _count(into, Post) == 0


def test_rows_of_tables_without_a_class_are_stored(draw: Draw, into: Any) -> None:
    table: Any = region
    row = create(draw, table, into)
    assert len(row["code"]) <= 2
    assert _count(into, region) == 1


def test_what_the_database_refuses_is_told_with_row_and_constraint(
    draw: Draw, database: Database
) -> None:
    with pytest.raises(NotStored, match=r"constraint priced.*price=Decimal\('-1'\)") as raised:
        create(draw, Post, database, price=Decimal(-1), fee=Decimal(-2))
    assert "post" in str(raised.value).splitlines()[0]
    with pytest.raises(NotStored, match=r"author_email_key.*already exists"):
        create_many(draw, Author, 2, database, email="ada@example.com")


def test_a_long_value_is_shortened(draw: Draw, sqlite: Engine) -> None:
    author = create(draw, Author, sqlite)
    with pytest.raises(NotStored) as raised:
        create_many(draw, Label, 2, sqlite, name="x" * 5000)
    assert len(str(raised.value)) < 1000
    assert author.email


def test_async_ones_store_the_same_objects(database: Database) -> None:
    async def work() -> None:
        post = await acreate(Draw(0, "one"), Post, database)
        assert post.id
        async with AsyncSession(database.async_engine) as session:
            assert len(await acreate_many(Draw(0, "two"), Author, 2, session)) == 2
            await session.commit()
        async with database.async_engine.begin() as connection:
            await acreate(Draw(0, "three"), Author, connection)

    asyncio.run(work())
    assert _count(database, Author) >= 3


def test_what_has_no_table_or_is_no_database_is_told(draw: Draw, sqlite: Engine) -> None:
    class Plain:
        pass

    with pytest.raises(CannotMeet, match="Plain has no table"):
        create(draw, Plain, sqlite)
    with pytest.raises(CannotMeet, match="nothing can be stored into 'sqlite://'") as raised:
        create(draw, Label, "sqlite://")
    assert "an Engine" in str(raised.value)
