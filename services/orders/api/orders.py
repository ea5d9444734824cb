"""The routes of orders, their payment and their receipts."""

from __future__ import annotations

from fastapi import APIRouter, BackgroundTasks, Response

from services.orders.api.bodies import Cursor, Limit, Listing, NewOrder, NewPayment
from services.orders.api.keys import IdempotencyKey, response_of
from services.orders.database import Transaction
from services.orders.idempotency import Answer, Idempotency, fingerprint_of
from services.orders.ordering import LineRequest, Ordering
from services.orders.paying import Paying
from services.orders.problems import MissingIdempotencyKey
from services.orders.receipts import CONTENT_TYPE, Receipts
from services.orders.resilience.deadlines import begin
from services.orders.views import OrderStatus, OrderView, PaymentView

DELIVERY_SECONDS = 30.0


def orders_router(
    ordering: Ordering,
    paying: Paying,
    receipts: Receipts,
    idempotency: Idempotency,
    *,
    deliver_at_once: bool,
) -> APIRouter:
    """The routes under `/orders`; without `deliver_at_once` a payment leaves its receipt owed."""
    router = APIRouter(prefix="/orders", tags=["orders"])

    @router.post("", status_code=201, response_model=OrderView)
    def place(body: NewOrder, idempotency_key: IdempotencyKey = None) -> Response:
        """Place an order; the same Idempotency-Key with the same body places it once."""
        if idempotency_key is None:
            raise MissingIdempotencyKey(
                "an order without Idempotency-Key could be placed twice by a retry: "
                "send the header with a new random value for each new order"
            )

        def work(transaction: Transaction) -> Answer:
            lines = [LineRequest(line.product_id, line.quantity) for line in body.lines]
            order = ordering.place(transaction, body.customer_email, lines)
            return Answer(201, order.model_dump_json())

        fingerprint = fingerprint_of("place order", body.model_dump())
        return response_of(idempotency.run(idempotency_key, fingerprint, work))

    @router.get("")
    def search(
        customer_email: str | None = None,
        status: OrderStatus | None = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> Listing[OrderView]:
        """List orders, newest first."""
        return Listing.of(
            ordering.search(
                customer_email=customer_email, status=status, limit=limit, cursor=cursor
            )
        )

    @router.get("/{order_id}")
    def get(order_id: str) -> OrderView:
        """Read one order."""
        return ordering.get(order_id)

    @router.post("/{order_id}/cancel")
    def cancel(order_id: str) -> OrderView:
        """Cancel an unpaid order; once more changes nothing."""
        return ordering.cancel(order_id)

    @router.post("/{order_id}/payment")
    def pay(order_id: str, body: NewPayment, background: BackgroundTasks) -> PaymentView:
        """Pay an order; once more returns the same payment, so a retry needs no key."""
        payment = paying.pay(order_id, body.payment_method)
        if deliver_at_once:
            background.add_task(_deliver, receipts, order_id)
        return payment

    @router.get("/{order_id}/receipt", response_class=Response)
    def receipt(order_id: str) -> Response:
        """Download the receipt of a paid order."""
        return Response(
            receipts.download(order_id),
            media_type=CONTENT_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{order_id}.txt"'},
        )

    return router


def _deliver(receipts: Receipts, order_id: str) -> None:
    # The answer is out: this is not a part of the request any more, and may take as long again.
    with begin(DELIVERY_SECONDS):
        receipts.deliver(order_id)
