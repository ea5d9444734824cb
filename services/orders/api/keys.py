"""`IdempotencyKey` and `response_of`: requests that may be sent again, and their answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from services.orders.api.errors import MEDIA_TYPE
from services.orders.idempotency import Answer

IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=255)]


def response_of(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    """The response, which says when it is a repetition."""
    told = {"Idempotency-Replayed": "true"} if answer.replayed else {}
    media_type = "application/json" if answer.status < 400 else MEDIA_TYPE
    return Response(answer.body, answer.status, {**told, **(headers or {})}, media_type)
