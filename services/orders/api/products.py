"""The routes of products and their stock."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.orders.api.bodies import (
    Cursor,
    Limit,
    Listing,
    NewProduct,
    ProductChange,
    StockAdjustment,
)
from services.orders.api.keys import IdempotencyKey, response_of
from services.orders.catalog import Catalog
from services.orders.database import Transaction
from services.orders.idempotency import Answer, Idempotency, fingerprint_of
from services.orders.views import ProductView


def products_router(catalog: Catalog, idempotency: Idempotency) -> APIRouter:
    """The routes under `/products`, over `catalog`."""
    router = APIRouter(prefix="/products", tags=["products"])

    @router.post("", status_code=201, response_model=ProductView)
    def create(body: NewProduct, idempotency_key: IdempotencyKey = None) -> Response:
        """Create a product; with an Idempotency-Key it may be sent again, else the SKU is in the way."""

        def work(transaction: Transaction) -> Answer:
            product = catalog.create_in(
                transaction,
                sku=body.sku,
                name=body.name,
                price=body.price.as_money(),
                description=body.description,
                stock=body.stock,
            )
            return Answer(201, product.model_dump_json())

        answer = idempotency.run(
            idempotency_key, fingerprint_of("create product", body.model_dump()), work
        )
        created = ProductView.model_validate_json(answer.body) if answer.status == 201 else None
        return response_of(answer, {"Location": f"/products/{created.id}"} if created else None)

    @router.get("")
    def search(
        q: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
        active: bool | None = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> Listing[ProductView]:
        """List products, newest first; `q` finds a part of the name in whatever case."""
        return Listing.of(catalog.search(text=q, active=active, limit=limit, cursor=cursor))

    @router.get("/{product_id}")
    def get(product_id: str) -> ProductView:
        """Read one product."""
        return catalog.get(product_id)

    @router.patch("/{product_id}")
    def change(product_id: str, body: ProductChange) -> ProductView:
        """Change members of a product."""
        return catalog.update(
            product_id,
            name=body.name,
            description=body.description,
            price=body.price.as_money() if body.price else None,
            active=body.active,
        )

    @router.post("/{product_id}/stock", response_model=ProductView)
    def adjust(
        product_id: str, body: StockAdjustment, idempotency_key: IdempotencyKey = None
    ) -> Response:
        """Add pieces to the stock or take them away; with an Idempotency-Key it may be sent again."""

        def work(transaction: Transaction) -> Answer:
            product = catalog.adjust_stock_in(transaction, product_id, body.delta)
            return Answer(200, product.model_dump_json())

        fingerprint = fingerprint_of("adjust stock", [product_id, body.model_dump()])
        return response_of(idempotency.run(idempotency_key, fingerprint, work))

    return router
