"""Scenarios in PostgreSQL: CSV, JSON and code, in the order of their references, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from belljar.data.scenarios import BadScenario, BadTarget, Scenarios, load

Rows = Callable[[str], list[tuple[object, ...]]]
Write = Callable[[Mapping[str, str]], Path]


def test_csv_tells_null_from_an_empty_text_and_keeps_what_is_quoted(
    shop: str, rows: Rows, write: Write
) -> None:
    folder = write(
        {"s/customers.csv": '\ufeffemail,tags,born\r\n"a,""b""\n\t\\N",,\r\n"",{},2001-02-03\r\n'}
    )
    assert dict(load(folder, shop)) == {"customers": 2}
    assert rows("SELECT email, tags, born::text FROM customers ORDER BY id") == [
        ('a,"b"\n\t\\N', None, None),
        ("", [], "2001-02-03"),
    ]


def test_json_keeps_digits_documents_and_lists(shop: str, rows: Rows, write: Write) -> None:
    document = {"deep": [{"é": 1.10}], "null": None}
    customers = [{"id": 4, "email": "a", "meta": document, "tags": ["x,y", '"', None]}]
    orders = '[{"customer_id": 4, "total": 10.10}, {"customer_id": 4, "total": null}]'
    write({"s/customers.json": json.dumps(customers), "s/orders.json": orders.replace("null", "2")})
    load(Path("s"), shop)
    assert rows("SELECT meta, tags FROM customers") == [(document, ["x,y", '"', None])]
    assert [str(row[0]) for row in rows("SELECT total FROM orders ORDER BY id")] == [
        "10.10",
        "2.00",
    ]


def test_a_column_that_a_row_leaves_out_gets_its_default(
    shop: str, rows: Rows, write: Write
) -> None:
    folder = write({"s/customers.json": '[{"email": "a", "tier": "gold"}, {"email": "b"}]'})
    load(folder, shop)
    assert rows("SELECT email, tier::text FROM customers ORDER BY 1") == [
        ("a", "gold"),
        ("b", "basic"),
    ]


def test_files_are_loaded_in_the_order_of_their_references(
    shop: str, rows: Rows, write: Write
) -> None:
    """To others, to itself, and in a circle whose constraints are checked at once."""
    folder = write(
        {
            "s/a.json": '{"orders": [{"customer_id": 2}], "eggs": [{"id": 1, "chicken": 2}]}',
            "s/chickens.csv": "id,egg\n2,1\n",
            "s/customers.csv": "id,email,boss\n1,a,2\n2,b,1\n",
        }
    )
    assert load(folder, shop).total == 5
    assert rows("SELECT id, boss FROM customers ORDER BY 1") == [(1, 2), (2, 1)]


def test_sequences_go_on_behind_what_was_loaded(shop: str, rows: Rows, write: Write) -> None:
    folder = write(
        {"s/customers.csv": "id,email\n41,a\n", "s/orders.csv": "id,customer_id\n7,41\n"}
    )
    load(folder, shop)
    assert rows("INSERT INTO customers (email) VALUES ('b') RETURNING id") == [(42,)]
    assert rows("INSERT INTO orders (customer_id) VALUES (41) RETURNING id") == [(8,)]


def test_a_reference_may_be_to_a_row_of_the_database(shop: str, rows: Rows, write: Write) -> None:
    rows("INSERT INTO customers (email) VALUES ('a') RETURNING id")
    folder = write({"s/orders.csv": "customer_id\n1\n"})
    assert load(folder, shop).total == 1


def test_code_gives_rows_by_table_and_the_same_each_time(
    shop: str, rows: Rows, write: Write
) -> None:
    code = """
        from dataclasses import dataclass
        @dataclass
        class Order:
            customer_id: int
            total: float
        def shop(data):
            return {"customers": [{"id": 1, "email": data.unique.text("a@example.com")}],
                    "orders": [Order(1, data.random.randint(1, 99))]}
    """
    import textwrap

    write({"scenarios/shop.py": textwrap.dedent(code)})
    load("shop", shop)
    first = rows("SELECT email, total FROM customers JOIN orders ON customer_id = customers.id")
    rows("DELETE FROM orders RETURNING 1"), rows("DELETE FROM customers RETURNING 1")
    load("shop", shop)
    again = rows("SELECT email, total FROM customers JOIN orders ON customer_id = customers.id")
    assert first == again


@pytest.mark.parametrize(
    ("code", "place", "words"),
    [
        ("def shop(data):\n    x = 1\n    return x", "shop.py:1:1", "no rows"),
        ("def other(data): ...", "shop.py:1:1", "no function shop"),
        ("def shop(data):\n    return 1 / 0", "shop.py:2:1", "ZeroDivisionError"),
        ("def shop(data)\n    pass", "shop.py:1:15", "SyntaxError"),
        ("def shop(data):\n    yield object()", "shop.py:2:1", "which table"),
        (
            "def shop(data):\n    return {'customers': [{'emial': 1}]}",
            "shop.py:1:1: customers, row 1",
            "email",
        ),
    ],
)
def test_a_mistake_in_code_is_told_with_its_line(
    shop: str, write: Write, code: str, place: str, words: str
) -> None:
    write({"shop.py": code})
    with pytest.raises(BadScenario) as caught:
        load(Path("shop.py"), shop)
    assert place in str(caught.value)
    assert words in str(caught.value)


def test_objects_of_sqlalchemy_bring_what_hangs_on_them(
    shop: str, rows: Rows, write: Write
) -> None:
    """Their keys are given before anything is written, and the sequence goes on behind them."""
    code = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
class Base(DeclarativeBase): ...
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    customer: Mapped[Customer] = relationship(back_populates="orders")
def shop(data):
    yield Customer(email="a", orders=[Order(), Order()])
    yield Order(customer=Customer(email="b"))
"""
    write({"shop.py": code})
    assert dict(load(Path("shop.py"), shop)) == {"customers": 2, "orders": 3}
    assert rows(
        "SELECT email, count(*) FROM customers c JOIN orders o ON c.id = customer_id GROUP BY 1 ORDER BY 1"
    ) == [("a", 2), ("b", 1)]
    assert rows("INSERT INTO customers (email) VALUES ('c') RETURNING id") == [(3,)]


def test_into_a_connection_is_a_part_of_its_transaction(
    shop: str, rows: Rows, write: Write
) -> None:
    """Whatever rows its owner wants them to be."""
    folder = write({"s/customers.csv": "email\na\n"})
    with psycopg.connect(shop, row_factory=dict_row) as connection:
        connection.execute("SELECT 1")
        load(folder, connection)
        connection.rollback()
    assert rows("SELECT * FROM customers") == []


def test_into_an_engine_is_committed_and_into_a_session_is_not(
    shop: str, rows: Rows, write: Write
) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    folder = write({"s/customers.csv": "email\na\n"})
    engine = create_engine(shop.replace("postgresql:", "postgresql+psycopg:"))
    with Session(engine) as session:
        load(folder, session)
        session.rollback()
    assert rows("SELECT * FROM customers") == []
    load(folder, engine)
    assert rows("SELECT count(*) FROM customers") == [(1,)]
    engine.dispose()


def test_what_nothing_can_be_loaded_into_is_told(write: Write) -> None:
    folder = write({"s/customers.csv": "email\na\n"})
    with pytest.raises(BadTarget, match=r"builtins\.int"):
        load(folder, 7)
    with pytest.raises(BadTarget, match="can't be reached"):
        load(folder, "postgresql://user:secret@127.0.0.1:1/none")


def test_scenarios_of_several_folders_are_found_by_name(write: Write) -> None:
    write({"mine/small.csv": "", "theirs/small/a.csv": "", "theirs/big.json": ""})
    both = Scenarios("mine", "theirs")
    assert both.names() == ["big", "small"]
    assert both.find("small") == Path("mine/small.csv")
    assert both.find("big") == Path("theirs/big.json")
