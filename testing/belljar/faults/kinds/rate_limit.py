"""`rate_limit`: 429 with Retry-After; nothing is done."""

from __future__ import annotations

from belljar.faults.answers import Answer
from belljar.faults.families import HTTP_LIKE
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []

BODY = b'{"error": {"message": "Too many requests", "type": "rate_limit_error"}}'


def _answer(answer: Answer, values: Values) -> Answer:
    headers = [
        ("Content-Type", "application/json"),
        ("Retry-After", str(values["retry_after"])),
    ]
    return Answer(values["status"], headers, BODY, head=answer.head)


register(
    Kind(
        name="rate_limit",
        summary="answers that there were too many requests, and when to come again",
        fits=HTTP_LIKE,
        parameters=(
            Parameter("retry_after", int, 1, "seconds until the next try", low=0, high=86400),
            Parameter(
                "status", int, 429, "429, or 503 as some services have it", low=400, high=599
            ),
        ),
        instead=True,
        answer=_answer,
    )
)
