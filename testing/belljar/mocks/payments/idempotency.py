"""Idempotency keys: the same answer to the same request, and errors for everything else."""

from __future__ import annotations

from hashlib import blake2b

from belljar.mocks.http.messages import Request, Response
from belljar.mocks.payments.errors import StripeError, invalid
from belljar.mocks.payments.state import State

__all__ = ["check_lock", "keep", "key_of", "replayed"]

LONGEST = 255
# A body that is kept as it is; of a longer one its digest is.
SHORT = 200


def key_of(request: Request) -> str | None:
    """The key of a request that changes something. Raises a `StripeError` for a bad one."""
    if request.method != "POST":
        return None
    key = request.headers.get("idempotency-key")
    if key is not None and len(key) > LONGEST:
        raise invalid(
            f"The Idempotency-Key header must be at most {LONGEST} characters; "
            f"this one has {len(key)}."
        )
    return key or None


def check_lock(state: State, key: str, request: Request) -> None:
    """Raise the conflict when another request with this key is in progress."""
    if state.locked.get(key, request) is not request:
        raise StripeError(
            "There is currently another in-progress request using this Idempotency-Key (that "
            f"probably means you submitted twice, and the other request is still going through): {key}. "
            "Please try again in a moment.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )


def replayed(state: State, key: str, request: Request) -> Response | None:
    """The answer that was given to this key before. Raises when it was for something else."""
    found = state.answers.get(key)
    if found is None:
        return None
    path, used, answer = found
    if path != request.path:
        raise StripeError(
            "Keys for idempotent requests can only be used for the same endpoint they were first used "
            f"for ('{request.path}' vs '{path}'). Try using a key other than '{key}' if you meant to "
            "execute a different request.",
            kind="idempotency_error",
        )
    if used != _print(request):
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first "
            f"used with. Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    original = dict(answer.headers).get("Request-Id", "")
    return Response(
        answer.status,
        [
            *answer.headers,
            ("Idempotent-Replayed", "true"),
            ("Original-Request", original),
        ],
        answer.body,
    )


def keep(state: State, key: str, request: Request, answer: Response) -> None:
    """Remember an answer; one to a request that failed its checks is not: it may be sent mended."""
    if answer.status < 300 or answer.status == 402:
        state.remember(key, request.path, _print(request), answer)


def _print(request: Request) -> bytes:
    body = request.body
    return body if len(body) <= SHORT else blake2b(body, digest_size=16).digest()
