"""`slow_down`: S3's 503 SlowDown; nothing is done."""

from __future__ import annotations

from belljar.faults.answers import Answer
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Values

__all__: list[str] = []

BODY = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>"
    b"<RequestId>0000000000000000</RequestId></Error>"
)


def _answer(answer: Answer, values: Values) -> Answer:
    return Answer(503, [("Content-Type", "application/xml")], BODY, "Slow Down", head=answer.head)


register(
    Kind(
        name="slow_down",
        summary="answers SlowDown, as S3 does under load",
        fits=("storage",),
        instead=True,
        answer=_answer,
    )
)
