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
from services.orders.catalog import Catalog
from services.orders.views import ProductView


def products_router(catalog: Catalog) -> APIRouter:
    """The routes under `/products`, over `catalog`."""
    router = APIRouter(prefix="/products", tags=["products"])

    @router.post("", status_code=201)
    def create(body: NewProduct, response: Response) -> ProductView:
        """Create a product."""
        product = catalog.create(
            sku=body.sku,
            name=body.name,
            price=body.price.as_money(),
            description=body.description,
            stock=body.stock,
        )
        response.headers["Location"] = f"/products/{product.id}"
        return product

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

    @router.post("/{product_id}/stock")
    def adjust(product_id: str, body: StockAdjustment) -> ProductView:
        """Add pieces to the stock or take them away."""
        return catalog.adjust_stock(product_id, body.delta)

    return router
