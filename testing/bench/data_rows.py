"""A million related rows: made and loaded by us, and the same rows through SQLAlchemy's ORM.

Each load is a process of its own, so that its memory can be told. Ours makes its rows; the ORM's are read
from what we loaded, outside of its time.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, ForeignKey, Identity, Numeric, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from belljar.data.bulk import bulk
from belljar.data.draw import Draw
from belljar.data.factory import Factory, faked, one_of
from belljar.databases import PostgresServer

__all__ = ["Load", "loads"]

# What SQLAlchemy's own insert batches are best at.
_BATCH = 5_000
# A fifth of the rows are customers, and the rest their orders.
_PART = 5


class Base(DeclarativeBase):
    """What the tables have in common."""


class Customer(Base):
    """Who orders."""

    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120), unique=True)
    tier: Mapped[str] = mapped_column(String(10))


class Order(Base):
    """What was ordered."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    sku: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    placed: Mapped[datetime]


class CustomerFactory(Factory[Customer]):
    """Customers with names and addresses."""

    name = faked("name")
    email = faked("email", unique=True)
    tier = one_of("basic", "gold")


class OrderFactory(Factory[Order]):
    """Orders as their types say."""


@dataclass(frozen=True)
class Load:
    """What one load took; memory is the process's most, in MB."""

    rows: int
    seconds: float
    memory: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def loads(rows: int, small: int) -> tuple[Load, Load, Load]:
    """Return ours of a few rows and of all, and the ORM's of all."""
    with PostgresServer() as server:
        urls = [server.create_database() for _ in range(3)]
        few = _child("ours", urls[0], small, "")
        ours = _child("ours", urls[1], rows, "")
        return few, ours, _child("orm", urls[2], rows, urls[1])


def _child(side: str, url: str, rows: int, source: str) -> Load:
    command = [sys.executable, str(Path(__file__)), side, url, str(rows), source]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Load(**json.loads(done.stdout.splitlines()[-1]))


def _engine(url: str) -> Engine:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    Base.metadata.create_all(engine)
    return engine


def _ours(url: str, rows: int) -> float:
    engine = _engine(url)
    counts = {CustomerFactory: rows // _PART, OrderFactory: rows - rows // _PART}
    begun = time.perf_counter()
    bulk(counts, engine, draw=Draw(0, "bench"))
    return time.perf_counter() - begun


def _orm(url: str, source: str) -> float:
    engine = _engine(url)
    seconds = 0.0
    with Session(engine) as session:
        for model, batch in _batches(source):
            begun = time.perf_counter()
            session.add_all([model(**row) for row in batch])
            session.flush()
            session.expunge_all()
            seconds += time.perf_counter() - begun
        begun = time.perf_counter()
        session.commit()
        return seconds + time.perf_counter() - begun


def _batches(source: str) -> Iterator[tuple[type[Base], list[dict[str, object]]]]:
    """The rows that we have loaded, as they are."""
    engine = _engine(source)
    with engine.connect() as connection:
        for model in (Customer, Order):
            table = model.__table__
            query = select(table).order_by(table.c.id).execution_options(yield_per=_BATCH)
            for part in connection.execute(query).mappings().partitions():
                yield model, [dict(row) for row in part]


def _memory() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage() says is at least what the parent had.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / (1 << 10)
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _main() -> None:
    side, url, rows, source = sys.argv[1:]
    seconds = _ours(url, int(rows)) if side == "ours" else _orm(url, source)
    print(json.dumps({"rows": int(rows), "seconds": seconds, "memory": _memory()}))


if __name__ == "__main__":
    _main()
