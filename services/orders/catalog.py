"""`Catalog`: products and their stock.

Single products are read through the cache; every change of a product or its stock names the key
`product_key(id)` as changed.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.orders.database import DatabaseManager, Transaction
from services.orders.identifiers import Clock, IdentifierFactory
from services.orders.models import Product, Stock
from services.orders.money import Money
from services.orders.pagination import Filters, Page, decode_cursor, page_of
from services.orders.problems import DuplicateSku, NotFound, OutOfStock
from services.orders.views import ProductView


def product_key(product_id: str) -> str:
    """The cache key of one product."""
    return f"product:{product_id}"


def take_from_stock(transaction: Transaction, product_id: str, quantity: int, now: Clock) -> None:
    """Take `quantity` pieces (negative: give back); raises `OutOfStock` when too few are left.

    The condition is part of the UPDATE, so that two transactions cannot both take the last piece:
    the second waits for the first one's row lock and then looks at the new quantity.
    """
    taken = transaction.session.execute(
        update(Stock)
        .where(Stock.product_id == product_id, Stock.quantity >= quantity)
        .values(quantity=Stock.quantity - quantity, updated_at=now())
        .returning(Stock.product_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        available = transaction.session.scalar(
            select(Stock.quantity).where(Stock.product_id == product_id)
        )
        if available is None:
            raise NotFound(f"there is no product {product_id!r}", product_id=product_id)
        raise OutOfStock(
            f"product {product_id!r} has {available} pieces left, {quantity} were asked for",
            product_id=product_id,
            available=available,
            requested=quantity,
        )
    transaction.changed(product_key(product_id))


class Catalog:
    """Create, change, read and search products; adjust their stock."""

    def __init__(
        self, database: DatabaseManager, identifiers: IdentifierFactory, clock: Clock
    ) -> None:
        """Keep products in `database`."""
        self._database = database
        self._identifiers = identifiers
        self._clock = clock

    def create(
        self, *, sku: str, name: str, price: Money, description: str = "", stock: int = 0
    ) -> ProductView:
        """A new product; raises `DuplicateSku` when another one has the SKU."""
        return self._database.run(
            lambda transaction: self.create_in(
                transaction, sku=sku, name=name, price=price, description=description, stock=stock
            )
        )

    def create_in(
        self,
        transaction: Transaction,
        *,
        sku: str,
        name: str,
        price: Money,
        description: str = "",
        stock: int = 0,
    ) -> ProductView:
        """The same as part of the caller's transaction, which an exception must roll back."""
        now = self._clock()
        product = Product(
            id=self._identifiers.new("prd"),
            sku=sku,
            name=name,
            search_name=name.casefold(),
            description=description,
            price_minor=price.minor,
            currency=price.currency,
            active=True,
            created_at=now,
            stock=Stock(quantity=stock, updated_at=now),
        )
        transaction.session.add(product)
        try:
            transaction.session.flush()
        except IntegrityError as error:
            raise DuplicateSku(f"SKU {sku!r} belongs to another product", sku=sku) from error
        return ProductView.of(product)

    def get(self, product_id: str) -> ProductView:
        """The product, from the cache if it is there; raises `NotFound`."""
        return self._database.read_through(
            product_key(product_id),
            ProductView,
            lambda session: ProductView.of(_require(session, product_id)),
        )

    def update(
        self,
        product_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        price: Money | None = None,
        active: bool | None = None,
    ) -> ProductView:
        """The product with the given members changed; raises `NotFound`."""

        def change(transaction: Transaction) -> ProductView:
            product = _require(transaction.session, product_id)
            if name is not None:
                product.name, product.search_name = name, name.casefold()
            if description is not None:
                product.description = description
            if price is not None:
                product.price_minor, product.currency = price.minor, price.currency
            if active is not None:
                product.active = active
            transaction.changed(product_key(product_id))
            transaction.session.flush()
            return ProductView.of(product)

        return self._database.run(change)

    def adjust_stock(self, product_id: str, delta: int) -> ProductView:
        """The product with `delta` pieces more or fewer; raises `OutOfStock`, never below zero."""
        return self._database.run(
            lambda transaction: self.adjust_stock_in(transaction, product_id, delta)
        )

    def adjust_stock_in(self, transaction: Transaction, product_id: str, delta: int) -> ProductView:
        """The same as part of the caller's transaction, which an exception must roll back."""
        take_from_stock(transaction, product_id, -delta, self._clock)
        return ProductView.of(_require(transaction.session, product_id))

    def search(
        self,
        *,
        text: str | None = None,
        active: bool | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[ProductView]:
        """A page of products, newest first, whose names contain `text` in whatever case."""
        filters: Filters = {"text": text, "active": active, "kind": "products"}
        after = decode_cursor(cursor, filters)
        query = select(Product).order_by(Product.id.desc()).limit(limit + 1)
        if text is not None:
            query = query.where(Product.search_name.contains(text.casefold(), autoescape=True))
        if active is not None:
            query = query.where(Product.active.is_(active))
        if after is not None:
            query = query.where(Product.id < after)
        views = self._database.read(
            lambda session: [ProductView.of(row) for row in session.scalars(query)]
        )
        return page_of(views, [view.id for view in views], limit, filters)


def _require(session: Session, product_id: str) -> Product:
    product = session.get(Product, product_id)
    if product is None:
        raise NotFound(f"there is no product {product_id!r}", product_id=product_id)
    return product
