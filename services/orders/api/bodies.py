"""What callers send and get: bodies that refuse unknown members, and the parameters of listings."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.orders.money import Money
from services.orders.pagination import MAXIMUM_LIMIT, Page

ItemT = TypeVar("ItemT")

Limit = Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT)]
Cursor = Annotated[str | None, Query(max_length=500)]

# What PostgreSQL's integer and bigint columns hold.
_Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Text = Annotated[str, Field(max_length=10_000)]


class Body(BaseModel):
    """The common ground of all request bodies."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class MoneyBody(Body):
    """An amount in integer minor units; `12.50 EUR` is `{"minor": 1250, "currency": "EUR"}`."""

    minor: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]

    def as_money(self) -> Money:
        """The amount as the domain knows it."""
        return Money(self.minor, self.currency)


class NewProduct(Body):
    """A product to create."""

    sku: Annotated[str, Field(min_length=1, max_length=64)]
    name: _Name
    price: MoneyBody
    description: _Text = ""
    stock: _Count = 0


class ProductChange(Body):
    """The members of a product to change; those left out stay."""

    name: _Name | None = None
    description: _Text | None = None
    price: MoneyBody | None = None
    active: bool | None = None


class StockAdjustment(Body):
    """So many pieces more (or, negative, fewer)."""

    delta: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)]


class NewLine(Body):
    """So many pieces of one product."""

    product_id: Annotated[str, Field(max_length=30)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000)]


class NewOrder(Body):
    """An order to place."""

    customer_email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=100)]


class NewPayment(Body):
    """How to pay."""

    payment_method: Annotated[str, Field(min_length=1, max_length=100)]


class Listing(BaseModel, Generic[ItemT]):
    """A page of items; pass `next_cursor` as `cursor` for the next one."""

    items: list[ItemT]
    next_cursor: str | None

    @classmethod
    def of(cls, page: Page[ItemT]) -> Listing[ItemT]:
        """The listing of a page."""
        return cls(items=list(page.items), next_cursor=page.next_cursor)
