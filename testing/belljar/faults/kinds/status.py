"""`status`: an HTTP error in place of the answer; nothing is done."""

from __future__ import annotations

from belljar.faults.answers import Answer
from belljar.faults.families import HTTP_LIKE
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _answer(answer: Answer, values: Values) -> Answer:
    headers = dict(values["headers"])
    headers.setdefault("Content-Type", values["content_type"])
    return Answer(
        values["status"], list(headers.items()), values["body"].encode(), head=answer.head
    )


register(
    Kind(
        name="status",
        summary="answers with this status instead of doing the work",
        fits=HTTP_LIKE,
        parameters=(
            Parameter("status", int, meaning="the status", low=200, high=599),
            Parameter("body", str, "", "the body"),
            Parameter("content_type", str, "text/plain", "what the body is"),
            Parameter("headers", dict, {}, "more headers"),
        ),
        instead=True,
        answer=_answer,
    )
)
