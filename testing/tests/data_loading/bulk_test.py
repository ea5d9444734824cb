"""Bulk loading: related rows, the same each time, all of them or none, in memory that stays flat."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import JSON as Json
from sqlalchemy import CheckConstraint, Engine, ForeignKey, Identity, Numeric, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from belljar.data.bulk import BulkFailed, bulk
from belljar.data.draw import Draw
from belljar.data.factory import Factory, derived, faked, one_of, sequence
from belljar.databases import PostgresServer


class Base(DeclarativeBase):
    pass


class Tier(Enum):
    BASIC = "b"
    GOLD = "g"


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(String(60), unique=True)
    tier: Mapped[Tier]
    meta: Mapped[dict[str, int] | None] = mapped_column(Json)
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (CheckConstraint("low < high"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    low: Mapped[int]
    high: Mapped[int]
    net: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    gross: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    placed: Mapped[datetime]
    note: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="new")


class Tag(Base):
    __tablename__ = "tags"
    name: Mapped[str] = mapped_column(primary_key=True)


class Tagged(Base):
    __tablename__ = "tagged"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(ForeignKey("tags.name"), primary_key=True)


class CustomerFactory(Factory[Customer]):
    email = faked("email", unique=True)


class OrderFactory(Factory[Order]):
    gross = derived(lambda row: row.net * 2)
    note = one_of("a\tb", "back\\slash", "line\nline", "")


class TagFactory(Factory[Tag]):
    name = sequence("tag-{n}")


ALL = {Tagged: 300, OrderFactory: 200, TagFactory: 3, CustomerFactory: 50}


@pytest.fixture
def engine(server: PostgresServer) -> Iterator[Engine]:
    url = server.create_database()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()
    server.drop_database(url)


def ask(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def content(engine: Engine) -> list[object]:
    """Every row of every table."""
    return [
        ask(engine, f"SELECT t::text FROM {name} t ORDER BY 1")
        for name in ("customers", "orders", "tags", "tagged")
    ]


def test_tables_are_filled_parents_first_whatever_their_order(engine: Engine) -> None:
    assert dict(bulk(ALL, engine)) == {"customers": 50, "orders": 200, "tags": 3, "tagged": 300}
    assert ask(engine, "SELECT count(DISTINCT email) FROM customers") == [(50,)]
    assert ask(engine, "SELECT count(*) FROM orders WHERE gross <> net * 2 OR low >= high") == [
        (0,)
    ]
    assert set(ask(engine, "SELECT note FROM orders")) == {
        ("a\tb",),
        ("back\\slash",),
        ("line\nline",),
        ("",),
    }
    assert set(ask(engine, "SELECT tier::text FROM customers")) == {("BASIC",), ("GOLD",)}
    assert set(ask(engine, "SELECT status FROM orders")) == {("new",)}


def test_the_same_draw_gives_the_same_rows(engine: Engine, server: PostgresServer) -> None:
    other = create_engine(server.create_database().replace("postgresql:", "postgresql+psycopg:"))
    Base.metadata.create_all(other)
    bulk(ALL, engine, draw=Draw(3, "x"))
    bulk(ALL, other, draw=Draw(3, "x"))
    assert content(engine) == content(other)
    other.dispose()


def test_identity_columns_go_on_behind_the_rows(engine: Engine) -> None:
    bulk({CustomerFactory: 10, OrderFactory: 10}, engine)
    bulk({CustomerFactory: 5}, engine, draw=Draw(1, "y"))
    query = "INSERT INTO customers (email, tier) VALUES ('x', 'GOLD') RETURNING id"
    with engine.begin() as connection:
        assert connection.exec_driver_sql(query).scalar() == 16


def test_rows_refer_to_what_is_there_when_its_table_is_not_filled(engine: Engine) -> None:
    with pytest.raises(
        BulkFailed, match=r"orders.customer_id refers to customers, which has no rows"
    ):
        bulk({OrderFactory: 5}, engine)
    bulk({CustomerFactory: 2}, engine)
    bulk({OrderFactory: 50}, engine)
    assert ask(engine, "SELECT count(DISTINCT customer_id) FROM orders") == [(2,)]


@pytest.mark.parametrize(
    ("spread", "least", "most"), [("even", 20, 20), ("uniform", 5, 50), ("skewed", 0, 900)]
)
def test_references_are_spread_as_asked(engine: Engine, spread: str, least: int, most: int) -> None:
    bulk({CustomerFactory: 50, OrderFactory: 1000}, engine, spread=spread)
    counts = Counter(row[0] for row in ask(engine, "SELECT customer_id FROM orders"))
    assert all(least <= count <= most for count in counts.values())
    assert (max(counts.values()) > 300) is (spread == "skewed")


def test_an_unknown_spread_is_told(engine: Engine) -> None:
    with pytest.raises(BulkFailed, match="uniform, even, skewed"):
        bulk({CustomerFactory: 1}, engine, spread="evenly")
    with pytest.raises(BulkFailed, match=r"orders\.customer_id"):
        bulk({OrderFactory: 1}, engine, spread={"orders.custmer_id": "even"})


def test_pairs_that_are_a_key_come_once_and_run_out_with_a_word(engine: Engine) -> None:
    bulk({TagFactory: 3, OrderFactory: 4, CustomerFactory: 1, Tagged: 12}, engine)
    assert ask(engine, "SELECT count(*) FROM tagged") == [(12,)]
    with pytest.raises(BulkFailed, match="there are 12"):
        bulk({Tagged: 13}, engine)


def test_after_a_mistake_nothing_is_there(engine: Engine) -> None:
    """The database's words come with its constraint."""

    class Same(Factory[Tag]):
        name = one_of("a")

    with pytest.raises(Exception, match="unique"):
        bulk({CustomerFactory: 5, Same: 2}, engine)
    assert ask(engine, "SELECT * FROM customers") == []


def test_a_reference_that_a_factory_makes_up_is_told(engine: Engine) -> None:
    class Lost(Factory[Order]):
        customer_id = one_of(7)

    with pytest.raises(BulkFailed, match=r"customer_id = 7: there is no such row in customers"):
        bulk({CustomerFactory: 1, Lost: 3}, engine)
    assert ask(engine, "SELECT * FROM orders") == []


def test_a_user_without_rights_loads_as_well(engine: Engine, server: PostgresServer) -> None:
    """References are looked at row by row then."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS little")
        connection.exec_driver_sql("CREATE ROLE little LOGIN")
        connection.exec_driver_sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO little")
        connection.exec_driver_sql("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO little")
    url = engine.url.set(username="little", drivername="postgresql")
    text = url.render_as_string(hide_password=False)
    assert bulk(ALL, text).total == 553


def test_a_trigger_of_the_teams_own_runs(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN NEW.name := upper(NEW.name); RETURN NEW; END'"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER shout BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION shout()"
        )
    bulk({TagFactory: 2}, engine)
    assert ask(engine, "SELECT name FROM tags ORDER BY 1") == [("TAG-1",), ("TAG-2",)]


def test_into_a_connection_is_a_part_of_its_transaction(engine: Engine) -> None:
    """Afterwards references are looked at as always."""
    with engine.connect() as connection:
        bulk({CustomerFactory: 2}, connection)
        shown = connection.exec_driver_sql("SHOW session_replication_role").scalar()
        assert shown == "origin"
        connection.rollback()
    assert ask(engine, "SELECT * FROM customers") == []


def test_sqlite_is_filled_as_well(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    Base.metadata.create_all(engine)
    bulk(ALL, engine)
    with sqlite3.connect(tmp_path / "x.db") as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT count(*) FROM tagged").fetchone() == (300,)
    engine.dispose()


def test_a_psycopg_connection_will_do(engine: Engine) -> None:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        bulk({CustomerFactory: 3}, connection)
    assert ask(engine, "SELECT count(*) FROM customers") == [(3,)]
