"""The tables of the service as SQLAlchemy classes; `services/orders/migrations` makes the same.

The same classes work on PostgreSQL (production, integration tests) and SQLite (unit tests). A test
compares them with the migrated database, so that neither can drift from the other.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

# Constraints need names: SQLite's migrations rebuild tables and must know what to leave out.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

OPEN_OR_SUCCEEDED = text("status IN ('open', 'succeeded')")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time that is UTC and aware on every database, SQLite included."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value in UTC; a naive one is refused, because its zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: pass an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value with UTC as its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The registry of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime(), str: String()}  # noqa: RUF012 (SQLAlchemy's API)


class Product(Base):
    """Something that is for sale."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("sku"),
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    # The name folded for search: databases disagree about the lower case of letters beyond ASCII.
    search_name: Mapped[str] = mapped_column(String(400), index=True)
    description: Mapped[str] = mapped_column(Text)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    active: Mapped[bool] = mapped_column(server_default=true(), default=True)
    created_at: Mapped[datetime]

    stock: Mapped[Stock] = relationship(back_populates="product", lazy="joined", innerjoin=True)


class Stock(Base):
    """How many pieces of a product are left."""

    __tablename__ = "stock"
    # A second wall: the conditional UPDATE is the first.
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_not_negative"),)

    product_id: Mapped[str] = mapped_column(
        String(30), ForeignKey("products.id", ondelete="CASCADE"), primary_key=True
    )
    quantity: Mapped[int]
    updated_at: Mapped[datetime]

    product: Mapped[Product] = relationship(back_populates="stock", lazy="raise")


class Order(Base):
    """What a customer ordered, and how far it got."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        Index("ix_orders_customer_email_id", "customer_email", "id"),
        Index("ix_orders_status_id", "status", "id"),
    )

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    customer_email: Mapped[str] = mapped_column(String(254))
    status: Mapped[str] = mapped_column(String(20))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    lines: Mapped[list[OrderLine]] = relationship(
        order_by="OrderLine.position", lazy="selectin", cascade="all, delete-orphan"
    )


class OrderLine(Base):
    """One product of an order, with name and price as they were at that time."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    order_id: Mapped[str] = mapped_column(
        String(30), ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[str] = mapped_column(String(30), ForeignKey("products.id"), index=True)
    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)

    # Never loaded: a line has all that it needs of its product as that was then.
    product: Mapped[Product] = relationship(lazy="raise")


class IdempotencyRecord(Base):
    """The answer to a request with an Idempotency-Key; empty while it is worked on."""

    __tablename__ = "idempotency_records"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)


class Payment(Base):
    """One attempt to have an order paid: `open`, `succeeded` or `failed`."""

    __tablename__ = "payments"
    __table_args__ = (
        # The database itself keeps an order from being paid twice.
        Index(
            "uq_payments_live_order_id",
            "order_id",
            unique=True,
            postgresql_where=OPEN_OR_SUCCEEDED,
            sqlite_where=OPEN_OR_SUCCEEDED,
        ),
    )

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(30), ForeignKey("orders.id"), index=True)
    method: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reference: Mapped[str | None] = mapped_column(String(100))
    decline_code: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime]
    created_at: Mapped[datetime]

    order: Mapped[Order] = relationship(lazy="raise")


class Receipt(Base):
    """Where the receipt of a paid order lies, and whether the customer was told."""

    __tablename__ = "receipts"

    order_id: Mapped[str] = mapped_column(String(30), ForeignKey("orders.id"), primary_key=True)
    storage_key: Mapped[str] = mapped_column(String(200))
    stored_at: Mapped[datetime | None]
    emailed_at: Mapped[datetime | None]
    # How often delivery failed, and when it is tried again: at once, if that was never noted.
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    next_attempt_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    order: Mapped[Order] = relationship(lazy="raise")
