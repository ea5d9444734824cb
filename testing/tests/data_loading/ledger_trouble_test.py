"""The ledger in trouble: files that are none, rights that are missing, servers that are away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from belljar.data.ledger import Ledger, LedgerError, LedgerRefused, LedgerWarning
from belljar.data.ledger.allowing import place_of
from belljar.data.ledger.errors import LedgerUnreadable
from belljar.databases import PostgresServer

Rows = Callable[[str], list[tuple[object, ...]]]
Write = Callable[[Mapping[str, str]], Path]

SMALL = {"scenarios/small/customers.csv": "id,email\n1,a\n2,b\n"}
KEYLESS = """
CREATE TABLE tags (id int NOT NULL, name text);
CREATE TABLE labels (id int PRIMARY KEY);
CREATE TABLE customer_label (customer_id int REFERENCES customers, label_id int REFERENCES labels);
"""


class Base(DeclarativeBase):
    pass


customer_label = Table(
    "customer_label",
    Base.metadata,
    Column("customer_id", ForeignKey("customers.id")),
    Column("label_id", ForeignKey("labels.id")),
)


class Label(Base):
    __tablename__ = "labels"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    labels: Mapped[list[Label]] = relationship(secondary=customer_label)


class Tag(Base):
    """The model has a key; the table has none."""

    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]


def begun(shop: str, file: Path) -> Ledger:
    return Ledger(shop, file, allow=[place_of(shop)])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("garbage\n", 1),
        ("[]\n", 1),
        ('{"ledger":9,"place":"x"}\n', 1),
        ('{"ledger":1}\n', 1),
        ('{"ledger":1,"place":"PLACE"}\nrows\n', 2),
        ('{"ledger":1,"place":"PLACE"}\n{"note":{"tables":1}}\n', 2),
    ],
)
def test_a_file_that_is_no_ledger_is_told_and_kept(
    shop: str, tmp_path: Path, text: str, line: int
) -> None:
    file = tmp_path / "shop.ledger"
    file.write_text(text.replace("PLACE", place_of(shop)))
    with pytest.raises(LedgerUnreadable, match=rf"shop.ledger:{line} is nothing.*\n  fix:   look"):
        begun(shop, file)
    assert file.read_text() == text.replace("PLACE", place_of(shop))


def test_a_place_that_can_not_be_written_is_told(shop: str, tmp_path: Path) -> None:
    for place in (tmp_path, Path("/dev/full"), Path("/proc/none/x.ledger")):
        with pytest.raises(
            LedgerUnreadable, match=r"(is no file|can't be written).*\n  fix:   name"
        ):
            begun(shop, place)


def test_a_ledger_is_closed_once_and_creates_nothing_afterwards(
    shop: str, tmp_path: Path, rows: Rows, write: Write
) -> None:
    write(SMALL)
    ledger = begun(shop, tmp_path / "x")
    ledger.load("small")
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerRefused, match="it is closed"):
        ledger.load("small")
    with pytest.raises(LedgerRefused, match="it is closed"):
        ledger.create(Customer)
    assert rows("SELECT count(*) FROM customers") == [(0,)]


@pytest.mark.parametrize(
    ("allow", "words"),
    [
        (["?*/shop"], "would allow any"),
        (["[a-z]*/shop"], "would allow any"),
        (["*.?/shop"], "would allow any"),
        (["db.example.com/?*"], "would allow any"),
        (["*:5432/shop"], "would allow any"),
        ([3], "3 is no pattern"),
        ("other.example.com/shop, db-*.example.com/shop", "was not allowed"),
        (None, "was not allowed"),
    ],
)
def test_what_allows_too_much_or_nothing_is_told(
    shop: str, tmp_path: Path, allow: object, words: str
) -> None:
    with pytest.raises(LedgerRefused, match=words):
        Ledger(shop, tmp_path / "x", allow=allow)  # type: ignore[arg-type]  # what people write
    with pytest.raises(LedgerRefused, match="a URL is a text"):
        Ledger(None, tmp_path / "x")  # type: ignore[arg-type]  # what people write


def test_a_table_without_a_key_is_refused_whatever_the_model_says(
    shop: str, tmp_path: Path, rows: Rows
) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute(KEYLESS.encode())
    with begun(shop, tmp_path / "x") as ledger:
        with pytest.raises(LedgerRefused, match="tags has no primary key"):
            ledger.create(Tag)
        with pytest.raises(LedgerRefused, match="customer_label has no primary key"):
            ledger.create(Customer, labels=[Label(id=1)])
    counts = "SELECT (SELECT count(*) FROM tags), (SELECT count(*) FROM labels)"
    assert rows(counts) == [(0, 0)]


def test_rows_that_this_user_may_not_remove_stay_and_are_known(
    shop: str, tmp_path: Path, rows: Rows, write: Write
) -> None:
    write(SMALL)
    with psycopg.connect(shop, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'giver'").fetchone():
            connection.execute("CREATE ROLE giver LOGIN")
        connection.execute("GRANT SELECT, INSERT ON customers TO giver")
        connection.execute("GRANT ALL ON SEQUENCE customers_id_seq TO giver")
        connection.execute("INSERT INTO chickens SELECT 1, 1 WHERE false")
    giver = shop.replace("postgres@", "giver@", 1)
    ledger = begun(giver, tmp_path / "x")
    ledger.load("small")
    with pytest.warns(LedgerWarning, match=r"left customers .*: permission denied for table"):
        ledger.close()
    assert rows("SELECT count(*) FROM customers") == [(2,)]
    begun(shop, tmp_path / "x").close()
    assert rows("SELECT count(*) FROM customers") == [(0,)]
    assert not (tmp_path / "x").exists()


def test_a_server_that_is_away_at_the_end_leaves_the_file(tmp_path: Path, write: Write) -> None:
    write(SMALL)
    with PostgresServer() as server:
        url = server.create_database()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE customers (id int PRIMARY KEY, email text)")
        ledger = begun(url, tmp_path / "x")
        ledger.load("small")
    with pytest.raises(
        LedgerError, match=r"still there: .*can't be reached(.|\n)*fix:   begin a led"
    ):
        ledger.close()
    assert '"rows":[["1"],["2"]]' in (tmp_path / "x").read_text()
