"""The ledger: noted before it is committed, removed in the end, and nothing else with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from belljar.data.ledger import Ledger, LedgerRefused, LedgerWarning
from belljar.data.ledger.__main__ import main
from belljar.data.ledger.allowing import place_of

Rows = Callable[[str], list[tuple[object, ...]]]
Write = Callable[[Mapping[str, str]], Path]

COUNTS = "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders)"
SMALL = {
    "scenarios/small/customers.csv": "id,email,boss\n1,a,2\n2,b,1\n",
    "scenarios/small/orders.json": '[{"customer_id": 1}, {"customer_id": 2}]',
}
MODELS = """
from sqlalchemy import ForeignKey, Identity
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from belljar.data.factory import Factory
class Base(DeclarativeBase): ...
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str]
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    customer: Mapped[Customer] = relationship(back_populates="orders")
"""


@pytest.fixture
def ledger(shop: str, tmp_path: Path) -> Ledger:
    return Ledger(shop, tmp_path / "shop.ledger", allow=[place_of(shop)])


@pytest.fixture
def models(write: Write, monkeypatch: pytest.MonkeyPatch) -> object:
    import importlib

    write({"ledger_models.py": MODELS})
    monkeypatch.syspath_prepend(str(Path.cwd()))
    sys.modules.pop("ledger_models", None)
    return importlib.import_module("ledger_models")


def test_a_database_that_nobody_has_allowed_is_refused(shop: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match="was not allowed"):
        Ledger(shop, tmp_path / "x")
    for everything in ("*/*", "*/shop", "db.example.com/*", "shop"):
        with pytest.raises(LedgerRefused, match="would allow any"):
            Ledger(shop, tmp_path / "x", allow=[everything])
    assert not (tmp_path / "x").exists()


def test_the_environment_may_allow_a_database(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLJAR_LEDGER_ALLOW", f"other.example.com/x, {place_of(shop)}")
    Ledger(shop, tmp_path / "x").close()


def test_what_was_loaded_is_removed_and_the_rest_stays(
    shop: str, rows: Rows, write: Write, ledger: Ledger
) -> None:
    """Rows refer to each other in a circle; a sequence has given the orders' keys."""
    rows("INSERT INTO customers (email) OVERRIDING SYSTEM VALUE VALUES ('theirs') RETURNING 1")
    rows("UPDATE customers SET id = DEFAULT RETURNING 1"), rows("SELECT nextval('orders_id_seq')")
    write(
        SMALL
        | {
            "scenarios/small/customers.csv": "id,email,boss\n71,a,72\n72,b,71\n",
            "scenarios/small/orders.json": '[{"customer_id": 71}, {"customer_id": 72}]',
        }
    )
    ledger.load("small")
    assert rows(COUNTS) == [(3, 2)]
    assert ledger.plan().removed == {"orders": 2, "customers": 2}
    assert rows(COUNTS) == [(3, 2)]
    ledger.close()
    assert rows("SELECT email FROM customers") == [("theirs",)]
    assert not ledger.file.exists()


def test_what_was_created_through_sqlalchemy_is_removed(
    rows: Rows, models: object, ledger: Ledger
) -> None:
    """Also after a service has changed it."""
    with ledger.session() as session:
        session.add(models.Customer(email="a", orders=[models.Order(), models.Order()]))  # type: ignore[attr-defined]
        session.commit()
    assert rows(COUNTS) == [(1, 2)]
    rows("UPDATE customers SET tier = 'gold' RETURNING 1")
    ledger.close()
    assert rows(COUNTS) == [(0, 0)]


def test_factories_create_through_the_ledger(rows: Rows, models: object, ledger: Ledger) -> None:
    order = ledger.create(models.Order)  # type: ignore[attr-defined]
    assert rows("SELECT id, customer_id FROM orders") == [(order.id, order.customer_id)]
    ledger.close()
    assert rows(COUNTS) == [(0, 0)]


def test_rows_that_would_not_be_noted_are_refused(rows: Rows, ledger: Ledger) -> None:
    from sqlalchemy import text

    with ledger.session() as session, pytest.raises(LedgerRefused, match="this is not noted"):
        session.execute(text("INSERT INTO customers (email) VALUES ('a')"))
    ledger.close()
    assert rows(COUNTS) == [(0, 0)]


def test_bulk_rows_are_noted_as_ranges(rows: Rows, models: object, ledger: Ledger) -> None:
    """Rows of others in the middle of a range stay."""
    ledger.bulk({models.Customer: 500, models.Order: 1000})  # type: ignore[attr-defined]
    assert len(ledger.file.read_text().splitlines()) == 3
    rows("DELETE FROM orders WHERE id = 500 RETURNING 1")
    rows("INSERT INTO orders (id, customer_id) SELECT 500, min(id) FROM customers RETURNING 1")
    with pytest.warns(LedgerWarning, match="left orders"):
        ledger.close()
    assert rows("SELECT id FROM orders") == [(500,)]
    assert rows(COUNTS) == [(1, 1)]


def test_a_row_that_another_has_put_under_the_same_key_stays(
    rows: Rows, write: Write, ledger: Ledger
) -> None:
    write({"scenarios/small/customers.csv": "id,email\n1,a\n"})
    ledger.load("small")
    rows("DELETE FROM customers RETURNING 1")
    rows("INSERT INTO customers (id, email) OVERRIDING SYSTEM VALUE VALUES (1, 'a') RETURNING 1")
    with pytest.warns(LedgerWarning, match="written again since"):
        ledger.close()
    assert rows("SELECT email FROM customers") == [("a",)]
    assert ledger.file.exists()


def test_a_row_that_others_hang_on_stays_and_nothing_cascades(
    shop: str, rows: Rows, write: Write, ledger: Ledger
) -> None:
    rows("SELECT 1")
    import psycopg

    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE notes (id serial PRIMARY KEY, customer int REFERENCES customers ON DELETE CASCADE)"
        )
    write({"scenarios/small/customers.csv": "id,email,boss\n1,a,\n2,b,\n3,c,2\n"})
    ledger.load("small")
    rows("INSERT INTO notes (customer) VALUES (3) RETURNING 1")
    with pytest.warns(LedgerWarning, match="rows of notes that are not ours"):
        ledger.close()
    # 3 stays for its note, and 2 because 3 refers to it.
    assert rows("SELECT id FROM customers ORDER BY 1") == [(2,), (3,)]
    assert rows("SELECT count(*) FROM notes") == [(1,)]


def test_a_killed_run_is_cleaned_up_by_the_next(
    shop: str, rows: Rows, write: Write, tmp_path: Path
) -> None:
    write(SMALL)
    program = f"""
        import os, signal
        from belljar.data.ledger import Ledger
        ledger = Ledger({shop!r}, "killed.ledger", allow=[{place_of(shop)!r}])
        ledger.load("small")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], env=environment, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert rows(COUNTS) == [(2, 2)]
    with Ledger(shop, "killed.ledger", allow=[place_of(shop)]):
        assert rows(COUNTS) == [(0, 0)]


def test_a_kill_between_the_note_and_the_commit_harms_nobody(
    shop: str, rows: Rows, write: Write, tmp_path: Path, ledger: Ledger
) -> None:
    """What is noted is not there; a half line is not read."""
    write({"scenarios/small/customers.csv": "id,email\n1,a\n"})
    ledger.load("small")
    rows("DELETE FROM customers RETURNING 1")
    with ledger.file.open("a") as file:
        file.write('{"note": {"table": "custo')
    assert ledger.plan().gone == {"customers": 1}
    ledger.close()


def test_the_note_is_on_the_disk_before_the_commit(
    shop: str, rows: Rows, write: Write, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"scenarios/small/customers.csv": "id,email\n1,a\n"})
    seen: list[object] = []
    synced = os.fsync

    def look(fd: int) -> None:
        synced(fd)
        seen.append((rows(COUNTS), "note" in json.loads(ledger.file.read_text().splitlines()[-1])))

    monkeypatch.setattr(os, "fsync", look)
    ledger.load("small")
    monkeypatch.undo()
    assert seen == [([(0, 0)], True)]
    ledger.close()


def test_two_runs_at_once_have_files_of_their_own(
    shop: str, rows: Rows, write: Write, ledger: Ledger
) -> None:
    """Neither sweeps what the other has."""
    write({"scenarios/small/customers.csv": "id,email\n1,a\n"})
    ledger.load("small")
    with Ledger(shop, ledger.file, allow=[place_of(shop)]) as other:
        assert other.file != ledger.file
    assert rows(COUNTS) == [(1, 0)]
    ledger.close()
    assert list(ledger.file.parent.glob("shop*.ledger")) == []


def test_the_program_prints_what_it_would_remove_and_removes_it(
    shop: str, rows: Rows, write: Write, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    write({"scenarios/small/customers.csv": "id,email\n1,a\n"})
    ledger.load("small")
    ledger._file.close()  # as a kill would
    arguments = [str(ledger.file), "--url", shop]
    assert main(arguments) == 2
    assert "was not allowed" in capsys.readouterr().err
    arguments += ["--allow", place_of(shop)]
    assert main([*arguments, "--dry-run"]) == 0
    assert "would remove 1 of customers" in capsys.readouterr().out
    assert rows(COUNTS) == [(1, 0)]
    assert main(arguments) == 0
    assert rows(COUNTS) == [(0, 0)]
    assert not ledger.file.exists()


def test_a_table_without_a_key_is_refused(shop: str, write: Write, ledger: Ledger) -> None:
    import psycopg

    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("CREATE TABLE loose (a int)")
    write({"scenarios/small/loose.csv": "a\n1\n"})
    with pytest.raises(LedgerRefused, match="loose has no primary key"):
        ledger.load("small")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ledger.close()
